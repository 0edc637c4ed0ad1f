#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "support/operator_check.h"

namespace saliency::testing {
namespace {

constexpr double kTolerance = sizeof(Scalar) == 4 ? 1e-6 : 1e-12;

struct Function {
  const char* type;
  std::function<double(double)> formula;
  double low, high;  // of x
};

const std::vector<Function> kSmooth = {
    {"Sqrt", [](double x) { return std::sqrt(x); }, 0.1, 4},
    {"Exp", [](double x) { return std::exp(x); }, -5, 3},
    {"Log", [](double x) { return std::log(x); }, 0.1, 4},
    {"Erf", [](double x) { return std::erf(x); }, -6, 6},
    {"Abs", [](double x) { return std::abs(x); }, -2, 2},
    {"Neg", [](double x) { return -x; }, -2, 2},
    {"Reciprocal", [](double x) { return 1 / x; }, 0.3, 2},
    {"Sin", [](double x) { return std::sin(x); }, -4, 4},
    {"Cos", [](double x) { return std::cos(x); }, -4, 4},
    {"Tan", [](double x) { return std::tan(x); }, -1, 1},
    {"Asin", [](double x) { return std::asin(x); }, -0.9, 0.9},
    {"Acos", [](double x) { return std::acos(x); }, -0.9, 0.9},
    {"Atan", [](double x) { return std::atan(x); }, -4, 4},
    {"Sinh", [](double x) { return std::sinh(x); }, -3, 3},
    {"Cosh", [](double x) { return std::cosh(x); }, -3, 3},
    {"Asinh", [](double x) { return std::asinh(x); }, -4, 4},
    {"Acosh", [](double x) { return std::acosh(x); }, 1.2, 4},
    {"Atanh", [](double x) { return std::atanh(x); }, -0.9, 0.9},
};

const std::vector<Function> kSteps = {
    {"Sign", [](double x) { return (x > 0) - (x < 0); }, -3, 3},
    {"Floor", [](double x) { return std::floor(x); }, -3, 3},
    {"Ceil", [](double x) { return std::ceil(x); }, -3, 3},
    {"Round", [](double x) { return std::round(x); }, -3, 3},
};

OperatorCase case_of(const Function& f, Shape shape) {
  return {.type = f.type,
          .inputs = {random_tensor(std::move(shape), static_cast<Scalar>(f.low), static_cast<Scalar>(f.high))}};
}

std::vector<Function> all() {
  std::vector<Function> functions = kSmooth;
  functions.insert(functions.end(), kSteps.begin(), kSteps.end());
  return functions;
}

TEST(UnaryMath, ForwardMatchesTheFormula) {
  for (const Function& f : all()) {
    SCOPED_TRACE(f.type);
    const OperatorCase check = case_of(f, {500});
    Tensor expected = check.inputs[0].tensor;
    for (Scalar& x : expected.data) x = static_cast<Scalar>(f.formula(static_cast<double>(x)));
    expect_close(output_of(check), expected, kTolerance);
  }
}

TEST(UnaryMath, HalvesAreRoundedToEven) {
  const Tensor x({6}, {Scalar(-2.5), Scalar(-1.5), Scalar(-0.5), Scalar(0.5), Scalar(1.5), Scalar(2.5)});
  expect_close(output_of({.type = "Round", .inputs = {x}}), Tensor({6}, {-2, -2, 0, 0, 2, 2}));
}

TEST(UnaryMath, ExpCoversTheWholeRange) {
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  const Tensor x({4}, {-infinity, Scalar(-1000), Scalar(1000), infinity});
  expect_close(output_of({.type = "Exp", .inputs = {x}}), Tensor({4}, {0, 0, infinity, infinity}));

  const Tensor large({3}, {Scalar(-80), Scalar(88), Scalar(88.7)});
  const Tensor y = output_of({.type = "Exp", .inputs = {large}});
  for (std::size_t i = 0; i < 3; ++i) {
    const double expected = std::exp(static_cast<double>(large.data[i]));
    EXPECT_NEAR(static_cast<double>(y.data[i]) / expected, 1, 1e-6);
  }
  EXPECT_TRUE(std::isnan(
      output_of({.type = "Exp", .inputs = {Tensor({1}, std::numeric_limits<Scalar>::quiet_NaN())}}).data[0]));
}

GRADIENT_TEST(UnaryMath, GradientsMatchFiniteDifferences, "Sqrt", "Exp", "Log", "Erf", "Abs", "Neg", "Reciprocal",
              "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "Sign", "Floor",
              "Ceil", "Round") {
  for (const Function& f : all()) expect_gradient_matches_finite_differences(case_of(f, {2, 3, 5}));
}

TEST(UnaryMath, SamplesDoNotMixAndTransposesPass) {
  for (const Function& f : all()) {
    expect_batch_matches_single_samples(case_of(f, {1, 3, 4}), {0});
    expect_pulls_transpose(case_of(f, {2, 3, 4}), {2, 0, 1});
  }
}

}  // namespace
}  // namespace saliency::testing
