// Nodes and weights of the rules that integrate along a path from 0 (the baseline) to 1 (the image).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "saliency/options.h"

namespace saliency {

struct PathNode {
  double position;  // 0 = baseline, 1 = image
  double weight;
};

struct PathRule {
  enum class Kind { Left, Right, Midpoint, Trapezoid, GaussLegendre, Pair, CaptumTrapezoid };
  Kind kind = Kind::Midpoint;

  // The options rule and compat.
  static PathRule read(OptionReader& reader);

  // Throws InvalidOption where the rule needs more steps.
  std::vector<PathNode> nodes(std::int64_t steps) const;
};

// 0 … count − 1 in an order whose beginnings are spread evenly, so that a partial sum is a usable estimate.
std::vector<std::size_t> spread_order(std::size_t count);

}  // namespace saliency
