// Two networks that compute the same, with max(c, 0) once as a rectifier and once as (c + |c|) / 2: what sees only the
// score, its gradient and the activations of a layer cannot tell them apart (Sundararajan et al., 2017:
// implementation invariance). And the rules that can, on a rectifier alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "onnx/load.h"
#include "saliency/every_method.h"
#include "saliency/every_network.h"
#include "saliency/method_checks.h"
#include "saliency/network_model.h"
#include "support/onnx_builder.h"

namespace saliency::testing {
namespace {

class FunctionMethod : public MethodTest {};

TEST_P(FunctionMethod, DoesNotDependOnHowItIsComputed) {
  const auto node = every_network(Rectifier::Node, kSide, 2);
  const auto sum = every_network(Rectifier::Sum, kSide, 2);
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
std::vector<Scalar> map_through_a_rectifier(const char* method, Options options = {}) {
  const auto session = onnx::load(ModelBuilder(13)
                                      .input("x", {1, 3})
                                      .initializer("w", {3, 1}, {1, -2, 3})
                                      .node("Relu", {"x"}, {"r"})
                                      .node("MatMul", {"r", "w"}, {"y"})
                                      .output("y", {1, 1})
                                      .bytes());
  NetworkModel model(*session);
  return mask_of(method, model, {2, 1, -1}, std::move(options)).data;
}

TEST(GuidedBackprop, DropsNegativeSignalsAtRectifiers) {
  EXPECT_EQ(map_through_a_rectifier("VanillaGradients"), (std::vector<Scalar>{1, -2, 0}));
  EXPECT_EQ(map_through_a_rectifier("GuidedBackprop"), (std::vector<Scalar>{1, 0, 0}));
}

// From −1 to 2 the rectifier's slope is 2/3, from −1 to 1 a half, and from −1 to −1 nothing moves.
TEST(DeepLift, SharesADifferenceThroughARectifier) {
  expect_near(map_through_a_rectifier("DeepLift", {{"baseline", -1}}), Values{2, -2, 0}, 1e-6);
}

TEST(DeconvNet, RectifiesTheSignalWhateverTheImageSwitchedOn) {
  EXPECT_EQ(map_through_a_rectifier("DeconvNet"), (std::vector<Scalar>{1, 0, 3}));
}

}  // namespace
}  // namespace saliency::testing
