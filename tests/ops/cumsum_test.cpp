#include <gtest/gtest.h>

#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase cumsum(const Tensor& x, Scalar axis, std::int64_t exclusive, std::int64_t reverse) {
  return {.type = "CumSum",
          .attributes = {{"exclusive", exclusive}, {"reverse", reverse}},
          .inputs = {x, constant(integers({}, {axis}))}};
}

TEST(CumSum, AddsUpInEitherDirection) {
  const Tensor x({3}, {1, 2, 4});

  expect_close(output_of(cumsum(x, 0, 0, 0)), Tensor({3}, {1, 3, 7}));
  expect_close(output_of(cumsum(x, 0, 1, 0)), Tensor({3}, {0, 1, 3}));
  expect_close(output_of(cumsum(x, -1, 0, 1)), Tensor({3}, {7, 6, 4}));
  expect_close(output_of(cumsum(x, 0, 1, 1)), Tensor({3}, {6, 4, 0}));
}

GRADIENT_TEST(CumSum, GradientMatchesFiniteDifferences, "CumSum") {
  for (const std::int64_t exclusive : {0, 1}) {
    for (const std::int64_t reverse : {0, 1}) {
      expect_gradient_matches_finite_differences(cumsum(random_tensor({2, 3, 2}), 1, exclusive, reverse));
    }
  }
}

TEST(CumSum, KeepsBatchesApartAndPullsTransposes) {
  expect_batch_matches_single_samples(cumsum(random_tensor({1, 3}), 1, 0, 0), {0, -1});
  EXPECT_EQ(batch_axis_of(cumsum(random_tensor({1, 3}), 0, 0, 0), {0, -1}), std::nullopt);
  expect_pulls_transpose(cumsum(random_tensor({2, 3, 4}), 1, 0, 0), {0, 2, 1});
}

}  // namespace
}  // namespace saliency::testing
