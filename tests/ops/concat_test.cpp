#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase concat(std::int64_t axis, std::vector<CaseInput> inputs) {
  return {.type = "Concat", .attributes = {{"axis", axis}}, .inputs = std::move(inputs)};
}

TEST(Concat, PutsInputsOneAfterTheOther) {
  const Tensor a({2, 1}, {1, 2}), b({2, 2}, {3, 4, 5, 6});

  expect_close(output_of(concat(1, {a, b})), Tensor({2, 3}, {1, 3, 4, 2, 5, 6}));
  expect_close(output_of(concat(-2, {b, b})), Tensor({4, 2}, {3, 4, 5, 6, 3, 4, 5, 6}));
}

TEST(Concat, RefusesShapesThatDoNotContinueEachOther) {
  EXPECT_THROW(output_of(concat(0, {random_tensor({2, 3}), random_tensor({2, 4})})), Error);
  EXPECT_THROW(output_of(concat(0, {random_tensor({2, 3}), random_tensor({2})})), Error);
}

GRADIENT_TEST(Concat, GradientMatchesFiniteDifferences, "Concat") {
  for (const std::int64_t axis : {0, 1, -1}) {
    expect_gradient_matches_finite_differences(
        concat(axis, {random_tensor({2, 3, 2}), random_tensor({2, 3, 2}, -1, 1, 2), random_tensor({2, 3, 2})}));
  }
  expect_gradient_matches_finite_differences(concat(1, {random_tensor({2, 1, 2}), constant(random_tensor({2, 3, 2}))}));
}

TEST(Concat, KeepsBatchesApart) {
  expect_batch_matches_single_samples(concat(1, {random_tensor({1, 3, 2}), random_tensor({1, 4, 2})}), {0, 0});
  EXPECT_EQ(batch_axis_of(concat(0, {random_tensor({1, 3}), random_tensor({1, 3})}), {0, 0}), std::nullopt);
  EXPECT_EQ(batch_axis_of(concat(2, {random_tensor({1, 1, 3}), random_tensor({1, 1, 3})}), {0, 1}), std::nullopt);
}

TEST(Concat, RepeatsSharedInputsForEachSample) {
  expect_batch_matches_single_samples(concat(1, {constant(random_tensor({1, 1, 2})), random_tensor({1, 4, 2})}),
                                      {-1, 0});
  // Two rows a sample, as of windows.
  expect_batch_matches_single_samples(concat(1, {constant(random_tensor({2, 1, 3})), random_tensor({2, 4, 3})}),
                                      {-1, 0});
}

TEST(Concat, PullsTransposes) {
  expect_pulls_transpose(concat(1, {random_tensor({2, 3, 4, 5}), random_tensor({2, 1, 4, 5})}), {0, 3, 1, 2});
}

}  // namespace
}  // namespace saliency::testing
