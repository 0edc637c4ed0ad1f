#include <gtest/gtest.h>

#include "support/operator_check.h"

namespace saliency::testing {
namespace {

const Tensor kCondition({2, 1}, {1, 0}, DType::Bool);

TEST(Where, ChoosesWithBroadcasting) {
  const Tensor y = output_of({.type = "Where", .inputs = {constant(kCondition), Tensor({2}, {1, 2}), Tensor({}, 9)}});

  expect_close(y, Tensor({2, 2}, {1, 2, 9, 9}));
}

GRADIENT_TEST(Where, GradientMatchesFiniteDifferences, "Where") {
  expect_gradient_matches_finite_differences(
      {.type = "Where", .inputs = {constant(kCondition), random_tensor({2, 3}), random_tensor({2, 3})}});
  expect_gradient_matches_finite_differences(
      {.type = "Where", .inputs = {constant(kCondition), random_tensor({4, 1, 3}), random_tensor({1})}});
}

TEST(Where, KeepsBatchesApartAndPullsTransposes) {
  const OperatorCase check{
      .type = "Where",
      .inputs = {constant(Tensor({1, 3}, {1, 0, 1}, DType::Bool)), random_tensor({1, 3}), random_tensor({1, 3})}};
  expect_batch_matches_single_samples(check, {-1, 0, 0});
}

}  // namespace
}  // namespace saliency::testing
