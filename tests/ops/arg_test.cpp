#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

const Tensor kRows({2, 4}, {3, 9, 9, 1, 5, 2, 2, 5});

OperatorCase arg(const char* type, std::int64_t axis, std::int64_t keepdims, std::int64_t last = 0) {
  return {.type = type,
          .attributes = {{"axis", axis}, {"keepdims", keepdims}, {"select_last_index", last}},
          .inputs = {kRows}};
}

OperatorCase top_k(const Tensor& x, Scalar k, std::int64_t axis, std::int64_t largest = 1) {
  return {.type = "TopK",
          .attributes = {{"axis", axis}, {"largest", largest}},
          .inputs = {x, constant(integers({1}, {k}))},
          .outputs = 2};
}

TEST(Arg, FindsTheFirstOrLastExtreme) {
  expect_close(output_of(arg("ArgMax", 1, 1)), integers({2, 1}, {1, 0}));
  expect_close(output_of(arg("ArgMax", -1, 0, 1)), integers({2}, {2, 3}));
  expect_close(output_of(arg("ArgMin", 1, 0)), integers({2}, {3, 1}));
  expect_close(output_of(arg("ArgMin", 0, 0)), integers({4}, {0, 1, 1, 0}));
}

TEST(Arg, KeepsBatchesApartAndPullsTransposes) {
  OperatorCase check = arg("ArgMax", 1, 0);
  check.inputs = {random_tensor({1, 4, 3})};
  EXPECT_EQ(batch_axis_of(check, {0}), 0);
  EXPECT_EQ(batch_axis_of(check, {2}), 1);
  EXPECT_EQ(batch_axis_of(check, {1}), std::nullopt);
  EXPECT_EQ(pulled_transpose(check, {0, 2, 1}), (std::vector<int>{0, 1}));
}

TEST(TopK, SortsAndPrefersTheFirstOfEquals) {
  const auto largest = run_operator(top_k(kRows, 3, 1));
  const auto smallest = run_operator(top_k(kRows, 1, 0, 0));

  expect_close(largest.at(0), Tensor({2, 3}, {9, 9, 3, 5, 5, 2}));
  expect_close(largest.at(1), integers({2, 3}, {1, 2, 0, 0, 3, 1}));
  expect_close(smallest.at(0), Tensor({1, 4}, {3, 2, 2, 1}));
  expect_close(smallest.at(1), integers({1, 4}, {0, 1, 1, 0}));
}

TEST(TopK, RefusesMoreThanThereAre) {
  EXPECT_THROW(run_operator(top_k(kRows, 5, 1)), Error);
}

GRADIENT_TEST(TopK, GradientMatchesFiniteDifferences, "TopK") {
  expect_gradient_matches_finite_differences(top_k(random_tensor({2, 5}), 3, 1));
  expect_gradient_matches_finite_differences(top_k(random_tensor({4, 2, 2}), 2, 0, 0));
}

TEST(TopK, KeepsBatchesApartAndPullsTransposes) {
  expect_batch_matches_single_samples(top_k(random_tensor({1, 5}), 3, 1), {0, -1});
  expect_pulls_transpose(top_k(random_tensor({2, 5, 3}), 2, 1), {0, 2, 1});
}

}  // namespace
}  // namespace saliency::testing
