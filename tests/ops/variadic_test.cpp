#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "support/operator_check.h"

namespace saliency::testing {
namespace {

const std::vector<const char*> kTypes = {"Sum", "Mean", "Max", "Min"};

OperatorCase case_of(const char* type, const std::vector<Shape>& shapes) {
  OperatorCase check{.type = type, .inputs = {}};
  for (const Shape& shape : shapes)
    check.inputs.push_back(random_tensor(shape, -1, 1, 1000 * (check.inputs.size() + 1)));
  return check;
}

const std::vector<std::vector<Shape>> kShapes = {
    {{2, 3}}, {{2, 3}, {2, 3}}, {{2, 3}, {3}, {2, 1}}, {{}, {2, 1, 3}, {4, 1}}, {{3}, {1}, {}, {2, 3}}};

TEST(Variadic, MatchTheDefinition) {
  const std::vector<CaseInput> inputs = {Tensor({2, 2}, {1, 2, 3, 4}), Tensor({2}, {4, 0}), Tensor({2, 1}, {-1, 5})};

  expect_close(output_of({.type = "Sum", .inputs = inputs}), Tensor({2, 2}, {4, 1, 12, 9}));
  expect_close(output_of({.type = "Mean", .inputs = inputs}), Tensor({2, 2}, {Scalar(4) / 3, Scalar(1) / 3, 4, 3}));
  expect_close(output_of({.type = "Max", .inputs = inputs}), Tensor({2, 2}, {4, 2, 5, 5}));
  expect_close(output_of({.type = "Min", .inputs = inputs}), Tensor({2, 2}, {-1, -1, 3, 0}));
}

TEST(Variadic, NaNWins) {
  const Scalar nan = std::numeric_limits<Scalar>::quiet_NaN();
  const Tensor a({2}, {nan, 1}), b({2}, {1, nan});
  for (const char* type : {"Max", "Min"}) {
    const Tensor y = output_of({.type = type, .inputs = {a, b}});
    EXPECT_TRUE(std::isnan(y.data[0]) && std::isnan(y.data[1])) << type;
  }
}

TEST(Variadic, TheFirstOfEqualExtremesTakesTheGradient) {
  for (const char* type : {"Max", "Min"}) {
    const OperatorRun run({.type = type, .inputs = {Tensor({2}, {1, 1}), Tensor({1}, 1), Tensor({2}, {1, 1})}});

    const auto gradients = run.backward({Tensor({2}, {3, 4})}, {true, true, true});

    expect_close(gradients[0], Tensor({2}, {3, 4}));
    expect_close(gradients[1], Tensor({1}, 0));
    expect_close(gradients[2], Tensor({2}, {0, 0}));
  }
}

GRADIENT_TEST(Variadic, GradientsMatchFiniteDifferences, "Sum", "Mean", "Max", "Min") {
  for (const char* type : kTypes) {
    for (const auto& shapes : kShapes) expect_gradient_matches_finite_differences(case_of(type, shapes));
  }
}

TEST(Variadic, SamplesDoNotMixAndTransposesPass) {
  for (const char* type : kTypes) {
    expect_batch_matches_single_samples(case_of(type, {{1, 3, 4}, {1, 3, 4}, {4}}), {0, 0, -1});
    expect_pulls_transpose(case_of(type, {{2, 3, 4}, {1, 3, 4}, {2, 1, 1}}), {2, 0, 1});
  }
}

}  // namespace
}  // namespace saliency::testing
