// From bytes to gradients, on small networks whose derivatives are known.
#include "onnx/load.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "saliency/network_model.h"
#include "support/onnx_builder.h"

namespace saliency::testing {
namespace {

using Integers = std::vector<std::int64_t>;

std::vector<Scalar> gradient_of(const ModelBuilder& builder, std::vector<Scalar> input, std::size_t output) {
  const auto session = onnx::load(builder.bytes());
  NetworkModel model(*session);
  return model.gradients(input, Target::of_class(static_cast<std::int64_t>(output)), BackwardRule::Exact).gradients;
}

TEST(OnnxLoad, TruthValuesPassNoGradient) {
  const ModelBuilder leaky = ModelBuilder(13)
                                 .input("x", {1, 3})
                                 .initializer("zero", {}, {0})
                                 .initializer("slope", {}, {0.5f})
                                 .node("Greater", {"x", "zero"}, {"positive"})
                                 .node("Mul", {"x", "slope"}, {"small"})
                                 .node("Where", {"positive", "x", "small"}, {"y"})
                                 .output("y", {1, 3});

  EXPECT_EQ(gradient_of(leaky, {1, -1, 2}, 0), (std::vector<Scalar>{1, 0, 0}));
  EXPECT_EQ(gradient_of(leaky, {1, -1, 2}, 1), (std::vector<Scalar>{0, Scalar{0.5}, 0}));
}

TEST(OnnxLoad, ShapeArithmeticFoldsAway) {
  const ModelBuilder flatten = ModelBuilder(13)
                                   .input("x", {-1, 2, 1, 2}, ElementType::Float, {"batch"})
                                   .integers("zero", {}, {0})
                                   .integers("rest", {1}, {-1})
                                   .integers("axis", {1}, {0})
                                   .node("Shape", {"x"}, {"shape"})
                                   .node("Gather", {"shape", "zero"}, {"n"})
                                   .node("Unsqueeze", {"n", "axis"}, {"n1"})
                                   .node("Concat", {"n1", "rest"}, {"target"}, {{"axis", std::int64_t{0}}})
                                   .node("Reshape", {"x", "target"}, {"y"})
                                   .output("y", {-1, 4});

  EXPECT_EQ(gradient_of(flatten, {1, 2, 3, 4, 5, 6, 7, 8}, 2), (std::vector<Scalar>{0, 0, 1, 0, 0, 0, 1, 0}));
}

TEST(OnnxLoad, QuantizedPairsPassGradientsStraightThrough) {
  const std::string zero = tensor_message("zero", {}, ElementType::Int8, std::string(1, '\0'));
  const ModelBuilder pair = ModelBuilder(13)
                                .input("x", {1, 3})
                                .initializer("scale", {}, {0.25f})
                                .graph_fields(field(5, zero))
                                .node("QuantizeLinear", {"x", "scale", "zero"}, {"q"})
                                .node("DequantizeLinear", {"q", "scale", "zero"}, {"d"})
                                .node("Mul", {"d", "d"}, {"y"})
                                .output("y", {1, 3});

  // d = 0.5 (0.55 rounded), −32 (saturated), 2.
  EXPECT_EQ(gradient_of(pair, {Scalar{0.55}, -1000, 2}, 0), (std::vector<Scalar>{1, 0, 0}));
  EXPECT_EQ(gradient_of(pair, {Scalar{0.55}, -1000, 2}, 1), (std::vector<Scalar>{0, 0, 0}));
  EXPECT_EQ(gradient_of(pair, {Scalar{0.55}, -1000, 2}, 2), (std::vector<Scalar>{0, 0, 4}));
}

TEST(OnnxLoad, NamesTheOperatorThatHasNoGradient) {
  const ModelBuilder choice = ModelBuilder(13)
                                  .input("x", {1, 3})
                                  .node("ArgMax", {"x"}, {"i"}, {{"axis", std::int64_t{1}}}, "choose")
                                  .node("Cast", {"i"}, {"y"}, {{"to", std::int64_t{1}}})
                                  .output("y", {1, 1});

  try {
    gradient_of(choice, {1, 2, 3}, 0);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::NoGradient);
    EXPECT_NE(error.message().find("ArgMax (node 'choose')"), std::string::npos) << error.message();
  }
}

// A classifier with detection outputs behind its logits.
ModelBuilder detector() {
  return ModelBuilder(13)
      .input("x", {1, 3})
      .integers("boxes", {1}, {2})
      .node("Mul", {"x", "x"}, {"logits"})
      .node("ArgMax", {"logits"}, {"label"}, {{"axis", std::int64_t{1}}}, "choose")
      .node("NonMaxSuppression", {"x", "logits", "boxes"}, {"selected"}, {}, "nms")
      .node("Cast", {"selected"}, {"found"}, {{"to", std::int64_t{1}}})
      .output("logits", {1, 3})
      .output("label", {1, 1}, ElementType::Int64)
      .output("found");
}

TEST(OnnxLoad, WhatLiesBesideTheWayFromXToYDoesNotMatter) {
  EXPECT_EQ(gradient_of(detector(), {1, 2, 3}, 2), (std::vector<Scalar>{0, 0, 6}));

  const auto session = onnx::load(detector().bytes());
  ASSERT_EQ(session->outputs().size(), 2U);
  EXPECT_EQ(session->outputs()[1].name, "label");
  EXPECT_EQ(session->run({{"x", Tensor({1, 3}, {1, 5, 2})}}, {"label"})[0].data, (std::vector<Scalar>{1}));
}

TEST(OnnxLoad, AskingForATensorBehindAnUnsupportedOperatorNamesThatOperator) {
  const auto session = onnx::load(detector().bytes());
  for (const char* name : {"selected", "found"}) {
    try {
      NetworkModel(*session, {.y = name});
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::UnsupportedOperator);
      EXPECT_NE(error.message().find("NonMaxSuppression (node 'nms')"), std::string::npos) << error.message();
    }
  }
}

TEST(OnnxLoad, AGradientThroughArgMaxNamesIt) {
  const auto session = onnx::load(detector().bytes());
  try {
    NetworkModel model(*session, {.y = "label"});
    model.gradients(std::vector<Scalar>{1, 2, 3}, Target::of_class(0), BackwardRule::Exact);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::NoGradient);
    EXPECT_NE(error.message().find("ArgMax (node 'choose')"), std::string::npos) << error.message();
  }
}

}  // namespace
}  // namespace saliency::testing
