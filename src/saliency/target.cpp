#include "saliency/target.h"

#include <algorithm>
#include <cmath>

namespace saliency {
namespace {

// log Σ exp(z), without overflow.
double log_sum_exp(std::span<const Scalar> logits) {
  const double highest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const Scalar logit : logits) sum += std::exp(logit - highest);
  return highest + std::log(sum);
}

}  // namespace

Scalar target_score(const Target& target, std::span<const Scalar> logits, std::span<Scalar> gradient) {
  std::fill(gradient.begin(), gradient.end(), Scalar{0});
  double score = 0;
  if (target.of == Of::Logit) {
    for (const Target::Term& term : target.terms) {
      score += static_cast<double>(term.weight) * logits[static_cast<std::size_t>(term.index)];
      if (!gradient.empty()) gradient[static_cast<std::size_t>(term.index)] += term.weight;
    }
    return static_cast<Scalar>(score);
  }
  // ∂p_k/∂z_j = p_k (δ_kj − p_j),  ∂log p_k/∂z_j = δ_kj − p_j
  const double normaliser = log_sum_exp(logits);
  for (const Target::Term& term : target.terms) {
    const auto k = static_cast<std::size_t>(term.index);
    const double log_p = logits[k] - normaliser;
    const double slope = term.weight * (target.of == Of::Probability ? std::exp(log_p) : 1.0);
    score += term.weight * (target.of == Of::Probability ? std::exp(log_p) : log_p);
    for (std::size_t j = 0; j < gradient.size(); ++j) {
      gradient[j] += static_cast<Scalar>(slope * ((j == k ? 1.0 : 0.0) - std::exp(logits[j] - normaliser)));
    }
  }
  return static_cast<Scalar>(score);
}

}  // namespace saliency
