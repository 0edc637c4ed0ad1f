#include <gtest/gtest.h>

#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase trilu(const Tensor& x, std::int64_t upper, Scalar k) {
  return {.type = "Trilu", .attributes = {{"upper", upper}}, .inputs = {x, constant(integers({}, {k}))}};
}

TEST(Trilu, KeepsOneTriangle) {
  const Tensor x({2, 3}, {1, 2, 3, 4, 5, 6});

  expect_close(output_of(trilu(x, 1, 0)), Tensor({2, 3}, {1, 2, 3, 0, 5, 6}));
  expect_close(output_of(trilu(x, 1, 2)), Tensor({2, 3}, {0, 0, 3, 0, 0, 0}));
  expect_close(output_of(trilu(x, 0, 0)), Tensor({2, 3}, {1, 0, 0, 4, 5, 0}));
  expect_close(output_of(trilu(x, 0, -1)), Tensor({2, 3}, {0, 0, 0, 4, 0, 0}));
}

GRADIENT_TEST(Trilu, GradientMatchesFiniteDifferences, "Trilu") {
  expect_gradient_matches_finite_differences(trilu(random_tensor({2, 3, 3}), 1, 1));
  expect_gradient_matches_finite_differences(trilu(random_tensor({2, 3}), 0, 0));
}

TEST(Trilu, KeepsBatchesApart) {
  expect_batch_matches_single_samples(trilu(random_tensor({1, 3, 4}), 1, 0), {0, -1});
  EXPECT_EQ(batch_axis_of(trilu(random_tensor({1, 3, 4}), 1, 0), {1, -1}), std::nullopt);
}

}  // namespace
}  // namespace saliency::testing
