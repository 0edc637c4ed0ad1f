// Reductions that are sums of f(x), with a last step g. https://onnx.ai/onnx/operators/onnx__ReduceSum.html
//                       y                       dx
//   ReduceSum           Σ x                     dy
//   ReduceMean          Σ x / count             dy / count
//   ReduceL1            Σ |x|                   dy · sign(x)
//   ReduceL2            √(Σ x²)                 dy · x / y          (0 where y = 0)
//   ReduceSumSquare     Σ x²                    dy · 2x
//   ReduceLogSum        log(Σ x)                dy / e^y
#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/error.h"
#include "ops/broadcast.h"
#include "ops/reduction.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

// Operands are x, y and dy; what is not needed has no numbers.
struct SumFunctions {
  std::string_view type;
  BackwardNeeds needs;
  void (*terms)(const Run& run, Scalar* terms);
  Scalar (*finish)(Scalar sum, std::int64_t count);
  void (*gradient)(const Run& run, std::int64_t count, Scalar* dx);
};

// Of operand 0.
template <class F>
void fill_terms(const Run& run, Scalar* terms, const F& f) {
  const Scalar* x = run.operands[0];
  if (run.steps[0] == 0) return static_cast<void>(std::fill_n(terms, run.count, f(*x)));
  for (std::int64_t i = 0; i < run.count; ++i) terms[i] = f(x[i]);
}

void identity(const Run& run, Scalar* terms) {
  fill_terms(run, terms, [](Scalar x) { return x; });
}
void magnitude(const Run& run, Scalar* terms) {
  fill_terms(run, terms, [](Scalar x) { return std::abs(x); });
}
void square(const Run& run, Scalar* terms) {
  fill_terms(run, terms, [](Scalar x) { return x * x; });
}

Scalar unchanged(Scalar sum, std::int64_t) {
  return sum;
}
Scalar mean(Scalar sum, std::int64_t count) {
  return sum / static_cast<Scalar>(count);
}
Scalar root(Scalar sum, std::int64_t) {
  return std::sqrt(sum);
}
Scalar logarithm(Scalar sum, std::int64_t) {
  return std::log(sum);
}

// dx = dy · slope(x, y)
template <class Slope>
void multiply(const Run& run, Scalar* dx, const Slope& slope) {
  const Scalar* dy = run.operands[2];
  const std::int64_t step = run.steps[2];
  for_each_pair(run, [=](std::int64_t i, Scalar x, Scalar y) { dx[i] = dy[i * step] * slope(x, y); });
}

void sum_gradient(const Run& run, std::int64_t, Scalar* dx) {
  multiply(run, dx, [](Scalar, Scalar) { return Scalar{1}; });
}
void mean_gradient(const Run& run, std::int64_t count, Scalar* dx) {
  const Scalar share = 1 / static_cast<Scalar>(count);
  multiply(run, dx, [share](Scalar, Scalar) { return share; });
}
void l1_gradient(const Run& run, std::int64_t, Scalar* dx) {
  multiply(run, dx, [](Scalar x, Scalar) { return static_cast<Scalar>((x > 0) - (x < 0)); });
}
void l2_gradient(const Run& run, std::int64_t, Scalar* dx) {
  multiply(run, dx, [](Scalar x, Scalar y) { return y > 0 ? x / y : 0; });
}
void square_gradient(const Run& run, std::int64_t, Scalar* dx) {
  multiply(run, dx, [](Scalar x, Scalar) { return 2 * x; });
}
void log_gradient(const Run& run, std::int64_t, Scalar* dx) {
  multiply(run, dx, [](Scalar, Scalar y) { return std::exp(-y); });
}

constexpr BackwardNeeds kNothing = {}, kInput = {.inputs = 1}, kOutput = {.outputs = 1};
constexpr BackwardNeeds kBoth = {.inputs = 1, .outputs = 1};

constexpr SumFunctions kSums[] = {
    {"ReduceSum", kNothing, identity, unchanged, sum_gradient},
    {"ReduceMean", kNothing, identity, mean, mean_gradient},
    {"ReduceL1", kInput, magnitude, unchanged, l1_gradient},
    {"ReduceL2", kBoth, square, root, l2_gradient},
    {"ReduceSumSquare", kInput, square, unchanged, square_gradient},
    {"ReduceLogSum", kOutput, identity, logarithm, log_gradient},
};

class SumReduction final : public Reduction {
 public:
  SumReduction(const NodeInfo& info, const SumFunctions& functions) : Reduction(info), functions_(functions) {}

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const View& y = context.outputs[0];
    broadcast_sum(x.shape, {x}, kept_shape(x.shape), functions_.terms, y.data);
    const std::int64_t results = y.size();
    const std::int64_t count = results == 0 ? 0 : x.size() / results;
    for (std::int64_t i = 0; i < results; ++i) y.data[i] = functions_.finish(y.data[i], count);
  }

  void backward(const Backward& context) const override {
    const View& dx = context.input_grads[0];
    const Shape kept = kept_shape(dx.shape);
    const std::int64_t results = element_count(kept);
    const std::int64_t count = results == 0 ? 0 : dx.size() / results;
    const ConstView x(dx.shape, context.inputs[0].data), y(kept, context.outputs[0].data);
    const ConstView dy(kept, context.output_grads[0].data);
    const auto gradient = functions_.gradient;
    broadcast_map(
        dx.shape, {x, y, dy}, [=](const Run& run, Scalar* result) { gradient(run, count, result); }, dx.data);
  }

  BackwardNeeds needs() const override { return functions_.needs; }
  Nonlinearity nonlinearity() const override {
    return functions_.needs.inputs != 0 || functions_.needs.outputs != 0 ? Nonlinearity::Smooth : Nonlinearity::None;
  }

 private:
  const SumFunctions& functions_;
};

}  // namespace

std::unique_ptr<Operator> make_sum_reduction(const NodeInfo& info) {
  const auto* row = std::find_if(std::begin(kSums), std::end(kSums),
                                 [&](const SumFunctions& functions) { return functions.type == info.type; });
  if (row == std::end(kSums)) throw Error(ErrorCode::UnsupportedOperator, "'" + info.type + "' is no sum");
  return std::make_unique<SumReduction>(info, *row);
}

}  // namespace saliency::ops
