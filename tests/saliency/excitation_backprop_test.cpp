#include <gtest/gtest.h>

#include <numeric>

#include "onnx/load.h"
#include "saliency/method_check.h"
#include "saliency/network_model.h"
#include "saliency/small_network.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::expect_near;
using testing::mask_of;
using testing::small_network;
using testing::small_picture;
using testing::Values;

// y = W · relu(x) over 2×2 pixels
std::vector<std::uint8_t> one_layer() {
  return testing::ModelBuilder(13)
      .input("x", {1, 1, 2, 2})
      .initializer("w", {4, 1}, {1, -1, 2, 0})
      .node("Relu", {"x"}, {"a"})
      .node("Flatten", {"a"}, {"f"})
      .node("Gemm", {"f", "w"}, {"y"})
      .output("y")
      .bytes();
}

TEST(ExcitationBackprop, SharesInTheProportionOfExcitation) {
  const auto session = onnx::load(one_layer());
  NetworkModel model(*session);

  const Mask mask = mask_of("ExcitationBackprop", model, {1, 2, 3, 4}, {{"layer", "a"}, {"resize", "none"}});

  expect_near(mask.data, Values{1.0 / 7, 0, 6.0 / 7, 0}, 1e-5);
  EXPECT_EQ(mask.shape, (Shape{2, 2}));
  EXPECT_NEAR(mask.completeness.value().delta, 0, 1e-5);
}

TEST(ExcitationBackprop, TheContrastiveFormSubtractsWhatInhibits) {
  const auto session = onnx::load(one_layer());
  NetworkModel model(*session);
  Options options{{"layer", "a"}, {"resize", "none"}, {"contrastive", true}};

  expect_near(mask_of("ExcitationBackprop", model, {1, 2, 3, 4}, options).data, Values{1.0 / 7, 0, 6.0 / 7, 0}, 1e-5);
  options.insert({"relu", false});
  const Mask mask = mask_of("ExcitationBackprop", model, {1, 2, 3, 4}, options);
  expect_near(mask.data, Values{1.0 / 7, -1, 6.0 / 7, 0}, 1e-5);
  EXPECT_NEAR(mask.completeness.value().sum, 0, 1e-5);
}

TEST(ExcitationBackprop, LosesNoProbabilityOnTheWayToALayerOrTheImage) {
  const auto session = onnx::load(small_network());
  NetworkModel model(*session);

  for (const char* layer : {"e", "b", "input"}) {
    const Mask mask = mask_of("ExcitationBackprop", model, small_picture(), {{"layer", layer}, {"resize", "none"}});

    EXPECT_NEAR(mask.completeness.value().sum, 1, 1e-4) << layer;
    for (const Scalar value : mask.data) EXPECT_GE(value, 0);
    EXPECT_NEAR(std::accumulate(mask.data.begin(), mask.data.end(), 0.0), 1, 1e-4) << layer;
  }
}

TEST(ExcitationBackprop, StopsAtTheLastLayerWithPositionsUnlessToldOtherwise) {
  const auto session = onnx::load(small_network());
  NetworkModel model(*session);

  const Mask chosen = mask_of("ExcitationBackprop", model, small_picture());

  EXPECT_EQ(chosen.shape, (Shape{8, 8}));
  EXPECT_EQ(chosen.data, mask_of("ExcitationBackprop", model, small_picture(), {{"layer", "f"}}).data);
}

TEST(ExcitationBackprop, AClassThatNothingExcitesGetsZeros) {
  const auto session = onnx::load(one_layer());
  NetworkModel model(*session);

  const Mask mask = mask_of("ExcitationBackprop", model, {-1, 2, -3, 4}, {{"layer", "a"}});

  for (const Scalar value : mask.data) EXPECT_EQ(value, 0);
}

}  // namespace
}  // namespace saliency
