#include <gtest/gtest.h>

#include "support/operator_check.h"

namespace saliency::testing {
namespace {

Tensor shape_of(const Shape& shape, std::int64_t start, std::int64_t end) {
  return output_of({.type = "Shape", .attributes = {{"start", start}, {"end", end}}, .inputs = {random_tensor(shape)}});
}

TEST(Shape, ReadsARangeOfSizes) {
  expect_close(output_of({.type = "Shape", .inputs = {random_tensor({2, 3, 4})}}), integers({3}, {2, 3, 4}));
  expect_close(shape_of({2, 3, 4}, 1, 2), integers({1}, {3}));
  expect_close(shape_of({2, 3, 4}, -2, 100), integers({2}, {3, 4}));
  EXPECT_EQ(shape_of({2, 3, 4}, 2, 1).shape, Shape{0});
  EXPECT_EQ(output_of({.type = "Shape", .inputs = {random_tensor({})}}).shape, Shape{0});
}

TEST(Size, CountsElements) {
  expect_close(output_of({.type = "Size", .inputs = {random_tensor({2, 3})}}), integers({}, {6}));
}

TEST(EyeLike, HasOnesOnItsDiagonal) {
  const auto eye = [](std::int64_t k) {
    return output_of({.type = "EyeLike", .attributes = {{"k", k}}, .inputs = {random_tensor({2, 3})}});
  };
  expect_close(eye(0), Tensor({2, 3}, {1, 0, 0, 0, 1, 0}));
  expect_close(eye(2), Tensor({2, 3}, {0, 0, 1, 0, 0, 0}));
  expect_close(eye(-1), Tensor({2, 3}, {0, 0, 0, 1, 0, 0}));
}

}  // namespace
}  // namespace saliency::testing
