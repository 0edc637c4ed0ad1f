#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase case_of(Integers axes, Tensor x) {
  return {.type = "MeanVarianceNormalization", .attributes = {{"axes", std::move(axes)}}, .inputs = {std::move(x)}};
}

TEST(MeanVarianceNormalization, GivesMeanZeroAndVarianceOne) {
  const Tensor y = output_of({.type = "MeanVarianceNormalization", .inputs = {random_tensor({2, 3, 4, 5}, 0, 10)}});

  for (std::size_t channel = 0; channel < 3; ++channel) {
    double sum = 0, squares = 0;
    for (std::size_t n = 0; n < 2; ++n) {
      for (std::size_t i = 0; i < 20; ++i) {
        const auto value = static_cast<double>(y.data[(n * 3 + channel) * 20 + i]);
        sum += value;
        squares += value * value;
      }
    }
    EXPECT_NEAR(sum / 40, 0, 1e-6);
    EXPECT_NEAR(squares / 40, 1, 1e-5);
  }
}

TEST(MeanVarianceNormalization, ConstantsBecomeZero) {
  expect_close(output_of(case_of({1}, Tensor({2, 3}, 5))), Tensor({2, 3}, 0));
}

GRADIENT_TEST(MeanVarianceNormalization, GradientMatchesFiniteDifferences, "MeanVarianceNormalization") {
  for (const Integers& axes : {Integers{0, 2, 3}, Integers{1}, Integers{-1}, Integers{1, 2, 3}}) {
    expect_gradient_matches_finite_differences(case_of(axes, random_tensor({2, 3, 4, 2}, -2, 2)));
  }
}

TEST(MeanVarianceNormalization, SamplesMixAlongItsAxesOnly) {
  expect_batch_matches_single_samples(case_of({1, 2}, random_tensor({1, 3, 4})), {0});
  EXPECT_FALSE(batch_axis_of(case_of({0, 2}, Tensor({1, 3, 4})), {0}).has_value());
}

TEST(MeanVarianceNormalization, TransposesPassThrough) {
  expect_pulls_transpose(case_of({0, 2, 3}, random_tensor({2, 3, 4, 2})), {0, 2, 3, 1});
  expect_pulls_transpose(case_of({1}, random_tensor({2, 3, 4})), {2, 0, 1});
}

}  // namespace
}  // namespace saliency::testing
