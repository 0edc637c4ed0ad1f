#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase expand(const Tensor& x, const std::vector<Scalar>& shape) {
  return {.type = "Expand", .inputs = {x, constant(integers({static_cast<std::int64_t>(shape.size())}, shape))}};
}

OperatorCase tile(const Tensor& x, const std::vector<Scalar>& repeats) {
  return {.type = "Tile", .inputs = {x, constant(integers({static_cast<std::int64_t>(repeats.size())}, repeats))}};
}

TEST(Expand, BroadcastsBothWays) {
  const Tensor x({2, 1}, {1, 2});

  expect_close(output_of(expand(x, {3})), Tensor({2, 3}, {1, 1, 1, 2, 2, 2}));
  expect_close(output_of(expand(x, {2, 1, 2})), Tensor({2, 2, 2}, {1, 1, 2, 2, 1, 1, 2, 2}));
  expect_close(output_of(expand(x, {1, 1})), x);
  EXPECT_THROW(output_of(expand(x, {3, 1})), Error);
}

TEST(Tile, RepeatsAlongEachAxis) {
  const Tensor x({2, 2}, {1, 2, 3, 4});

  expect_close(output_of(tile(x, {1, 2})), Tensor({2, 4}, {1, 2, 1, 2, 3, 4, 3, 4}));
  expect_close(output_of(tile(x, {2, 1})), Tensor({4, 2}, {1, 2, 3, 4, 1, 2, 3, 4}));
  EXPECT_EQ(output_of(tile(x, {0, 3})).shape, (Shape{0, 6}));
  EXPECT_THROW(output_of(tile(x, {2})), Error);
}

GRADIENT_TEST(Expand, GradientMatchesFiniteDifferences, "Expand", "Tile") {
  expect_gradient_matches_finite_differences(expand(random_tensor({2, 1, 3}), {2, 2, 4, 1}));
  expect_gradient_matches_finite_differences(expand(random_tensor({2, 3}), {2, 3}));
  expect_gradient_matches_finite_differences(tile(random_tensor({2, 1, 3}), {2, 3, 2}));
}

TEST(Expand, KeepsBatchesApart) {
  expect_batch_matches_single_samples(expand(random_tensor({1, 1, 3}), {1, 4, 3}), {0, -1}, 0);
  expect_batch_matches_single_samples(expand(random_tensor({1, 3}), {2, 1, 3}), {0, -1}, 1);
  EXPECT_EQ(batch_axis_of(expand(random_tensor({1, 3}), {4, 3}), {0, -1}), std::nullopt);
  expect_batch_matches_single_samples(tile(random_tensor({1, 2}), {1, 3}), {0, -1}, 0);
  EXPECT_EQ(batch_axis_of(tile(random_tensor({1, 2}), {2, 1}), {0, -1}), std::nullopt);
}

TEST(Expand, PullsTransposes) {
  expect_pulls_transpose(expand(random_tensor({2, 1, 3}), {4, 3}), {0, 2, 1});
  expect_pulls_transpose(tile(random_tensor({2, 1, 3}), {1, 4, 2}), {2, 0, 1});
  EXPECT_EQ(pulled_transpose(expand(random_tensor({2, 1}), {3, 2, 1}), {1, 0}), std::nullopt);
}

}  // namespace
}  // namespace saliency::testing
