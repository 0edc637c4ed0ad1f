// Several methods and several targets of one image together. What they have in common is computed once, if the model
// keeps it (NetworkModel with Activations::Kept):
//   methods that need nothing but gradients of the image (Method::announce) share one forward pass, for all targets
//   the maps of other methods' targets are made side by side: batches of the same inputs share their forward pass
#pragma once

#include <string>
#include <vector>

#include "base/scalar.h"
#include "saliency/job.h"
#include "saliency/mask.h"
#include "saliency/model.h"
#include "saliency/options.h"
#include "saliency/target.h"

namespace saliency {

struct MethodCall {
  enum class Form { Plain, Smoothed };

  std::string method;
  Form form = Form::Plain;
  Options options = {};
};

// One mask for each method and target, methods outermost. Progress counts thousandths of each map. Throws InvalidOption
// for no methods or no targets, and what the methods throw.
Job<std::vector<Mask>> explain(Model& model, std::vector<Scalar> image, std::vector<MethodCall> methods,
                               std::vector<Target> targets);

}  // namespace saliency
