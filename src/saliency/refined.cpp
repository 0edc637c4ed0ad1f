#include "saliency/refined.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace saliency {

bool is_complete(const Completeness& completeness, double tolerance) {
  return std::fabs(completeness.delta) <= tolerance * std::fabs(completeness.expected);
}

Job<std::vector<Mask>> refined_masks(std::function<std::unique_ptr<Method>(std::int64_t)> make, std::int64_t steps,
                                     double tolerance, Model& model, Images images, Target target, Mask* partial) {
  std::vector<std::int64_t> evaluations(images.size());
  std::int64_t before = 0;  // evaluations of earlier rounds
  for (std::int64_t now = steps;; now *= 2) {
    const std::unique_ptr<Method> method = make(now);
    Job<std::vector<Mask>> job = method->masks(model, images, target, partial);
    std::int64_t round = 0;
    while (job.step()) {
      round = job.progress().total;
      const Progress progress{before + job.progress().done, before + round};
      co_yield progress;
    }
    before += round;
    std::vector<Mask> masks = job.result();
    for (std::size_t i = 0; i < masks.size(); ++i) evaluations[i] += masks[i].evaluations;
    const bool complete = std::all_of(masks.begin(), masks.end(), [&](const Mask& mask) {
      return mask.completeness && is_complete(*mask.completeness, tolerance);
    });
    if (!complete && now < kMostRefined * steps) continue;
    for (std::size_t i = 0; i < masks.size(); ++i) masks[i].evaluations = evaluations[i];
    co_return masks;
  }
}

}  // namespace saliency
