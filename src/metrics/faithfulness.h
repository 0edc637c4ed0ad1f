// Infidelity and sensitivity (Yeh et al., 2019).
//   infidelity   mean_i (Σ map · p_i − (score(x) − score(x − p_i)))² for perturbations p_i: how well the map predicts
//                what perturbations do; 0 is perfect
//   normalized   the same with the map scaled by β = Σ a_i b_i / Σ a_i², the best scale for it
//   sensitivity  max_i ‖map(x + p_i) − map(x)‖₂ / ‖map(x)‖₂: how much the map itself changes
#pragma once

#include <cstdint>
#include <vector>

#include "base/scalar.h"
#include "saliency/job.h"
#include "saliency/method.h"
#include "saliency/model.h"
#include "saliency/target.h"

namespace saliency {

struct Infidelity {
  double value = 0;
  double normalized = 0;
};

// `perturbations`: n × input. Throws ShapeMismatch, and InvalidOption for none.
Job<Infidelity> infidelity(Model& model, std::vector<Scalar> image, std::vector<Scalar> map,
                           std::vector<Scalar> perturbations, Target target);

// The method and the model must outlive the job. The divisor is 1 where the map is zero.
Job<double> max_sensitivity(const Method& method, Model& model, std::vector<Scalar> image,
                            std::vector<Scalar> perturbations, Target target);

// n perturbations of `size` values: uniform within ±radius, reproducible by the seed.
std::vector<Scalar> uniform_perturbations(std::int64_t count, std::int64_t size, double radius, std::uint64_t seed);

}  // namespace saliency
