// What NetworkModel's parts share: rules by name, and what a backward pass starts from.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "graph/rule.h"
#include "saliency/model.h"
#include "saliency/target.h"

namespace saliency {

inline const graph::BackwardRule& rule_of(BackwardRule rule) {
  switch (rule) {
    case BackwardRule::Exact: return graph::exact_rule();
    case BackwardRule::Guided: return graph::guided_rule();
    case BackwardRule::DeconvNet: return graph::deconvnet_rule();
  }
  return graph::exact_rule();
}

// The gradients of the scores with respect to y, n × y; appends the scores.
inline std::vector<Scalar> seed_of(const Target& target, const std::vector<Scalar>& y, std::size_t size,
                                   std::vector<Scalar>& scores) {
  std::vector<Scalar> seed(y.size());
  for (std::size_t i = 0; i < y.size(); i += size) {
    scores.push_back(target_score(target, std::span(y).subspan(i, size), std::span(seed).subspan(i, size)));
  }
  return seed;
}

}  // namespace saliency
