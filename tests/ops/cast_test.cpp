#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

constexpr std::int64_t kFloat = 1, kUint8 = 2, kInt8 = 3, kInt64 = 7, kString = 8, kBool = 9;

Tensor cast(const Tensor& x, std::int64_t to) {
  return output_of({.type = "Cast", .attributes = {{"to", to}}, .inputs = {x}});
}

TEST(Cast, ConvertsNumbers) {
  const Tensor x({4}, {Scalar{-1.7}, Scalar{0.5}, 0, 300});

  expect_close(cast(x, kInt64), integers({4}, {-1, 0, 0, 300}));
  expect_close(cast(x, kBool), Tensor({4}, {1, 1, 0, 1}, DType::Bool));
  expect_close(cast(x, kUint8), integers({4}, {255, 0, 0, 44}));
  expect_close(cast(x, kInt8), integers({4}, {-1, 0, 0, 44}));
  expect_close(cast(x, kFloat), x);
  EXPECT_EQ(cast(x, kInt64).dtype, DType::Int);
}

TEST(Cast, KeepsTheEndMarker) {
  const Tensor x({1}, std::numeric_limits<Scalar>::max());

  expect_close(cast(x, kInt64), x);
}

TEST(Cast, RefusesStrings) {
  EXPECT_THROW(cast(random_tensor({1}), kString), Error);
}

TEST(CastLike, TakesTheTypeOfItsSecondInput) {
  const Tensor y = output_of({.type = "CastLike", .inputs = {Tensor({1}, Scalar{2.5}), integers({2}, {0, 0})}});

  EXPECT_EQ(y.dtype, DType::Int);
  expect_close(y, integers({1}, {2}));
}

GRADIENT_TEST(Cast, GradientMatchesFiniteDifferences, "Cast", "CastLike") {
  expect_gradient_matches_finite_differences(
      {.type = "Cast", .attributes = {{"to", std::int64_t{10}}}, .inputs = {random_tensor({2, 3})}});
  expect_gradient_matches_finite_differences(
      {.type = "CastLike", .inputs = {random_tensor({2, 3}), constant(random_tensor({1}))}});
}

TEST(Cast, KeepsBatchesApartAndPullsTransposes) {
  const OperatorCase check{.type = "Cast", .attributes = {{"to", kFloat}}, .inputs = {random_tensor({1, 3})}};
  expect_batch_matches_single_samples(check, {0});
  expect_pulls_transpose(check, {1, 0});
}

}  // namespace
}  // namespace saliency::testing
