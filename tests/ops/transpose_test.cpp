#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase transpose(const Tensor& x, const Integers& permutation) {
  return {.type = "Transpose", .attributes = {{"perm", permutation}}, .inputs = {x}};
}

TEST(Transpose, ReordersAxes) {
  const Tensor x({1, 2, 3}, {1, 2, 3, 4, 5, 6});

  expect_close(output_of(transpose(x, {0, 2, 1})), Tensor({1, 3, 2}, {1, 4, 2, 5, 3, 6}));
  expect_close(output_of({.type = "Transpose", .inputs = {x}}), Tensor({3, 2, 1}, {1, 4, 2, 5, 3, 6}));
  expect_close(output_of(transpose(Tensor({}, 4), {})), Tensor({}, 4));
}

TEST(Transpose, RefusesWhatIsNoPermutation) {
  EXPECT_THROW(output_of(transpose(random_tensor({2, 3}), {0, 0})), Error);
  EXPECT_THROW(output_of(transpose(random_tensor({2, 3}), {0, 2})), Error);
  EXPECT_THROW(output_of(transpose(random_tensor({2, 3}), {0})), Error);
}

GRADIENT_TEST(Transpose, GradientMatchesFiniteDifferences, "Transpose") {
  expect_gradient_matches_finite_differences(transpose(random_tensor({2, 3, 4}), {2, 0, 1}));
  expect_gradient_matches_finite_differences(transpose(random_tensor({2, 1, 4, 3}), {0, 3, 1, 2}));
}

TEST(Transpose, BatchAxisOfSizeOneMovesAlong) {
  expect_batch_matches_single_samples(transpose(random_tensor({1, 3, 4}), {1, 0, 2}), {0}, 1);
  expect_batch_matches_single_samples(transpose(random_tensor({3, 1, 4}), {1, 2, 0}), {1}, 0);
}

TEST(Transpose, LargerBlocksStayOutermost) {
  expect_batch_matches_single_samples(transpose(random_tensor({3, 2, 4}), {1, 0, 2}), {0}, 0);
  expect_batch_matches_single_samples(transpose(random_tensor({3, 2, 4}), {1, 2, 0}), {0}, 0);
  expect_batch_matches_single_samples(transpose(random_tensor({3, 2, 4}), {0, 2, 1}), {0}, 0);
}

}  // namespace
}  // namespace saliency::testing
