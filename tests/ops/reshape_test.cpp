#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

Shape reshaped(const Shape& input, const std::vector<Scalar>& shape, std::int64_t allowzero = 0) {
  const auto count = static_cast<std::int64_t>(shape.size());
  return output_of({.type = "Reshape",
                    .attributes = {{"allowzero", allowzero}},
                    .inputs = {random_tensor(input), constant(integers({count}, shape))}})
      .shape;
}

TEST(Reshape, ResolvesZeroAndMinusOne) {
  EXPECT_EQ(reshaped({2, 3, 4}, {4, 2, 3}), (Shape{4, 2, 3}));
  EXPECT_EQ(reshaped({2, 3, 4}, {2, -1}), (Shape{2, 12}));
  EXPECT_EQ(reshaped({2, 3, 4}, {0, 0, 2, -1}), (Shape{2, 3, 2, 2}));
  EXPECT_EQ(reshaped({0, 3, 4}, {3, 4, 0}, 1), (Shape{3, 4, 0}));
  EXPECT_EQ(reshaped({1}, {}), Shape{});
}

TEST(Reshape, KeepsTheNumbersInOrder) {
  const Tensor x = random_tensor({2, 3, 4});

  const Tensor y = output_of({.type = "Reshape", .inputs = {x, constant(integers({2}, {6, 4}))}});

  expect_close(y, Tensor({6, 4}, x.data));
}

TEST(Reshape, RefusesAnotherNumberOfElements) {
  EXPECT_THROW(reshaped({2, 3, 4}, {5, 5}), Error);
  EXPECT_THROW(reshaped({2, 3, 4}, {-1, -1}), Error);
  EXPECT_THROW(reshaped({2, 3}, {2, 3, 0}), Error);
}

TEST(Reshape, RefusesAComputedShape) {
  const OperatorCase check{.type = "Reshape", .inputs = {random_tensor({2, 3}), integers({1}, {6})}};

  EXPECT_THROW(output_of(check), Error);
}

TEST(Flatten, JoinsAxesAroundTheGivenOne) {
  const auto flattened = [](std::int64_t axis) {
    return output_of({.type = "Flatten", .attributes = {{"axis", axis}}, .inputs = {random_tensor({2, 3, 4})}}).shape;
  };
  EXPECT_EQ(flattened(0), (Shape{1, 24}));
  EXPECT_EQ(flattened(1), (Shape{2, 12}));
  EXPECT_EQ(flattened(-1), (Shape{6, 4}));
  EXPECT_EQ(flattened(3), (Shape{24, 1}));
}

TEST(Squeeze, RemovesAxesOfSizeOne) {
  const Tensor x = random_tensor({1, 3, 1, 4});
  EXPECT_EQ(output_of({.type = "Squeeze", .inputs = {x}}).shape, (Shape{3, 4}));
  EXPECT_EQ(output_of({.type = "Squeeze", .inputs = {x, constant(integers({1}, {-2}))}}).shape, (Shape{1, 3, 4}));
  EXPECT_EQ(output_of({.type = "Squeeze", .attributes = {{"axes", Integers{0}}}, .opset = 11, .inputs = {x}}).shape,
            (Shape{3, 1, 4}));
  EXPECT_THROW(output_of({.type = "Squeeze", .inputs = {x, constant(integers({1}, {1}))}}), Error);
}

TEST(Unsqueeze, AddsAxesOfSizeOne) {
  const Tensor x = random_tensor({3, 4});
  EXPECT_EQ(output_of({.type = "Unsqueeze", .inputs = {x, constant(integers({2}, {0, -1}))}}).shape,
            (Shape{1, 3, 4, 1}));
  EXPECT_EQ(output_of({.type = "Unsqueeze", .attributes = {{"axes", Integers{1}}}, .opset = 11, .inputs = {x}}).shape,
            (Shape{3, 1, 4}));
}

