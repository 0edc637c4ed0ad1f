#include "metrics/faithfulness.h"

#include <gtest/gtest.h>

#include "saliency/method_check.h"
#include "saliency/methods.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::linear_model;
using testing::square_model;

// For f = wᵀx the gradient predicts every perturbation exactly.
TEST(Infidelity, IsZeroForTheGradientOfALinearFunction) {
  auto model = linear_model({3}, {1, -2, 3}, 4);

  const Infidelity result = testing::run_checking_progress(
      infidelity(model, {1, 1, 1}, {1, -2, 3}, uniform_perturbations(10, 3, 1, 7), Target::of_class(0)));

  EXPECT_NEAR(result.value, 0, 1e-10);
  EXPECT_NEAR(result.normalized, 0, 1e-10);
}

TEST(Infidelity, ItsNormalizedFormIgnoresTheMapsScale) {
  auto model = linear_model({3}, {1, -2, 3}, 4);

  const Infidelity result =
      infidelity(model, {1, 1, 1}, {2, -4, 6}, uniform_perturbations(10, 3, 1, 7), Target::of_class(0)).run();

  EXPECT_GT(result.value, 0.1);
  EXPECT_NEAR(result.normalized, 0, 1e-10);
}

// f = x², map 2x = 4 at x = 2, p = 1: predicted 4, actual 4 − 1 = 3.
TEST(Infidelity, FollowsItsFormula) {
  auto model = square_model({1});

  EXPECT_NEAR(infidelity(model, {2}, {4}, {1}, Target::of_class(0)).run().value, 1, 1e-6);
}

TEST(Infidelity, WrongPerturbationsAreRefused) {
  auto model = square_model({2});

  testing::expect_error(ErrorCode::ShapeMismatch, "3 values", [&] {
    infidelity(model, {1, 2}, {1, 2}, {1, 2, 3}, Target::of_class(0)).run();
  });
  testing::expect_error(ErrorCode::InvalidOption, "0 values", [&] {
    infidelity(model, {1, 2}, {1, 2}, {}, Target::of_class(0)).run();
  });
}

// The gradient of Σ x² moves by 2p: ‖2p‖ / ‖2x‖.
TEST(Sensitivity, IsTheLargestRelativeChange) {
  auto model = square_model({2}, 2);
  OptionReader reader("VanillaGradients", {});
  const auto method = method_info("VanillaGradients").make(reader);

  const double value = testing::run_checking_progress(
      max_sensitivity(*method, model, {3, 4}, {0, 1, 0.5, 0, 0, 0}, Target::of_class(0)));

  EXPECT_NEAR(value, 0.2, 1e-6);
}

TEST(Sensitivity, OfAZeroMapIsDefined) {
  auto model = linear_model({2}, {0, 0});
  OptionReader reader("VanillaGradients", {});
  const auto method = method_info("VanillaGradients").make(reader);

  EXPECT_EQ(max_sensitivity(*method, model, {3, 4}, {0, 1}, Target::of_class(0)).run(), 0);
}

}  // namespace
}  // namespace saliency
