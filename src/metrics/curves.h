// Insertion and deletion (Petsiuk et al., 2018): the score while the pixels that a map ranks highest are taken away, or
// while they come back. A good map makes the deletion curve fall early and the insertion curve rise early; both depend
// on the baseline.
//   pixels in descending order of the map summed over channels, the lower index first among equals
//   point j of 0 … S: the first ⌊j · pixels / S⌋ pixels are replaced by the baseline (deletion), or all others are
//   (insertion), in all channels    area: trapezoidal rule over j / S
#pragma once

#include <cstdint>
#include <vector>

#include "base/scalar.h"
#include "saliency/job.h"
#include "saliency/model.h"
#include "saliency/target.h"

namespace saliency {

enum class CurveKind { Deletion, Insertion };

struct Curve {
  std::vector<double> scores;  // S + 1
  double area = 0;
};

// Indices of the pixels, the most important first. `map` has the model's input shape, or {h, w} of it.
std::vector<std::int32_t> pixel_order(const Model& model, const std::vector<Scalar>& map);

// `baseline` has the model's input shape. Runs in batches of the model's size.
Job<Curve> perturbation_curve(Model& model, std::vector<Scalar> image, std::vector<Scalar> map,
                              std::vector<Scalar> baseline, Target target, CurveKind kind, std::int64_t steps);

// Trapezoidal rule for equidistant points over 0 … 1.
double area_under(const std::vector<double>& values);

}  // namespace saliency