GRADIENT_TEST(Reshape, GradientMatchesFiniteDifferences, "Reshape", "Flatten", "Squeeze", "Unsqueeze") {
  expect_gradient_matches_finite_differences(
      {.type = "Reshape", .inputs = {random_tensor({2, 3, 4}), constant(integers({2}, {4, 6}))}});
  expect_gradient_matches_finite_differences({.type = "Flatten", .inputs = {random_tensor({2, 3, 4})}});
  expect_gradient_matches_finite_differences({.type = "Squeeze", .inputs = {random_tensor({2, 1, 4})}});
  expect_gradient_matches_finite_differences(
      {.type = "Unsqueeze", .inputs = {random_tensor({2, 4}), constant(integers({1}, {1}))}});
}

TEST(Reshape, BatchAxisKeepsItsPrefixProduct) {
  const auto reshape = [](const Shape& input, const std::vector<Scalar>& shape) {
    return OperatorCase{
        .type = "Reshape",
        .inputs = {random_tensor(input), constant(integers({static_cast<std::int64_t>(shape.size())}, shape))}};
  };
  expect_batch_matches_single_samples(reshape({1, 3, 4}, {1, 12}), {0, -1}, 0);
  expect_batch_matches_single_samples(reshape({6, 1, 4}, {6, 2, 2}), {1, -1}, 1);
  // Windows: 1×4×4 → 4 windows' worth of rows, and back.
  expect_batch_matches_single_samples(reshape({1, 4, 4, 3}, {4, 4, 3}), {0, -1}, 0);
  expect_batch_matches_single_samples(reshape({4, 4, 3}, {1, 2, 2, 12}), {0, -1}, 0);
  // No axis has two sizes in front of it.
  EXPECT_EQ(batch_axis_of(reshape({2, 1, 3}, {3, 2}), {1, -1}), std::nullopt);
}

TEST(Unsqueeze, BatchAxisMovesAlong) {
  expect_batch_matches_single_samples(
      {.type = "Unsqueeze", .inputs = {random_tensor({1, 4}), constant(integers({1}, {0}))}}, {0, -1}, 1);
  expect_batch_matches_single_samples(
      {.type = "Squeeze", .inputs = {random_tensor({1, 1, 4}), constant(integers({1}, {0}))}}, {1, -1}, 0);
}

TEST(Reshape, PullsTransposesOverWholeSegments) {
  const auto reshape = [](const Shape& input, const std::vector<Scalar>& shape) {
    return OperatorCase{
        .type = "Reshape",
        .inputs = {random_tensor(input), constant(integers({static_cast<std::int64_t>(shape.size())}, shape))}};
  };
  const std::vector<int> to_first = {0, 3, 1, 2};
  expect_pulls_transpose(reshape({1, 5, 3, 4}, {1, 5, 12}), to_first);
  expect_pulls_transpose(reshape({1, 6, 3, 4}, {1, 2, 3, 12}), to_first);
  expect_pulls_transpose(reshape({1, 6, 1, 1}, {1, 6}), to_first);
  expect_pulls_transpose(reshape({2, 6, 2, 2}, {2, 1, 6, 4, 1}), to_first);
  EXPECT_EQ(pulled_transpose(reshape({1, 5, 3, 4}, {1, 60}), to_first), std::nullopt);
  EXPECT_EQ(pulled_transpose(reshape({1, 6, 3, 4}, {1, 18, 4}), to_first), std::nullopt);
}

TEST(Squeeze, PullsTransposes) {
  expect_pulls_transpose({.type = "Squeeze", .inputs = {random_tensor({2, 6, 1, 3})}}, {0, 3, 1, 2});
  expect_pulls_transpose({.type = "Unsqueeze", .inputs = {random_tensor({2, 6, 3}), constant(integers({1}, {1}))}},
                         {0, 2, 1});
}

}  // namespace
}  // namespace saliency::testing
