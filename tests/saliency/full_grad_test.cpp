#include <gtest/gtest.h>

#include <cmath>

#include "onnx/load.h"
#include "saliency/method_check.h"
#include "saliency/network_model.h"
#include "saliency/small_network.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::Biases;
using testing::expect_near;
using testing::mask_of;
using testing::small_network;
using testing::small_picture;
using testing::Values;

TEST(FullGrad, OfALinearModelIsTheMagnitudeOfItsTerms) {
  auto model = testing::linear_model({2, 2, 1}, {1, -1, 0.5, 0});

  expect_near(mask_of("FullGrad", model, {1, 2, 3, 4}, {{"rescale", false}}).data, Values{1, 2, 1.5, 0}, 1e-6);
  expect_near(mask_of("FullGrad", model, {1, 2, 3, 4}).data, Values{0.5, 1, 0.75, 0}, 1e-6);
}

TEST(FullGrad, AddsWhatTheBiasesContribute) {
  const auto session = onnx::load(testing::ModelBuilder(13)
                                      .input("x", {1, 1, 2, 2})
                                      .initializer("w", {1, 1, 1, 1}, {1})
                                      .initializer("b", {1}, {1})
                                      .initializer("v", {4, 1}, {1, 1, 1, -2})
                                      .node("Conv", {"x", "w", "b"}, {"c"})
                                      .node("Relu", {"c"}, {"r"})
                                      .node("Flatten", {"r"}, {"f"})
                                      .node("Gemm", {"f", "v"}, {"y"})
                                      .output("y")
                                      .bytes());
  NetworkModel model(*session);

  // r = (2, 3, 0, 5): where it is positive, the bias 1 counts by the weight behind it.
  const Mask mask = mask_of("FullGrad", model, {1, 2, -3, 4}, {{"rescale", false}});

  expect_near(mask.data, Values{2, 3, 0, 10}, 1e-6);
  EXPECT_EQ(mask.shape, (Shape{2, 2}));
  EXPECT_NEAR(mask.score, -5, 1e-6);
  EXPECT_NEAR(mask.completeness.value().delta, 0, 1e-6);
}

TEST(FullGrad, ItsTermsSumToTheScore) {
  for (const char* activation : {"Relu", "Sigmoid", "HardSwish", "LeakyRelu"}) {
    const auto session = onnx::load(small_network(Biases::All, activation));
    NetworkModel model(*session);

    const Mask mask = mask_of("FullGrad", model, small_picture());

    EXPECT_NEAR(mask.completeness.value().delta, 0, 1e-4 * (1 + std::fabs(mask.score))) << activation;
    EXPECT_NEAR(mask.completeness.value().expected, mask.score, 0);
    for (const Scalar value : mask.data) EXPECT_GE(value, 0);
  }
}

TEST(FullGrad, ItsTermsSumToTheScoreThroughProducts) {
  const auto session = onnx::load(testing::gated_network());
  NetworkModel model(*session);

  const Mask mask = mask_of("FullGrad", model, small_picture());

  EXPECT_NEAR(mask.completeness.value().delta, 0, 1e-4 * (1 + std::fabs(mask.score)));
}

// As layer normalisation is written out in files of older opsets.
TEST(FullGrad, ItsTermsSumToTheScoreThroughANormalisationWrittenOut) {
  const testing::AttributeList rows = {{"axes", std::vector<std::int64_t>{1}}};
  const auto session = onnx::load(testing::ModelBuilder(13)
                                      .input("x", {1, 4})
                                      .initializer("two", {}, {2})
                                      .initializer("little", {}, {0.1F})
                                      .node("ReduceMean", {"x"}, {"mean"}, rows)
                                      .node("Sub", {"x", "mean"}, {"d"})
                                      .node("Pow", {"d", "two"}, {"squares"})
                                      .node("ReduceMean", {"squares"}, {"variance"}, rows)
                                      .node("Add", {"variance", "little"}, {"more"})
                                      .node("Sqrt", {"more"}, {"deviation"})
                                      .node("Div", {"d", "deviation"}, {"y"})
                                      .output("y")
                                      .bytes());
  NetworkModel model(*session);

  const Mask mask = mask_of("FullGrad", model, {3, -1, 0.5, 2});

  EXPECT_GT(std::fabs(mask.score), 0.5);
  EXPECT_NEAR(mask.completeness.value().delta, 0, 1e-5);
}

TEST(FullGrad, WithoutBiasesIsTheMagnitudeOfInputTimesGradient) {
  const auto session = onnx::load(small_network());
  NetworkModel model(*session);

  const Mask mask = mask_of("FullGrad", model, small_picture(), {{"rescale", false}});
  const Mask product = mask_of("InputXGradient", model, small_picture());

  for (std::size_t i = 0; i < 64; ++i) {
    EXPECT_NEAR(mask.data[i], std::fabs(product.data[i]) + std::fabs(product.data[64 + i]), 1e-5);
  }
}

TEST(FullGrad, ABatchIsAsGoodAsSingleImages) {
  const auto session = onnx::load(small_network(Biases::All));
  NetworkModel model(*session);
  std::vector<Scalar> batch = small_picture();
  for (const Scalar value : small_picture(0.91)) batch.push_back(value);

  const auto both = model.full_gradients(batch, Target::of_class(1));
  const auto second = model.full_gradients(std::span(batch).subspan(128), Target::of_class(1));

  ASSERT_EQ(both.layers.size(), second.layers.size());
  for (std::size_t k = 0; k < both.layers.size(); ++k) {
    const auto& all = both.layers[k].contributions;
    expect_near(std::vector<Scalar>(all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2), all.end()),
                second.layers[k].contributions, 1e-5);
  }
}

}  // namespace
}  // namespace saliency
