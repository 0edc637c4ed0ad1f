// DeepLIFT on toys; its rule within networks is compared with Captum in tests/golden.
#include <gtest/gtest.h>

#include <cmath>

#include "onnx/load.h"
#include "saliency/method_check.h"
#include "saliency/network_model.h"
#include "saliency/small_network.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::expect_near;
using testing::mask_of;
using testing::square_model;
using testing::Values;

TEST(DeepLift, SumsToTheDifferenceOfScores) {
  auto model = square_model({3}, 4);

  const Mask mask = mask_of("DeepLift", model, {1, -2, 3}, {{"baseline", 0.5}});

  expect_near(mask.data, Values{0.75, 3.75, 8.75}, 1e-6);
  ASSERT_TRUE(mask.completeness);
  EXPECT_NEAR(mask.completeness->delta, 0, 1e-6);
  EXPECT_EQ(mask.evaluations, 2);
}

TEST(DeepLift, SeveralBaselinesGiveTheMeanOfTheirMaps) {
  auto model = square_model({1}, 3);

  const Mask mask = mask_of("DeepLift", model, {3}, {{"baseline", Tensor({2, 1}, std::vector<Scalar>{0, 1})}});

  expect_near(mask.data, Values{8.5}, 1e-6);
  EXPECT_NEAR(mask.completeness->expected, 8.5, 1e-6);
}

TEST(DeepLift, AnImageEqualToItsBaselineGetsZeros) {
  auto model = square_model({2});

  EXPECT_EQ(mask_of("DeepLift", model, {2, 2}, {{"baseline", 2}}).data, (std::vector<Scalar>{0, 0}));
}

// min(a, b) = a − max(a − b, 0), of which a rescaled difference gives all to the smaller one (Shrikumar et al., 2017,
// section 3.5.2).
std::vector<std::uint8_t> minimum() {
  return testing::ModelBuilder(13)
      .input("x", {1, 2})
      .initializer("w", {2, 2}, {1, 1, 0, -1})
      .initializer("v", {2, 1}, {1, -1})
      .node("Gemm", {"x", "w"}, {"z"})
      .node("Relu", {"z"}, {"h"})
      .node("Gemm", {"h", "v"}, {"y"})
      .output("y")
      .bytes();
}

TEST(DeepLift, RevealCancelSharesAMinimumEqually) {
  const auto session = onnx::load(minimum());
  NetworkModel model(*session);

  expect_near(mask_of("DeepLift", model, {3, 1}, {{"rule", "rescale"}}).data, Values{0, 1}, 1e-6);
  expect_near(mask_of("DeepLift", model, {3, 1}, {{"rule", "reveal-cancel"}}).data, Values{0.5, 0.5}, 1e-6);
}

TEST(DeepLift, RevealCancelIsCompleteThroughSumsPoolsAndSmoothFunctions) {
  for (const char* activation : {"Relu", "Sigmoid"}) {
    const auto session = onnx::load(testing::small_network(testing::Biases::All, activation));
    NetworkModel model(*session);
    const Tensor baseline({2, 8, 8}, testing::small_picture(0.91));

    const Mask mask =
        mask_of("DeepLift", model, testing::small_picture(), {{"rule", "reveal-cancel"}, {"baseline", baseline}});

    const Completeness completeness = mask.completeness.value();
    EXPECT_GT(std::fabs(completeness.expected), 1e-3) << activation;
    EXPECT_NEAR(completeness.delta, 0, 2e-4 * (1 + std::fabs(completeness.expected))) << activation;
    EXPECT_NE(mask.data, mask_of("DeepLift", model, testing::small_picture(), {{"baseline", baseline}}).data);
  }
}

TEST(DeepLift, IsCompleteThroughProductsButForCaptum) {
  const auto session = onnx::load(testing::gated_network());
  NetworkModel model(*session);
  const Options options{{"baseline", Tensor({2, 8, 8}, testing::small_picture(0.91))}};
  Options captum = options;
  captum.insert({"compat", "captum"});

  const Completeness exact = mask_of("DeepLift", model, testing::small_picture(), options).completeness.value();
  const Completeness rough = mask_of("DeepLift", model, testing::small_picture(), captum).completeness.value();

  EXPECT_GT(std::fabs(exact.expected), 1e-3);
  EXPECT_NEAR(exact.delta, 0, 1e-3 * std::fabs(exact.expected));
  EXPECT_GT(std::fabs(rough.delta), 1e-2 * std::fabs(exact.expected));
}

TEST(DeepLift, RevealCancelOfAnInnerTensorDoesNotTakeItsFunctionAlong) {
  const auto session = onnx::load(testing::small_network());
  NetworkModel model(*session, {.y = "d"});

  const Mask mask = mask_of("DeepLift", model, testing::small_picture(), {{"rule", "reveal-cancel"}});

  EXPECT_NEAR(mask.completeness.value().delta, 0, 1e-4);
}

}  // namespace
}  // namespace saliency
