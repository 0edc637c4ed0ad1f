// Transposes of exporters cancel, and squeeze-and-excite multiplies without expanding its gates.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/fusion_check.h"

namespace saliency::testing {
namespace {

using Integers = std::vector<std::int64_t>;

const AttributeList kToFirst = {{"perm", Integers{0, 3, 1, 2}}}, kToLast = {{"perm", Integers{0, 2, 3, 1}}},
                    kSame = {{"pads", Integers{1, 1, 1, 1}}};

// As tf2onnx writes a Keras network of n×h×w×c images: each layer between two transposes, the rest in n×h×w×c.
std::vector<std::uint8_t> keras_network() {
  ModelBuilder model(13);
  model.input("x", {-1, 8, 6, 3})
      .initializer("w1", {4, 3, 3, 3}, random_floats(108, 1))
      .initializer("b1", {4}, random_floats(4, 2))
      .initializer("w2", {4, 1, 3, 3}, random_floats(36, 3))
      .initializer("w3", {4, 4, 1, 1}, random_floats(16, 4))
      .initializer("scale", {4}, random_floats(4, 5))
      .initializer("shift", {1, 1, 1, 4}, random_floats(4, 6))
      .initializer("gate", {4, 4}, random_floats(16, 7))
      .initializer("fc", {4, 5}, random_floats(20, 8))
      .initializer("fc_bias", {5}, random_floats(5, 9))
      .initializer("six", {}, {6})
      .integers("image", {4}, {-1, 1, 1, 4});
  model.node("Transpose", {"x"}, {"x1"}, kToFirst)
      .node("Conv", {"x1", "w1", "b1"}, {"c1"}, kSame)
      .node("Transpose", {"c1"}, {"c1t"}, kToLast)
      .node("Mul", {"c1t", "scale"}, {"m1"})
      .node("Add", {"m1", "shift"}, {"a1"})
      .node("Relu", {"a1"}, {"r1"})
      .node("Min", {"r1", "six"}, {"r6"});
  model.node("Transpose", {"r6"}, {"x2"}, kToFirst)
      .node("Conv", {"x2", "w2"}, {"c2"}, {{"pads", Integers{1, 1, 1, 1}}, {"group", std::int64_t{4}}})
      .node("Transpose", {"c2"}, {"c2t"}, kToLast)
      .node("ReduceMean", {"c2t"}, {"squeezed"}, {{"axes", Integers{1, 2}}, {"keepdims", std::int64_t{0}}})
      .node("MatMul", {"squeezed", "gate"}, {"g"})
      .node("Sigmoid", {"g"}, {"gs"})
      .node("Reshape", {"gs", "image"}, {"gates"})
      .node("Mul", {"c2t", "gates"}, {"excited"});
  model.node("Transpose", {"excited"}, {"x3"}, kToFirst)
      .node("MaxPool", {"x3"}, {"p3"}, {{"kernel_shape", Integers{2, 2}}, {"strides", Integers{2, 2}}})
      .node("Conv", {"p3", "w3"}, {"c3"})
      .node("Transpose", {"c3"}, {"c3t"}, kToLast)
      .node("Concat", {"c3t", "c3t"}, {"both"}, {{"axis", std::int64_t{2}}});
  return model.node("ReduceMean", {"both"}, {"mean"}, {{"axes", Integers{1, 2}}, {"keepdims", std::int64_t{0}}})
      .node("MatMul", {"mean", "fc"}, {"f"})
      .node("Add", {"f", "fc_bias"}, {"y"})
      .output("y")
      .bytes();
}

TEST(Layout, NoTransposeOfAKerasNetworkIsLeft) {
  const std::vector<std::string> types = computed_types(keras_network());

  EXPECT_EQ(std::count(types.begin(), types.end(), "Transpose"), 0) << ::testing::PrintToString(types);
  expect_fusion_changes_nothing(keras_network(), 2e-5);
}

// An image layer between two transposes to n×h×w×c and back, with what may stand in between.
TEST(Layout, PyTorchsPermutesCancelAroundALayerNormalization) {
  const auto bytes = ModelBuilder(17)
                         .input("x", {-1, 4, 6, 5})
                         .initializer("w", {4, 4, 3, 3}, random_floats(144, 1))
                         .initializer("scale", {4}, random_floats(4, 2))
                         .initializer("layer_scale", {4, 1, 1}, random_floats(4, 3))
                         .node("Conv", {"x", "w"}, {"c"}, kSame)
                         .node("Transpose", {"c"}, {"t"}, kToLast)
                         .node("LayerNormalization", {"t", "scale"}, {"n"}, {{"axis", std::int64_t{-1}}})
                         .node("Transpose", {"n"}, {"b"}, kToFirst)
                         .node("Mul", {"layer_scale", "b"}, {"s"})
                         .node("Conv", {"s", "w"}, {"d"}, kSame)
                         .node("GlobalAveragePool", {"d"}, {"y"})
                         .output("y")
                         .bytes();

  const std::vector<std::string> types = computed_types(bytes);

  EXPECT_EQ(std::count(types.begin(), types.end(), "Transpose"), 1) << ::testing::PrintToString(types);  // of x
}

std::vector<std::uint8_t> squeeze_and_excite(const Shape& gate, bool expands) {
  ModelBuilder model(13);
  model.input("x", {-1, 4, 6, 5})
      .initializer("w", {4, 4, 1, 1}, random_floats(16, 1))
      .integers("image", {4}, {1, 4, 6, 5})
      .integers("gate", {static_cast<std::int64_t>(gate.size())}, gate)
      .node("GlobalAveragePool", {"x"}, {"squeezed"})
      .node("Conv", {"squeezed", "w"}, {"c"})
      .node("Sigmoid", {"c"}, {"s"})
      .node("Reshape", {"s", "gate"}, {"g"});
  if (expands) model.node("Expand", {"g", "image"}, {"e"});
  return model.node("Mul", {"x", expands ? "e" : "g"}, {"y"}).output("y").bytes();
}

TEST(Layout, SqueezeAndExciteMultipliesWithoutExpanding) {
  const std::vector<std::string> plain = computed_types(squeeze_and_excite({-1, 4, 1, 1}, false));

  EXPECT_EQ(std::count(plain.begin(), plain.end(), "Mul"), 1);
  EXPECT_EQ(computed_types(squeeze_and_excite({-1, 4, 1, 1}, true)), plain);
  expect_fusion_changes_nothing(squeeze_and_excite({-1, 4, 1, 1}, true), 2e-5);
}

// An operand whose own shape makes another result stays expanded.
TEST(Layout, AnExpandThatGivesTheShapeStays) {
  const auto bytes = ModelBuilder(13)
                         .input("x", {-1, 1, 3})
                         .initializer("two", {1}, {2})
                         .integers("shape", {3}, {1, 4, 3})
                         .node("Expand", {"x", "shape"}, {"e"})
                         .node("Mul", {"e", "two"}, {"y"})
                         .output("y")
                         .bytes();

  EXPECT_EQ(computed_types(bytes), (std::vector<std::string>{"Expand", "Mul"}));
}

}  // namespace
}  // namespace saliency::testing
