#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

Tensor range(Scalar start, Scalar limit, Scalar delta) {
  return output_of({.type = "Range",
                    .inputs = {constant(Tensor({}, start)), constant(Tensor({}, limit)), constant(Tensor({}, delta))}});
}

TEST(ConstantOfShape, FillsWithItsValue) {
  const CaseInput shape = constant(integers({2}, {2, 3}));

  expect_close(output_of({.type = "ConstantOfShape", .inputs = {shape}}), Tensor({2, 3}));
  const Tensor y =
      output_of({.type = "ConstantOfShape", .attributes = {{"value", integers({1}, {7})}}, .inputs = {shape}});
  expect_close(y, integers({2, 3}, {7, 7, 7, 7, 7, 7}));
  EXPECT_EQ(y.dtype, DType::Int);
  EXPECT_EQ(output_of({.type = "ConstantOfShape", .inputs = {constant(integers({0}, {}))}}).shape, Shape{});
}

TEST(ConstantOfShape, RefusesToFillTheMemory) {
  EXPECT_THROW(output_of({.type = "ConstantOfShape", .inputs = {constant(integers({2}, {1 << 16, 1 << 16}))}}), Error);
}

TEST(Range, CountsUpAndDown) {
  expect_close(range(1, 4, 1), Tensor({3}, {1, 2, 3}));
  expect_close(range(0, 1, Scalar{0.375}), Tensor({3}, {0, Scalar{0.375}, Scalar{0.75}}));
  expect_close(range(3, -3, -2), Tensor({3}, {3, 1, -1}));
  EXPECT_EQ(range(3, 1, 1).shape, Shape{0});
  EXPECT_THROW(range(0, 1, 0), Error);
}

TEST(Range, RefusesComputedLimits) {
  const CaseInput one = constant(Tensor({}, Scalar{1}));

  EXPECT_THROW(output_of({.type = "Range", .inputs = {one, Tensor({}, Scalar{4}), one}}), Error);
}

TEST(NonZero, ListsPositions) {
  const Tensor y = output_of({.type = "NonZero", .inputs = {constant(Tensor({2, 2}, {0, 1, 2, 0}))}});

  expect_close(y, integers({2, 2}, {0, 1, 1, 0}));
}

TEST(OneHot, MarksIndices) {
  const auto one_hot = [](const Tensor& indices, std::int64_t axis) {
    return output_of({.type = "OneHot",
                      .attributes = {{"axis", axis}},
                      .inputs = {indices, constant(integers({}, {3})), constant(Tensor({2}, {5, 9}))}});
  };
  expect_close(one_hot(integers({2}, {1, -1}), -1), Tensor({2, 3}, {5, 9, 5, 5, 5, 9}));
  expect_close(one_hot(integers({2}, {0, 3}), 0), Tensor({3, 2}, {9, 5, 5, 5, 5, 5}));
}

TEST(OneHot, KeepsBatchesApart) {
  const OperatorCase check{.type = "OneHot",
                           .attributes = {{"axis", std::int64_t{0}}},
                           .inputs = {integers({1}, {2}), constant(integers({}, {3})), constant(Tensor({2}, {0, 1}))}};

  expect_batch_matches_single_samples(check, {0, -1, -1}, 1);
}

}  // namespace
}  // namespace saliency::testing
