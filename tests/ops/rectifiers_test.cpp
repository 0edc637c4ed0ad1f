#include <gtest/gtest.h>

#include <limits>

#include "support/operator_check.h"

namespace saliency::testing {
namespace {

constexpr Scalar kInfinity = std::numeric_limits<Scalar>::infinity();

CaseInput limit(Scalar value) {
  return constant(Tensor({}, value));
}

// Clip by inputs, as since opset 11.
OperatorCase clip(Tensor x, CaseInput low, CaseInput high) {
  return {.type = "Clip", .inputs = {std::move(x), std::move(low), std::move(high)}};
}

TEST(Relu, CutsNegativeValues) {
  const OperatorCase check{.type = "Relu", .inputs = {Tensor({5}, {-2, -0.0, 0, 3, -kInfinity})}};

  expect_close(output_of(check), Tensor({5}, {0, 0, 0, 3, 0}));
}

TEST(Relu, HasSlopeZeroAtZero) {
  const OperatorRun run({.type = "Relu", .inputs = {Tensor({3}, {-1, 0, 1})}});

  expect_close(run.backward({Tensor({3}, 5)}, {true})[0], Tensor({3}, {0, 0, 5}));
}

TEST(Relu, SavesOneBitAValue) {
  const OperatorRun run({.type = "Relu", .inputs = {Tensor({9})}});
  const Shape shape = {9};
  const View output(shape, nullptr);

  EXPECT_EQ(run.op().saved_bytes({}, std::span(&output, 1)), 2u);
  EXPECT_EQ(run.op().needs().inputs, 0u);
  EXPECT_EQ(run.op().needs().outputs, 0u);
}

GRADIENT_TEST(Relu, GradientMatchesFiniteDifferences, "Relu") {
  for (const Shape& shape : {Shape{2, 3, 4, 5}, Shape{7}, Shape{}}) {
    expect_gradient_matches_finite_differences({.type = "Relu", .inputs = {random_tensor(shape)}});
  }
}

TEST(Clip, TakesItsLimitsFromInputsOrAttributes) {
  const Tensor x({4}, {-3, -1, 2, 9});
  const auto by_attributes = [&](ops::Attributes attributes) {
    return output_of({.type = "Clip", .attributes = std::move(attributes), .opset = 6, .inputs = {x}});
  };

  expect_close(output_of(clip(x, limit(0), limit(6))), Tensor({4}, {0, 0, 2, 6}));
  expect_close(output_of(clip(x, absent(), limit(6))), Tensor({4}, {-3, -1, 2, 6}));
  expect_close(output_of(clip(x, limit(-2), absent())), Tensor({4}, {-2, -1, 2, 9}));
  expect_close(output_of({.type = "Clip", .inputs = {x}}), x);
  expect_close(by_attributes({{"min", -2.0}, {"max", 3.0}}), Tensor({4}, {-2, -1, 2, 3}));
  expect_close(by_attributes({{"max", 3.0}}), Tensor({4}, {-3, -1, 2, 3}));
}

TEST(Clip, HasSlopeZeroAtItsLimits) {
  const OperatorRun run(clip(Tensor({5}, {-1, 0, 3, 6, 7}), limit(0), limit(6)));

  expect_close(run.backward({Tensor({5}, 2)}, {true, false, false})[0], Tensor({5}, {0, 0, 2, 0, 0}));
}

GRADIENT_TEST(Clip, GradientMatchesFiniteDifferences, "Clip") {
  const Tensor x = random_tensor({2, 3, 4, 5});
  expect_gradient_matches_finite_differences(clip(x, limit(Scalar(-0.3)), limit(Scalar(0.4))));
  expect_gradient_matches_finite_differences(clip(x, absent(), limit(Scalar(0.4))));
  expect_gradient_matches_finite_differences(clip(x, limit(Scalar(-0.3)), absent()));
}

TEST(Rectifiers, WorkInAnyLayoutAndBatch) {
  for (const OperatorCase& check : {OperatorCase{.type = "Relu", .inputs = {random_tensor({1, 3, 4, 5})}},
                                    clip(random_tensor({1, 3, 4, 5}), limit(Scalar(-0.3)), limit(Scalar(0.4)))}) {
    std::vector<int> axes(check.inputs.size(), -1);
    axes[0] = 0;
    expect_batch_matches_single_samples(check, axes);
    expect_pulls_transpose(check, {0, 2, 3, 1});
  }
}

}  // namespace
}  // namespace saliency::testing
