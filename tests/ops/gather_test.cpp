#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

const Tensor kTable({3, 2}, {1, 2, 3, 4, 5, 6});

OperatorCase gather(const Tensor& x, const Tensor& indices, std::int64_t axis) {
  return {.type = "Gather", .attributes = {{"axis", axis}}, .inputs = {x, constant(indices)}};
}

TEST(Gather, TakesRowsAndColumns) {
  expect_close(output_of(gather(kTable, integers({2}, {2, -3}), 0)), Tensor({2, 2}, {5, 6, 1, 2}));
  expect_close(output_of(gather(kTable, integers({1, 3}, {1, 0, 1}), 1)),
               Tensor({3, 1, 3}, {2, 1, 2, 4, 3, 4, 6, 5, 6}));
  expect_close(output_of(gather(kTable, integers({}, {1}), 0)), Tensor({2}, {3, 4}));
}

TEST(Gather, RefusesIndicesOutside) {
  EXPECT_THROW(output_of(gather(kTable, integers({1}, {3}), 0)), Error);
  EXPECT_THROW(output_of(gather(kTable, integers({1}, {-4}), 0)), Error);
}

TEST(Compress, KeepsWhereTheConditionHolds) {
  const CaseInput condition = constant(Tensor({3}, {0, 1, 1}, DType::Bool));

  const Tensor rows =
      output_of({.type = "Compress", .attributes = {{"axis", std::int64_t{0}}}, .inputs = {kTable, condition}});
  const Tensor flat = output_of({.type = "Compress", .inputs = {kTable, condition}});

  expect_close(rows, Tensor({2, 2}, {3, 4, 5, 6}));
  expect_close(flat, Tensor({2}, {2, 3}));
}

TEST(GatherElements, TakesOneElementEach) {
  const Tensor y = output_of({.type = "GatherElements",
                              .attributes = {{"axis", std::int64_t{1}}},
                              .inputs = {kTable, integers({3, 1}, {1, 0, -1})}});

  expect_close(y, Tensor({3, 1}, {2, 3, 6}));
}

TEST(GatherNd, TakesElementsAndRows) {
  const auto gather_nd = [](const Tensor& x, const Tensor& indices, std::int64_t batch_dims) {
    return output_of({.type = "GatherND", .attributes = {{"batch_dims", batch_dims}}, .inputs = {x, indices}});
  };
  expect_close(gather_nd(kTable, integers({2, 2}, {0, 1, 2, 0}), 0), Tensor({2}, {2, 5}));
  expect_close(gather_nd(kTable, integers({2, 1}, {2, 0}), 0), Tensor({2, 2}, {5, 6, 1, 2}));
  expect_close(gather_nd(kTable, integers({3, 1}, {1, 0, 1}), 1), Tensor({3}, {2, 3, 6}));
}

GRADIENT_TEST(Gather, GradientMatchesFiniteDifferences, "Gather", "Compress", "GatherElements", "GatherND") {
  for (const std::int64_t axis : {0, 1, -1}) {
    expect_gradient_matches_finite_differences(gather(random_tensor({3, 2, 4}), integers({2, 2}, {1, 0, 1, -1}), axis));
  }
  const CaseInput condition = constant(Tensor({3}, {0, 1, 1}, DType::Bool));
  expect_gradient_matches_finite_differences(
      {.type = "Compress", .attributes = {{"axis", std::int64_t{0}}}, .inputs = {random_tensor({3, 2}), condition}});
  expect_gradient_matches_finite_differences({.type = "Compress", .inputs = {random_tensor({3, 2}), condition}});
  expect_gradient_matches_finite_differences({.type = "GatherElements",
                                              .attributes = {{"axis", std::int64_t{1}}},
                                              .inputs = {random_tensor({2, 3}), integers({2, 2}, {1, 1, 0, 2})}});
  for (const std::int64_t batch_dims : {0, 1}) {
    expect_gradient_matches_finite_differences(
        {.type = "GatherND",
         .attributes = {{"batch_dims", batch_dims}},
         .inputs = {random_tensor({2, 2, 3}), integers({2, 2, 1}, {1, 0, 0, 0})}});
  }
}

TEST(Gather, KeepsBatchesApart) {
  expect_batch_matches_single_samples(gather(random_tensor({1, 3, 4}), integers({2}, {2, 0}), 1), {0, -1}, 0);
  expect_batch_matches_single_samples(gather(random_tensor({3, 1, 4}), integers({}, {2}), 0), {1, -1}, 0);
  expect_batch_matches_single_samples(gather(random_tensor({3, 1}), integers({2, 2}, {2, 0, 1, 1}), 0), {1, -1}, 2);
  EXPECT_EQ(batch_axis_of(gather(random_tensor({1, 3}), integers({1}, {0}), 0), {0, -1}), std::nullopt);
  const OperatorCase elements{.type = "GatherElements",
                              .attributes = {{"axis", std::int64_t{1}}},
                              .inputs = {random_tensor({1, 3}), integers({1, 2}, {1, 2})}};
  expect_batch_matches_single_samples(elements, {0, 0}, 0);
  EXPECT_EQ(batch_axis_of(elements, {0, -1}), std::nullopt);
  expect_batch_matches_single_samples(
      {.type = "GatherND", .inputs = {random_tensor({3, 1, 2}), constant(integers({2, 1}, {2, 0}))}}, {1, -1}, 1);
}

TEST(Gather, PullsTransposes) {
  expect_pulls_transpose(gather(random_tensor({2, 3, 4, 5}), integers({2}, {2, 0}), 1), {0, 3, 1, 2});
  expect_pulls_transpose(gather(random_tensor({2, 3, 4, 5}), integers({}, {2}), 2), {0, 3, 1, 2});
  expect_pulls_transpose(gather(random_tensor({2, 3, 4}), integers({2, 2}, {1, 0, 0, 1}), 0), {2, 0, 1});
  expect_pulls_transpose({.type = "Compress",
                          .attributes = {{"axis", std::int64_t{1}}},
                          .inputs = {random_tensor({2, 3, 4}), constant(Tensor({3}, {0, 1, 1}, DType::Bool))}},
                         {0, 2, 1});
}

}  // namespace
}  // namespace saliency::testing
