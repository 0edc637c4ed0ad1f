// A convolutional network of a few layers for tests of rules that need a graph: two convolutions, a residual sum, both
// kinds of pool and a fully connected layer. Input x: 1×2×8×8, output y: 1×3.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "base/scalar.h"
#include "support/onnx_builder.h"

namespace saliency::testing {

inline std::vector<float> wave(std::size_t count, double step, double shift = 0) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = static_cast<float>(std::sin(step * static_cast<double>(i + 1)) + shift);
  }
  return values;
}

inline std::vector<Scalar> small_picture(double step = 0.37) {
  const std::vector<float> values = wave(128, step, 0.3);
  return {values.begin(), values.end()};
}

// No biases: what comes in goes through. Biases: at each layer, a batch normalisation behind the first layer and one
// in front of the second, and `activation` in the residual block.
enum class Biases { None, All };

inline std::vector<std::uint8_t> small_network(Biases biases = Biases::None, const std::string& activation = "Relu") {
  using Integers = std::vector<std::int64_t>;
  const AttributeList same = {{"pads", Integers{1, 1, 1, 1}}};
  const AttributeList halves = {{"kernel_shape", Integers{2, 2}}, {"strides", Integers{2, 2}}};
  const bool biased = biases == Biases::All;
  ModelBuilder builder(13);
  builder.input("x", {1, 2, 8, 8})
      .initializer("w1", {4, 2, 3, 3}, wave(72, 0.7, 0.1))
      .initializer("w2", {4, 4, 3, 3}, wave(144, 1.3, 0.05))
      .initializer("w3", {3, 4}, wave(12, 0.9));
  if (biased) {
    builder.initializer("b1", {4}, wave(4, 0.8))
        .initializer("b2", {4}, wave(4, 1.1))
        .initializer("b3", {3}, wave(3, 0.6))
        .initializer("scale", {4}, wave(4, 1.7, 0.2))
        .initializer("shift", {4}, wave(4, 0.5))
        .initializer("mean", {4}, wave(4, 2.1))
        .initializer("variance", {4}, wave(4, 0.3, 1.5))
        .node("Conv", {"x", "w1", "b1"}, {"a0"}, same, "stem")
        .node("BatchNormalization", {"a0", "scale", "shift", "mean", "variance"}, {"a"})
        .node("Relu", {"a"}, {"b"})
        .node("BatchNormalization", {"b", "scale", "shift", "mean", "variance"}, {"n"})
        .node("Conv", {"n", "w2", "b2"}, {"c"}, same, "block");
  } else {
    builder.node("Conv", {"x", "w1"}, {"a"}, same, "stem")
        .node("Relu", {"a"}, {"b"})
        .node("Conv", {"b", "w2"}, {"c"}, same, "block");
  }
  builder.node("Add", {"b", "c"}, {"d"}).node(activation, {"d"}, {"e"});
  builder.node("MaxPool", {"e"}, {"f"}, halves).node("GlobalAveragePool", {"f"}, {"g"}).node("Flatten", {"g"}, {"h"});
  const std::vector<std::string> head =
      biased ? std::vector<std::string>{"h", "w3", "b3"} : std::vector<std::string>{"h", "w3"};
  builder.node("Gemm", head, {"y"}, {{"transB", std::int64_t{1}}}, "head").output("y");
  return builder.bytes();
}

// A layer whose channels are scaled by a squeeze-and-excitation gate, and by their own sigmoid. Input and output as
// above.
inline std::vector<std::uint8_t> gated_network() {
  return ModelBuilder(13)
      .input("x", {1, 2, 8, 8})
      .initializer("w1", {4, 2, 3, 3}, wave(72, 0.7, 0.1))
      .initializer("b1", {4}, wave(4, 0.8))
      .initializer("w2", {4, 4, 1, 1}, wave(16, 1.9))
      .initializer("w3", {3, 4}, wave(12, 0.9))
      .initializer("b3", {3}, wave(3, 0.6))
      .node("Conv", {"x", "w1", "b1"}, {"a"})
      .node("Sigmoid", {"a"}, {"s"})
      .node("Mul", {"a", "s"}, {"b"})
      .node("GlobalAveragePool", {"b"}, {"p"})
      .node("Conv", {"p", "w2"}, {"q"})
      .node("Sigmoid", {"q"}, {"g"})
      .node("Mul", {"b", "g"}, {"c"})
      .node("GlobalAveragePool", {"c"}, {"d"})
      .node("Flatten", {"d"}, {"e"})
      .node("Gemm", {"e", "w3", "b3"}, {"y"}, {{"transB", std::int64_t{1}}}, "head")
      .output("y")
      .bytes();
}

}  // namespace saliency::testing
