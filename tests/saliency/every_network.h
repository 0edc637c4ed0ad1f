// A network that every method can explain: 1×side×side → convolution → max(c, 0), named "middle" → 2 logits. The
// rectifier is one node, or the same function made of others.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "onnx/load.h"
#include "support/onnx_builder.h"

namespace saliency::testing {

enum class Rectifier { Node, Sum };

inline std::vector<float> wave(std::int64_t count, double phase) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>(std::sin(1.7 * static_cast<double>(i) + phase)));
  }
  return values;
}

inline std::unique_ptr<graph::Session> every_network(Rectifier rectifier, std::int64_t side, std::int64_t channels) {
  const std::int64_t row = channels * side * side;
  ModelBuilder builder(13);
  builder.input("x", {-1, 1, side, side})
      .initializer("taps", {channels, 1, 3, 3}, wave(channels * 9, 0.3))
      .initializer("weight", {row, 2}, wave(row * 2, 1))
      .node("Conv", {"x", "taps"}, {"c"}, {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
  if (rectifier == Rectifier::Node) {
    builder.node("Relu", {"c"}, {"middle"});
  } else {
    builder.initializer("half", {}, {0.5f})
        .node("Abs", {"c"}, {"size"})
        .node("Add", {"c", "size"}, {"twice"})
        .node("Mul", {"twice", "half"}, {"middle"});
  }
  builder.node("Flatten", {"middle"}, {"row"}).node("MatMul", {"row", "weight"}, {"y"}).output("y", {-1, 2});
  return onnx::load(builder.bytes());
}

}  // namespace saliency::testing
