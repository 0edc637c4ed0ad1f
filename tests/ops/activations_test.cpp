#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

constexpr double kTolerance = sizeof(Scalar) == 4 ? 1e-6 : 1e-12;

struct Activation {
  std::string type;
  ops::Attributes attributes;
  std::function<double(double)> formula;
};

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}
double elu(double x, double alpha) {
  return x > 0 ? x : alpha * std::expm1(x);
}
double normal(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}
double clipped(double x) {
  return std::min(std::max(x, 0.0), 1.0);
}

std::vector<Activation> activations() {
  const double pi = std::acos(-1.0);
  return {
      {"Sigmoid", {}, sigmoid},
      {"Tanh", {}, [](double x) { return std::tanh(x); }},
      {"Elu", {}, [](double x) { return elu(x, 1); }},
      {"Elu", {{"alpha", 0.3}}, [](double x) { return elu(x, 0.3); }},
      {"Selu", {}, [](double x) { return 1.05070102214813232421875 * elu(x, 1.67326319217681884765625); }},
      {"Selu", {{"alpha", 2.0}, {"gamma", 3.0}}, [](double x) { return 3 * elu(x, 2); }},
      {"Celu", {}, [](double x) { return elu(x, 1); }},
      {"Celu", {{"alpha", 2.0}}, [](double x) { return x > 0 ? x : 2 * std::expm1(x / 2); }},
      {"Softplus", {}, [](double x) { return x > 30 ? x : std::log1p(std::exp(x)); }},
      {"Softsign", {}, [](double x) { return x / (1 + std::abs(x)); }},
      {"HardSigmoid", {}, [](double x) { return clipped(0.2 * x + 0.5); }},
      {"HardSigmoid", {{"alpha", 1.0 / 6}, {"beta", 0.4}}, [](double x) { return clipped(x / 6 + 0.4); }},
      {"HardSwish", {}, [](double x) { return x * clipped(x / 6 + 0.5); }},
      {"Mish", {}, [](double x) { return x * std::tanh(x > 30 ? x : std::log1p(std::exp(x))); }},
      {"Swish", {}, [](double x) { return x * sigmoid(x); }},
      {"Swish", {{"alpha", 1.702}}, [](double x) { return x * sigmoid(1.702 * x); }},
      {"Gelu", {}, [](double x) { return x * normal(x); }},
      {"Gelu",
       {{"approximate", std::string("tanh")}},
       [pi](double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / pi) * (x + 0.044715 * x * x * x))); }},
      {"Shrink", {}, [](double x) { return std::abs(x) > 0.5 ? x : 0; }},
      {"Shrink", {{"lambd", 1.0}, {"bias", 0.25}}, [](double x) { return x < -1  ? x + 0.25
                                                                         : x > 1 ? x - 0.25
                                                                                 : 0; }},
  };
}

OperatorCase case_of(const Activation& activation, Tensor x) {
  return {.type = activation.type, .attributes = activation.attributes, .inputs = {std::move(x)}};
}

TEST(Activations, ForwardMatchesTheFormula) {
  Tensor x({801});
  for (std::size_t i = 0; i < x.data.size(); ++i) x.data[i] = (static_cast<Scalar>(i) - 400) / 16;

  for (const Activation& activation : activations()) {
    SCOPED_TRACE(activation.type);
    Tensor expected(x.shape);
    for (std::size_t i = 0; i < x.data.size(); ++i) {
      expected.data[i] = static_cast<Scalar>(activation.formula(static_cast<double>(x.data[i])));
    }
    expect_close(output_of(case_of(activation, x)), expected, kTolerance);
  }
}

TEST(Activations, LargeNumbersDoNotOverflow) {
  constexpr Scalar kLarge = Scalar(1e30);
  const Tensor x({2}, {-kLarge, kLarge});

  expect_close(output_of({.type = "Sigmoid", .inputs = {x}}), Tensor({2}, {0, 1}));
  expect_close(output_of({.type = "Tanh", .inputs = {x}}), Tensor({2}, {-1, 1}));
  expect_close(output_of({.type = "Softplus", .inputs = {x}}), Tensor({2}, {0, kLarge}));
  expect_close(output_of({.type = "Mish", .inputs = {x}}), Tensor({2}, {0, kLarge}));
  expect_close(output_of({.type = "Elu", .inputs = {x}}), Tensor({2}, {-1, kLarge}));
  expect_close(output_of({.type = "Gelu", .inputs = {x}}), Tensor({2}, {0, kLarge}));
}

TEST(Activations, NaNPasses) {
  const Tensor x({1}, std::numeric_limits<Scalar>::quiet_NaN());
  for (const char* type : {"Sigmoid", "Tanh", "Softplus", "Gelu", "Mish", "Swish"}) {
    EXPECT_TRUE(std::isnan(output_of({.type = type, .inputs = {x}}).data[0])) << type;
  }
}

TEST(Activations, AnUnknownApproximationIsRefused) {
  const OperatorCase check{
      .type = "Gelu", .attributes = {{"approximate", std::string("cubic")}}, .inputs = {Tensor({2})}};
  EXPECT_THROW(output_of(check), Error);
}

GRADIENT_TEST(Activations, GradientsMatchFiniteDifferences, "Sigmoid", "Tanh", "Elu", "Selu", "Celu", "Softplus",
              "Softsign", "HardSigmoid", "HardSwish", "Mish", "Swish", "Gelu", "Shrink") {
  for (const Activation& activation : activations()) {
    expect_gradient_matches_finite_differences(case_of(activation, random_tensor({2, 3, 10}, -4, 4)));
  }
}

TEST(Activations, SamplesDoNotMixAndTransposesPass) {
  for (const Activation& activation : activations()) {
    expect_batch_matches_single_samples(case_of(activation, random_tensor({1, 3, 4}, -4, 4)), {0});
    expect_pulls_transpose(case_of(activation, random_tensor({2, 3, 4}, -4, 4)), {2, 0, 1});
  }
}

TEST(Activations, AreSmoothNonlinearities) {
  for (const Activation& activation : activations()) {
    EXPECT_EQ(OperatorRun(case_of(activation, Tensor({2}))).op().nonlinearity(), ops::Nonlinearity::Smooth);
  }
}

}  // namespace
}  // namespace saliency::testing
