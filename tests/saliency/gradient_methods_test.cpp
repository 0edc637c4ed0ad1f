// VanillaGradients, GuidedBackprop and DeconvNet on toy functions; their rules inside of networks are tested with the
// graph and with the reference data.
#include <gtest/gtest.h>

#include "saliency/method_check.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::expect_error;
using testing::linear_model;
using testing::mask_of;
using testing::square_model;

TEST(VanillaGradients, IsTheSignedGradient) {
  auto model = square_model({1, 1, 3});

  const Mask mask = mask_of("VanillaGradients", model, {1, -2, 3});

  testing::expect_near(mask.data, std::vector<double>{2, -4, 6}, 1e-6);
  EXPECT_EQ(mask.shape, (Shape{1, 1, 3}));
  EXPECT_EQ(mask.method, "VanillaGradients");
  EXPECT_EQ(mask.score, 14);
  EXPECT_EQ(mask.evaluations, 1);
  EXPECT_EQ(model.gradient_count, 1);
}

TEST(GradientMethods, AskForTheirOwnRule) {
  auto model = square_model({2});

  mask_of("GuidedBackprop", model, {1, 2});
  EXPECT_EQ(model.last_rule, BackwardRule::Guided);
  mask_of("DeconvNet", model, {1, 2});
  EXPECT_EQ(model.last_rule, BackwardRule::DeconvNet);
  mask_of("VanillaGradients", model, {1, 2});
  EXPECT_EQ(model.last_rule, BackwardRule::Exact);
}

TEST(VanillaGradients, AWeightOfTheTargetScalesTheMap) {
  auto model = square_model({2});

  const Mask mask = get_mask("VanillaGradients", model, {1, 2}, Target{.terms = {{0, -3}}}).run();

  testing::expect_near(mask.data, std::vector<double>{-6, -12}, 1e-6);
}

TEST(VanillaGradients, AZeroGradientGivesZerosAndAWarning) {
  auto model = linear_model({1, 2, 1}, {0, 0});

  const Mask mask = mask_of("VanillaGradients", model, {1, 2});

  EXPECT_EQ(mask.zeros, 1);
  ASSERT_EQ(mask.warnings.size(), 1U);
  EXPECT_NE(mask.warnings[0].find("zero everywhere"), std::string::npos);
}

TEST(VanillaGradients, NotANumberBecomesZeroAndIsCounted) {
  auto model = linear_model({4}, {std::nan(""), 1, 0, HUGE_VAL});

  const Mask mask = mask_of("VanillaGradients", model, {1, 2, 3, 4});

  EXPECT_EQ(mask.data, (std::vector<Scalar>{0, 1, 0, 0}));
  EXPECT_EQ(mask.not_finite, 0.5);
  EXPECT_EQ(mask.zeros, 0.25);
  ASSERT_EQ(mask.warnings.size(), 1U);
}

TEST(VanillaGradients, TakesNoOptions) {
  auto model = square_model({2});

  expect_error(ErrorCode::InvalidOption, "unknown option 'steps'", [&] {
    mask_of("VanillaGradients", model, {1, 2}, {{"steps", 3}});
  });
}

TEST(Methods, AnImageOfAnotherSizeIsRefused) {
  auto model = square_model({2, 2, 1});

  expect_error(ErrorCode::ShapeMismatch, "the image has 3 values", [&] {
    mask_of("VanillaGradients", model, {1, 2, 3});
  });
  expect_error(ErrorCode::ShapeMismatch, "[2, 2, 1] takes 4", [&] {
    testing::smoothed_mask_of("VanillaGradients", model, {1, 2, 3});
  });
}

}  // namespace
}  // namespace saliency
