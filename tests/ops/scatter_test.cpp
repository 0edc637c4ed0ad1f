#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase scatter_nd(const Tensor& x, const Tensor& indices, const Tensor& updates,
                        const std::string& reduction = "none") {
  return {.type = "ScatterND", .attributes = {{"reduction", reduction}}, .inputs = {x, constant(indices), updates}};
}

TEST(ScatterNd, WritesElementsAndRows) {
  const Tensor x({2, 2}, {1, 2, 3, 4});

  expect_close(output_of(scatter_nd(x, integers({1, 2}, {0, 1}), Tensor({1}, 9))), Tensor({2, 2}, {1, 9, 3, 4}));
  expect_close(output_of(scatter_nd(x, integers({1, 1}, {-1}), Tensor({1, 2}, {8, 9}))), Tensor({2, 2}, {1, 2, 8, 9}));
}

TEST(ScatterNd, ReducesRepeatedPositions) {
  const Tensor x({2}, {4, 5}), updates({2}, {2, 6});
  const Tensor indices = integers({2, 1}, {0, 0});

  expect_close(output_of(scatter_nd(x, indices, updates)), Tensor({2}, {6, 5}));
  expect_close(output_of(scatter_nd(x, indices, updates, "add")), Tensor({2}, {12, 5}));
  expect_close(output_of(scatter_nd(x, indices, updates, "mul")), Tensor({2}, {48, 5}));
  expect_close(output_of(scatter_nd(x, indices, updates, "max")), Tensor({2}, {6, 5}));
  expect_close(output_of(scatter_nd(x, indices, updates, "min")), Tensor({2}, {2, 5}));
}

TEST(ScatterElements, WritesOneElementEach) {
  for (const char* type : {"ScatterElements", "Scatter"}) {
    const Tensor y = output_of(
        {.type = type,
         .attributes = {{"axis", std::int64_t{1}}},
         .inputs = {Tensor({2, 3}, {1, 2, 3, 4, 5, 6}), constant(integers({2, 1}, {2, -3})), Tensor({2, 1}, {8, 9})}});
    expect_close(y, Tensor({2, 3}, {1, 2, 8, 9, 5, 6}));
  }
}

TEST(ScatterNd, RefusesUpdatesThatDoNotFit) {
  EXPECT_THROW(output_of(scatter_nd(random_tensor({2, 2}), integers({1, 1}, {0}), random_tensor({1, 3}))), Error);
  EXPECT_THROW(output_of(scatter_nd(random_tensor({2}), integers({1, 1}, {2}), random_tensor({1}))), Error);
  EXPECT_THROW(output_of(scatter_nd(random_tensor({2}), integers({1, 1}, {0}), random_tensor({1}), "sum")), Error);
}

GRADIENT_TEST(Scatter, GradientMatchesFiniteDifferences, "ScatterND", "ScatterElements", "Scatter") {
  for (const char* reduction : {"none", "add"}) {
    expect_gradient_matches_finite_differences(
        scatter_nd(random_tensor({3, 2}), integers({2, 1}, {2, 0}), random_tensor({2, 2}), reduction));
    expect_gradient_matches_finite_differences(
        scatter_nd(random_tensor({3, 2}), integers({3, 2}, {0, 0, 1, 1, 0, 0}), random_tensor({3}), reduction));
    for (const char* type : {"ScatterElements", "Scatter"}) {
      expect_gradient_matches_finite_differences(
          {.type = type,
           .attributes = {{"axis", std::int64_t{1}}, {"reduction", std::string(reduction)}},
           .inputs = {random_tensor({2, 3}), constant(integers({2, 2}, {1, 1, 0, 2})), random_tensor({2, 2})}});
    }
  }
}

TEST(Scatter, RunsSampleBySample) {
  const OperatorCase check = scatter_nd(random_tensor({1, 2}), integers({1, 2}, {0, 1}), random_tensor({1}));
  EXPECT_EQ(batch_axis_of(check, {0, -1, -1}), std::nullopt);
  EXPECT_EQ(batch_axis_of(check, {-1, -1, -1}), -1);
}

}  // namespace
}  // namespace saliency::testing
