// What is explained: a weighted sum of the values of y, the network's output or a tensor inside, as they are (logits),
// as probabilities or as log-probabilities.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/scalar.h"
#include "tensor/shape.h"

namespace saliency {

enum class Of { Logit, Probability, LogProbability };

struct Target {
  struct Term {
    std::int64_t index = 0;  // into the flat un-batched y
    Scalar weight = 1;
    bool operator==(const Term&) const = default;
  };
  std::vector<Term> terms = {};
  Of of = Of::Logit;

  bool operator==(const Target&) const = default;

  static Target of_class(std::int64_t index) { return {.terms = {{index, 1}}}; }
  // The mean over the positions of a channel: axis 0 of {c, h, w}, the last one of {tokens, c} and {c}. Throws
  // TargetOutOfRange.
  static Target of_channel(const Shape& shape, std::int64_t channel);
  // The value at these coordinates, one an axis. Throws TargetOutOfRange.
  static Target of_unit(const Shape& shape, const std::vector<std::int64_t>& place);
  static Target contrast(std::int64_t a, std::int64_t b) { return {.terms = {{a, 1}, {b, -1}}}; }
};

// The score that `logits` (one sample's flat y) give, and its gradient with respect to them (written; empty: not
// wanted). Indices must lie within logits.
Scalar target_score(const Target& target, std::span<const Scalar> logits, std::span<Scalar> gradient);

}  // namespace saliency
