#include <gtest/gtest.h>

#include <limits>

#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase case_of(const char* type, double alpha, Tensor x) {
  return {.type = type, .attributes = {{"alpha", alpha}}, .inputs = {std::move(x)}};
}

TEST(LeakyRelu, BendsAtZero) {
  const Tensor x({5}, {-4, -1, 0, 1, 3});

  expect_close(output_of(case_of("LeakyRelu", 0.25, x)), Tensor({5}, {-1, Scalar(-0.25), 0, 1, 3}));
  expect_close(output_of({.type = "LeakyRelu", .inputs = {x}}), Tensor({5}, {Scalar(-.04), Scalar(-.01), 0, 1, 3}));
}

TEST(LeakyRelu, TheSlopeAtZeroIsThatBelow) {
  const OperatorRun run(case_of("LeakyRelu", 0.25, Tensor({3}, {-1, 0, 1})));

  const Tensor gradient = run.backward({Tensor({3}, {1, 1, 1})}, {true})[0];

  expect_close(gradient, Tensor({3}, {Scalar(0.25), Scalar(0.25), 1}));
}

TEST(ThresholdedRelu, CutsBelowTheThreshold) {
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  const Tensor x({5}, {-infinity, 0, 1, 2, 3});

  expect_close(output_of(case_of("ThresholdedRelu", 1.5, x)), Tensor({5}, {0, 0, 0, 2, 3}));
  expect_close(output_of({.type = "ThresholdedRelu", .inputs = {x}}), Tensor({5}, {0, 0, 0, 2, 3}));
}

GRADIENT_TEST(LeakyRectifiers, GradientsMatchFiniteDifferences, "LeakyRelu", "ThresholdedRelu") {
  for (const char* type : {"LeakyRelu", "ThresholdedRelu"}) {
    for (const double alpha : {0.01, 0.3}) {
      expect_gradient_matches_finite_differences(case_of(type, alpha, random_tensor({2, 3, 7})));
    }
  }
}

TEST(LeakyRectifiers, SamplesDoNotMixAndTransposesPass) {
  for (const char* type : {"LeakyRelu", "ThresholdedRelu"}) {
    expect_batch_matches_single_samples(case_of(type, 0.1, random_tensor({1, 3, 5})), {0});
    expect_pulls_transpose(case_of(type, 0.1, random_tensor({2, 3, 5})), {0, 2, 1});
    EXPECT_EQ(OperatorRun(case_of(type, 0.1, Tensor({2}))).op().nonlinearity(), ops::Nonlinearity::Rectifier);
  }
}

}  // namespace
}  // namespace saliency::testing
