// Feature visualisation (activation maximisation; Erhan et al., 2009; Olah et al., 2017): an image that excites a unit,
// a channel or a class as much as an image can, found by gradient ascent. It shows what could excite it, which may be
// far from what does in photographs; and where a unit answers to several things, one of them or a mixture.
//   maximise score(seen(image(p))) over p    image: ImageBasis, seen: another ImageView at each step, so that what is
//                                            found does not depend on single pixels
#pragma once

#include <vector>

#include "saliency/job.h"
#include "saliency/mask.h"
#include "saliency/model.h"
#include "saliency/options.h"
#include "saliency/target.h"

namespace saliency {

std::vector<OptionInfo> feature_visualization_options();

// The image in the model's own numbers, shaped like the input; extras "scores" are those of the steps. Needs to know
// what black and white are (valueRange). The model, and `partial` where given, must outlive the job.
Job<Mask> visualize_feature(Model& model, Target target, Options options = {}, Mask* partial = nullptr);

}  // namespace saliency
