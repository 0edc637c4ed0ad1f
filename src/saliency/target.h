// What is explained: a weighted sum of the network's output values, as logits, probabilities or log-probabilities.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/scalar.h"

namespace saliency {

enum class Of { Logit, Probability, LogProbability };

struct Target {
  struct Term {
    std::int64_t index = 0;  // into the flat un-batched y
    Scalar weight = 1;
  };
  std::vector<Term> terms = {};
  Of of = Of::Logit;

  static Target of_class(std::int64_t index) { return {.terms = {{index, 1}}}; }
  static Target contrast(std::int64_t a, std::int64_t b) { return {.terms = {{a, 1}, {b, -1}}}; }
};

// The score that `logits` (one sample's flat y) give, and its gradient with respect to them (written; empty: not
// wanted). Indices must lie within logits.
Scalar target_score(const Target& target, std::span<const Scalar> logits, std::span<Scalar> gradient);

}  // namespace saliency
