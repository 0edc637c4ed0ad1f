#include "saliency/target.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "base/error.h"

namespace saliency {
namespace {

// log Σ exp(z), without overflow.
double log_sum_exp(std::span<const Scalar> logits) {
  const double highest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const Scalar logit : logits) sum += std::exp(logit - highest);
  return highest + std::log(sum);
}

[[noreturn]] void refuse(const std::string& what, const Shape& shape, const std::string& expected,
                         const std::string& actual) {
  throw Error(ErrorCode::TargetOutOfRange, what + " does not exist in y, which has the shape " + to_string(shape),
              {.expected = expected, .actual = actual, .remedy = "take a place within the tensor y"});
}

}  // namespace

Target Target::of_channel(const Shape& shape, std::int64_t channel) {
  if (shape.empty()) refuse("channel " + std::to_string(channel), shape, "a tensor with channels", "a single number");
  const std::size_t axis = shape.size() <= 2 ? shape.size() - 1 : 0;
  if (channel < 0 || channel >= shape[axis]) {
    refuse("channel " + std::to_string(channel), shape, "a channel from 0 to " + std::to_string(shape[axis] - 1),
           std::to_string(channel));
  }
  const std::int64_t positions = element_count(shape) / shape[axis];
  const std::int64_t first = axis == 0 ? channel * positions : channel;
  const std::int64_t stride = axis == 0 ? 1 : shape[axis];
  Target target;
  for (std::int64_t i = 0; i < positions; ++i) {
    target.terms.push_back({first + i * stride, static_cast<Scalar>(1.0 / static_cast<double>(positions))});
  }
  return target;
}

Target Target::of_unit(const Shape& shape, const std::vector<std::int64_t>& place) {
  std::string text;
  for (const std::int64_t index : place) text += (text.empty() ? "[" : ", ") + std::to_string(index);
  text += "]";
  const std::string expected = std::to_string(shape.size()) + " indices within " + to_string(shape);
  if (place.size() != shape.size() || place.empty()) refuse("unit " + text, shape, expected, text);
  std::int64_t flat = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (place[axis] < 0 || place[axis] >= shape[axis]) refuse("unit " + text, shape, expected, text);
    flat = flat * shape[axis] + place[axis];
  }
  return of_class(flat);
}

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
