#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase prelu(Shape x, Shape slope, bool constant_slope = true) {
  const Tensor slopes = random_tensor(std::move(slope), Scalar(0.1), Scalar(0.6), 2);
  return {.type = "PRelu",
          .inputs = {random_tensor(std::move(x)), constant_slope ? constant(slopes) : CaseInput(slopes)}};
}

const Shape kSlopes[] = {{1}, {}, {3, 1, 1}, {1, 3, 1, 1}, {3, 4, 5}, {5}, {2, 3, 4, 5}};

TEST(PRelu, BroadcastsItsSlope) {
  const OperatorCase check{.type = "PRelu",
                           .inputs = {Tensor({1, 2, 1, 3}, {-1, 0, 2, -4, 5, -6}),
                                      constant(Tensor({2, 1, 1}, {Scalar(0.5), Scalar(0.25)}))}};

  expect_close(output_of(check), Tensor({1, 2, 1, 3}, {Scalar(-0.5), 0, 2, -1, 5, Scalar(-1.5)}));
}

GRADIENT_TEST(PRelu, GradientMatchesFiniteDifferences, "PRelu") {
  for (const Shape& slope : kSlopes) {
    expect_gradient_matches_finite_differences(prelu({2, 3, 4, 5}, slope));
    expect_gradient_matches_finite_differences(prelu({2, 3, 4, 5}, slope, false));
  }
}

TEST(PRelu, KeepsSamplesApart) {
  expect_batch_matches_single_samples(prelu({1, 3, 4, 5}, {3, 1, 1}), {0, -1});
}

TEST(PRelu, WorksInAnyLayout) {
  expect_pulls_transpose(prelu({2, 3, 4, 5}, {3, 1, 1}), {0, 2, 3, 1});
  expect_pulls_transpose(prelu({2, 3, 4, 5}, {1}), {0, 3, 1, 2});
}

TEST(PRelu, RefusesASlopeLargerThanItsInput) {
  EXPECT_THROW(OperatorRun{prelu({1, 3}, {2, 3})}, Error);
  EXPECT_THROW(OperatorRun{prelu({1, 3}, {4})}, Error);
}

}  // namespace
}  // namespace saliency::testing
