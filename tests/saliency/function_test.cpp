// Two networks that compute the same, with max(c, 0) once as a rectifier and once as (c + |c|) / 2: what sees only the
// score, its gradient and the activations of a layer cannot tell them apart (Sundararajan et al., 2017:
// implementation invariance). And the rules that can, on a rectifier alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "onnx/load.h"
#include "saliency/every_method.h"
#include "saliency/method_checks.h"
#include "saliency/network_model.h"
#include "support/onnx_builder.h"

namespace saliency::testing {
namespace {

std::vector<float> wave(std::size_t count, double phase) {
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>(std::sin(1.7 * static_cast<double>(i) + phase)));
  }
  return values;
}

enum class Rectifier { Node, Sum };

// 1×8×8 → convolution of 2 channels → max(c, 0), named "middle" → 2 logits
std::unique_ptr<graph::Session> network(Rectifier rectifier) {
  ModelBuilder builder(13);
  builder.input("x", {1, 1, kSide, kSide})
      .initializer("taps", {2, 1, 3, 3}, wave(18, 0.3))
      .initializer("weight", {128, 2}, wave(256, 1))
      .node("Conv", {"x", "taps"}, {"c"}, {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
  if (rectifier == Rectifier::Node) {
    builder.node("Relu", {"c"}, {"middle"});
  } else {
    builder.initializer("half", {}, {0.5f})
        .node("Abs", {"c"}, {"size"})
        .node("Add", {"c", "size"}, {"twice"})
        .node("Mul", {"twice", "half"}, {"middle"});
  }
  builder.node("Flatten", {"middle"}, {"row"}).node("MatMul", {"row", "weight"}, {"y"}).output("y", {1, 2});
  return onnx::load(builder.bytes());
}

class FunctionMethod : public MethodTest {};

TEST_P(FunctionMethod, DoesNotDependOnHowItIsComputed) {
  const auto node = network(Rectifier::Node);
  const auto sum = network(Rectifier::Sum);
  NetworkModel a(*node);
  NetworkModel b(*sum);

  const Mask expected = mask_of(name(), a, waves(), small_settings(name()));
  const Mask actual = mask_of(name(), b, waves(), small_settings(name()));

  ASSERT_EQ(actual.data.size(), expected.data.size());
  double size = 0;
  for (const Scalar value : expected.data) size = std::max(size, std::fabs(static_cast<double>(value)));
  EXPECT_GT(size, 0);
  for (std::size_t i = 0; i < actual.data.size(); ++i) {
    EXPECT_NEAR(actual.data[i], expected.data[i], 1e-4 * size) << "at " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, FunctionMethod, ::testing::ValuesIn(methods_for(Check::Function)), own_name);

// y = w · max(x, 0) for w = (1, −2, 3) at x = (2, 1, −1), of which the exact gradient is (1, −2, 0).
std::vector<Scalar> map_through_a_rectifier(const char* method) {
  const auto session = onnx::load(ModelBuilder(13)
                                      .input("x", {1, 3})
                                      .initializer("w", {3, 1}, {1, -2, 3})
                                      .node("Relu", {"x"}, {"r"})
                                      .node("MatMul", {"r", "w"}, {"y"})
                                      .output("y", {1, 1})
                                      .bytes());
  NetworkModel model(*session);
  return mask_of(method, model, {2, 1, -1}).data;
}

TEST(GuidedBackprop, DropsNegativeSignalsAtRectifiers) {
  EXPECT_EQ(map_through_a_rectifier("VanillaGradients"), (std::vector<Scalar>{1, -2, 0}));
  EXPECT_EQ(map_through_a_rectifier("GuidedBackprop"), (std::vector<Scalar>{1, 0, 0}));
}

TEST(DeconvNet, RectifiesTheSignalWhateverTheImageSwitchedOn) {
  EXPECT_EQ(map_through_a_rectifier("DeconvNet"), (std::vector<Scalar>{1, 0, 3}));
}

}  // namespace
}  // namespace saliency::testing
