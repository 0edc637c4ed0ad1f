// The check of backward(), and the list of who has one.
#include "support/operator_check.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/operator_check_parts.h"

namespace saliency::testing {
namespace {

double dot(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.data.size(); ++i)
    sum += static_cast<double>(a.data[i]) * static_cast<double>(b.data[i]);
  return sum;
}

std::map<std::string, int>& checks_done() {
  static std::map<std::string, int> counts;
  return counts;
}

std::set<std::string>& declared_types() {
  static std::set<std::string> types;
  return types;
}

double projection(const std::vector<Tensor>& grads, const std::vector<Tensor>& outputs) {
  double sum = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!grads[i].data.empty()) sum += dot(grads[i], outputs[i]);
  }
  return sum;
}

// Central differences of L = Σ u·y along v.
double numeric_derivative(OperatorRun& run, const Tensor& x, std::size_t input, const Tensor& v,
                          const std::vector<Tensor>& u, double step) {
  const auto moved = [&](double t) {
    Tensor there = x;
    for (std::size_t i = 0; i < there.data.size(); ++i) there.data[i] += static_cast<Scalar>(t) * v.data[i];
    run.set_input(input, there);
    return projection(u, run.forward());
  };
  const double derivative = (moved(step) - moved(-step)) / (2 * step);
  run.set_input(input, x);
  return derivative;
}

void expect_input_gradient(OperatorRun& run, const Tensor& x, std::size_t input, const std::vector<Tensor>& u,
                           const Tensor& gradient) {
  constexpr double kStep = 1e-5;
  constexpr double kTolerance = 1e-7;  // rounding ε/step ≈ 1e-11, truncation step² ≈ 1e-10 times the third derivative
  constexpr int kDirections = 3;
  constexpr std::size_t kSmall = 256;  // elements
  const auto expect_direction = [&](const Tensor& v, const std::string& what) {
    const double analytic = dot(gradient, v);
    const double numeric = numeric_derivative(run, x, input, v, u, kStep);
    EXPECT_NEAR(analytic, numeric, kTolerance * (1 + std::abs(numeric))) << "input " << input << ", " << what;
  };
  for (int k = 0; k < kDirections; ++k) {
    expect_direction(random_tensor(x.shape, -1, 1, 100 + static_cast<std::uint64_t>(k)), "a random direction");
  }
  if (x.data.size() > kSmall) return;
  for (std::size_t i = 0; i < x.data.size() && !::testing::Test::HasFailure(); ++i) {
    Tensor v(x.shape);
    v.data[i] = 1;
    expect_direction(v, "element " + std::to_string(i));
  }
}

// A fused clamp and gate must do what they do apart from the operator.
void expect_fuses_clamp(const OperatorRun& run, const std::vector<Tensor>& outputs, const std::vector<Tensor>& u,
                        const std::vector<bool>& wanted) {
  const kernels::Clamp clamp{.low = Scalar(-0.1), .high = Scalar(0.2)};
  Tensor expected = outputs[0];
  for (Scalar& value : expected.data) value = std::min(std::max(value, clamp.low), clamp.high);
  expect_close(run.forward(clamp)[0], expected);

  for (const bool positive_only : {false, true}) {
    // The bits lie in the memory order of the operator's output, which these tests give as n×c×….
    const auto& shape = run.output_types()[0].shape;
    std::vector<std::uint8_t> bits(outputs[0].data.size() / 8 + 1);
    Tensor mask(shape);
    for (std::size_t i = 0; i < mask.data.size(); ++i) {
      mask.data[i] = static_cast<Scalar>((i * 7 % 11) % 3 == 0 ? 0 : 1);
      if (mask.data[i] != 0) bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (1u << (i % 8)));
    }
    if (run.channels_last()) mask = to_channels_first(mask);
    std::vector<Tensor> gated = u;
    for (std::size_t i = 0; i < mask.data.size(); ++i) {
      gated[0].data[i] *= mask.data[i];
      if (positive_only) gated[0].data[i] = std::max(gated[0].data[i], Scalar(0));
    }
    const auto fused = run.backward(u, wanted, {.bits = bits.data(), .positive_only = positive_only});
    const auto apart = run.backward(gated, wanted);
    for (std::size_t i = 0; i < fused.size(); ++i) expect_close(fused[i], apart[i]);
  }
}

}  // namespace

void expect_gradient_matches_finite_differences(const OperatorCase& check) {
  SCOPED_TRACE(describe(check));
  checks_done()[check.type]++;
  OperatorRun run(check);
  const std::vector<bool> wanted = run.differentiable_inputs();
  ASSERT_TRUE(std::count(wanted.begin(), wanted.end(), true) > 0) << "no computed input has a gradient";
  const std::vector<Tensor> outputs = run.forward();
  const std::vector<Tensor> u = random_gradients(outputs, 7);
  const std::vector<Tensor> gradients = run.backward(u, wanted);
  if (run.op().fuses_clamp()) expect_fuses_clamp(run, outputs, u, wanted);

  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i]) continue;
    // One gradient alone is the same as among others.
    std::vector<bool> only(wanted.size(), false);
    only[i] = true;
    expect_close(run.backward(u, only)[i], gradients[i]);
    // The gradient is linear in those of the outputs, and a null one is zero.
    if (u.size() > 1) {
      Tensor sum(gradients[i].shape);
      for (std::size_t k = 0; k < u.size(); ++k) {
        if (u[k].data.empty()) continue;
        std::vector<Tensor> one(u.size());
        one[k] = u[k];
        const Tensor part = run.backward(one, only)[i];
        for (std::size_t e = 0; e < sum.data.size(); ++e) sum.data[e] += part.data[e];
      }
      expect_close(sum, gradients[i]);
    }
#ifdef SALIENCY_DOUBLE
    expect_input_gradient(run, check.inputs[i].tensor, i, u, gradients[i]);
#else
    static_cast<void>(&expect_input_gradient);
#endif
  }
}

const std::set<std::string>& gradient_tested_types() {
  return declared_types();
}

bool declare_gradient_test(std::initializer_list<const char*> types) {
  declared_types().insert(types.begin(), types.end());
  return true;
}

void run_gradient_test(std::initializer_list<const char*> types, void (*body)()) {
  const std::map<std::string, int> before = checks_done();
  body();
  if (::testing::Test::HasFatalFailure()) return;
  for (const char* type : types) {
    const auto it = before.find(type);
    EXPECT_GT(checks_done()[type], it == before.end() ? 0 : it->second)
        << "the test declares a gradient check of " << type << ", but makes none";
  }
}

}  // namespace saliency::testing
