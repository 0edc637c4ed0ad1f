#include <gtest/gtest.h>

#include "saliency/method_check.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::expect_error;
using testing::expect_near;
using testing::mask_of;
using testing::square_model;
using testing::Values;

// f = Σ x²: (y − b) · 2 (b + α (y − b)) for the given draws.
TEST(GradientShap, FollowsItsFormulaForGivenDraws) {
  auto model = square_model({1}, 2);
  const Tensor baselines({2, 1}, std::vector<Scalar>{0, 1});
  const Tensor noises({2, 1}, std::vector<Scalar>{0.5, -0.5});

  const Mask mask = mask_of("GradientShap", model, {2},
                            {{"baseline", baselines},
                             {"noises", noises},
                             {"alphas", std::vector<double>{0.5, 0.25}},
                             {"choices", std::vector<double>{1, 0}}});

  // (2.5 − 1) · 2 (1 + .5 · 1.5) = 5.25 and 1.5 · 2 · .375 = 1.125
  expect_near(mask.data, Values{(5.25 + 1.125) / 2}, 1e-6);
  EXPECT_EQ(mask.steps, 2);
}

TEST(GradientShap, ApproachesIntegratedGradients) {
  auto model = square_model({3}, 64);

  const Mask mask = mask_of("GradientShap", model, {1, 2, 3}, {{"steps", 20000}});

  expect_near(mask.data, Values{1, 4, 9}, 0.02);
  EXPECT_NEAR(mask.completeness->expected, 14, 1e-5);
  EXPECT_NEAR(mask.completeness->delta, 0, 0.2);
}

TEST(GradientShap, DrawsAmongItsBaselines) {
  auto model = testing::linear_model({1}, {1}, 64);

  const Mask mask =
      mask_of("GradientShap", model, {2}, {{"steps", 20000}, {"baseline", Tensor({2, 1}, std::vector<Scalar>{0, 1})}});

  EXPECT_NEAR(mask.data[0], 1.5, 0.02);
  EXPECT_NEAR(mask.completeness->expected, 1.5, 1e-6);
}

TEST(GradientShap, DependsOnTheSeedOnly) {
  auto one = square_model({3}, 1);
  auto many = square_model({3}, 7);
  const Options options = {{"seed", 3}, {"spread", 0.2}};

  const Mask mask = mask_of("GradientShap", one, {1, 2, 3}, options);

  EXPECT_EQ(mask.data, mask_of("GradientShap", many, {1, 2, 3}, options).data);
  EXPECT_NE(mask.data, mask_of("GradientShap", one, {1, 2, 3}, {{"seed", 4}, {"spread", 0.2}}).data);
  EXPECT_EQ(mask.seed, 3U);
}

TEST(GradientShap, DrawsThatDoNotFitAreRefused) {
  auto model = square_model({3});

  expect_error(ErrorCode::InvalidOption, "choices", [&] {
    mask_of("GradientShap", model, {1, 2, 3}, {{"steps", 2}, {"choices", std::vector<double>{0}}});
  });
  expect_error(ErrorCode::InvalidOption, "baseline 4 of 1", [&] {
    mask_of("GradientShap", model, {1, 2, 3}, {{"steps", 1}, {"choices", std::vector<double>{4}}});
  });
  expect_error(ErrorCode::ShapeMismatch, "noises", [&] {
    mask_of("GradientShap", model, {1, 2, 3}, {{"noises", Tensor({2})}});
  });
}

}  // namespace
}  // namespace saliency
