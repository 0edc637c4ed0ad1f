#include "saliency/smoothgrad.h"

#include <gtest/gtest.h>

#include <cmath>

#include "golden/pair_numbers.h"
#include "saliency/method_check.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::expect_error;
using testing::linear_model;
using testing::mask_of;
using testing::pair_numbers;
using testing::smoothed_mask_of;
using testing::square_model;

Tensor tensor_of(Shape shape, const std::vector<double>& values) {
  return Tensor(std::move(shape), std::vector<Scalar>(values.begin(), values.end()));
}

// The draws are those of PAIR's run.
TEST(SmoothGrad, MatchesPairForTheSameNoise) {
  auto model = square_model({1, 1, 3}, 2);
  const Tensor noise = tensor_of({4, 1, 1, 3}, pair_numbers("smoothgrad_seed0", "noise"));

  const Mask squared = smoothed_mask_of("VanillaGradients", model, {1, 2, 3}, {{"samples", 4}, {"noise", noise}});
  const Mask plain =
      smoothed_mask_of("VanillaGradients", model, {1, 2, 3}, {{"samples", 4}, {"noise", noise}, {"magnitude", false}});

  testing::expect_near(squared.data, pair_numbers("smoothgrad_seed0", "magnitude"), 1e-6);
  testing::expect_near(plain.data, pair_numbers("smoothgrad_seed0", "plain"), 1e-6);
}

TEST(SmoothGrad, WithoutNoiseIsThePlainMap) {
  auto model = square_model({1, 2, 2}, 4);
  const std::vector<Scalar> image = {1, -2, 3, 0.5};

  const Mask plain = mask_of("VanillaGradients", model, image);
  const Mask smoothed = smoothed_mask_of("VanillaGradients", model, image, {{"stdevSpread", 0}, {"magnitude", false}});

  EXPECT_EQ(smoothed.data, plain.data);
  EXPECT_EQ(smoothed.score, plain.score);
}

TEST(SmoothGrad, AConstantImageHasNoNoiseAndSaysSo) {
  auto model = square_model({1, 2, 1});

  const Mask mask = smoothed_mask_of("VanillaGradients", model, {2, 2});

  testing::expect_near(mask.data, std::vector<double>{16, 16}, 1e-6);
  EXPECT_EQ(mask.steps, 1);
  ASSERT_EQ(mask.warnings.size(), 1U);
  EXPECT_NE(mask.warnings[0].find("no width"), std::string::npos);
}

// d/dx Σ x² = 2x, whose mean under noise is 2x and whose mean square is 4 (x² + sigma²).
TEST(SmoothGrad, ApproachesItsExpectation) {
  auto model = square_model({1, 1, 2}, 16);

  const Mask squared = smoothed_mask_of("VanillaGradients", model, {0, 2}, {{"samples", 20000}});
  const Mask mean = smoothed_mask_of("VanillaGradients", model, {0, 2}, {{"samples", 20000}, {"magnitude", false}});
  const Mask variance =
      smoothed_mask_of("VanillaGradients", model, {0, 2}, {{"samples", 20000}, {"reduce", "variance"}});
  const Mask magnitude =
      smoothed_mask_of("VanillaGradients", model, {0, 2}, {{"samples", 20000}, {"reduce", "magnitude"}});

  EXPECT_NEAR(squared.data[0], 0.36, 0.01);
  EXPECT_NEAR(squared.data[1], 16.36, 0.1);
  EXPECT_NEAR(mean.data[0], 0, 0.02);
  EXPECT_NEAR(mean.data[1], 4, 0.02);
  EXPECT_NEAR(variance.data[0], 0.36, 0.01);
  EXPECT_NEAR(variance.data[1], 0.36, 0.01);
  EXPECT_NEAR(magnitude.data[0], 0.6 * std::sqrt(2 / 3.14159265), 0.01);
}

TEST(SmoothGrad, AntitheticPairsCancelTheOddTerms) {
  auto model = square_model({1, 1, 2}, 3);

  const Mask mask = smoothed_mask_of("VanillaGradients", model, {0, 2},
                                     {{"samples", 10}, {"magnitude", false}, {"antithetic", true}});

  testing::expect_near(mask.data, std::vector<double>{0, 4}, 1e-6);
}

TEST(SmoothGrad, ResultDependsOnTheSeedAndNotOnTheBatchSize) {
  const std::vector<Scalar> image = {0, 1, 2, 3};
  const auto run = [&](std::int64_t batch, int seed) {
    auto model = square_model({4}, batch);
    return smoothed_mask_of("VanillaGradients", model, image, {{"samples", 7}, {"seed", seed}});
  };

  EXPECT_EQ(run(1, 5).data, run(4, 5).data);
  EXPECT_NE(run(1, 5).data, run(1, 6).data);
  EXPECT_EQ(run(1, 5).seed, 5U);
}

TEST(SmoothGrad, CostsOneGradientASampleInFullBatches) {
  auto model = square_model({4}, 8);

  const Mask mask = smoothed_mask_of("VanillaGradients", model, {0, 1, 2, 3});

  EXPECT_EQ(model.gradient_count, 25);
  EXPECT_EQ(model.batches, (std::vector<std::int64_t>{8, 8, 8, 1, 1}));
  EXPECT_EQ(mask.evaluations, 26);
  EXPECT_EQ(mask.score, 14);
}

TEST(SmoothGrad, StopsOnceTheStandardErrorIsSmall) {
  auto model = linear_model({1, 1, 2}, {1, 2}, 4);

  const Mask mask = smoothed_mask_of("VanillaGradients", model, {0, 2}, {{"samples", 1000}, {"tolerance", 0.01}});

  EXPECT_EQ(mask.steps, 4);
}

TEST(SmoothGrad, HandsOutPartialMaps) {
  auto model = linear_model({1, 1, 2}, {1, 2}, 2);
  Mask partial;
  Job<Mask> job = get_smoothed_mask("VanillaGradients", model, {0, 2}, Target::of_class(0),
                                    {{"samples", 6}, {"magnitude", false}}, &partial);

  job.step();
  job.step();

  EXPECT_EQ(partial.data, (std::vector<Scalar>{1, 2}));
}

TEST(SmoothGrad, RefusesNoSamplesAndWrongNoise) {
  auto model = square_model({2});

  expect_error(ErrorCode::InvalidOption, "option 'samples' is 0", [&] {
    smoothed_mask_of("VanillaGradients", model, {1, 2}, {{"samples", 0}});
  });
  expect_error(ErrorCode::ShapeMismatch, "noise", [&] {
    smoothed_mask_of("VanillaGradients", model, {1, 2}, {{"samples", 3}, {"noise", Tensor({2, 2})}});
  });
}

}  // namespace
}  // namespace saliency
