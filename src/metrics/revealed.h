// The softmax information curve of a map (SIC; Kapishnikov et al., 2019), from the image to the area: the pixels that
// the map ranks highest are shown sharp, all others interpolated between these and a few random ones.
//   for each threshold t: shown = the random pixels, and those whose value is at least the quantile 1 − t of the map
//   image_t = interpolated_between(image, shown), in whole bytes    information: image_information of it
//   performance: the target's score, which should be a probability
// Bytes are found from the model's range of values.
#pragma once

#include <cstdint>
#include <vector>

#include "base/scalar.h"
#include "metrics/performance_information.h"
#include "saliency/job.h"
#include "saliency/model.h"
#include "saliency/target.h"

namespace saliency {

struct RevealOptions {
  std::vector<double> thresholds = {0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.13, 0.21, 0.34, 0.5, 0.75};
  double random_fraction = 0.01;  // of the pixels, shown from the beginning
  std::uint64_t seed = 0;
  InformationCurveOptions curve = {};
};

// `map` has the model's input shape, of which the absolute sum over the channels counts, or {h, w} of it. Throws
// InvalidOption where the model's range of values is not known or the image cannot be judged.
Job<InformationCurve> revealed_curve(Model& model, std::vector<Scalar> image, std::vector<Scalar> map, Target target,
                                     RevealOptions options);

}  // namespace saliency
