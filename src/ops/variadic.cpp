// Operators of any number of tensors, with NumPy broadcasting. https://onnx.ai/onnx/operators/onnx__Sum.html
//   Sum   y = Σ xᵢ       dxᵢ = dy
//   Mean  y = Σ xᵢ / n   dxᵢ = dy / n
//   Max   y = max xᵢ     dxᵢ = dy where xᵢ is the first maximum, else 0
//   Min   y = min xᵢ     dxᵢ = dy where xᵢ is the first minimum, else 0
// Max and Min save the winner's number a value; a NaN wins.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/error.h"
#include "ops/broadcast.h"
#include "ops/elementwise.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

class Variadic : public Elementwise {
 public:
  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    Shape shape = inputs[0].shape;
    for (const ValueType& input : inputs.subspan(1)) shape = broadcast(shape, input.shape);
    return {{.shape = shape, .dtype = inputs[0].dtype}};
  }

  bool has_gradient(std::size_t /*input*/) const override { return true; }

 protected:
  static void start_with(const ConstView& x, const View& y) {
    broadcast_map(
        y.shape, {x},
        [](const Run& run, Scalar* result) {
          for (std::int64_t i = 0; i < run.count; ++i) result[i] = run.operands[0][i * run.steps[0]];
        },
        y.data);
  }
};

class Sum final : public Variadic {
 public:
  explicit Sum(Scalar factor) : factor_(factor) {}

  void forward(const Forward& context) const override {
    const View& y = context.outputs[0];
    start_with(context.inputs[0], y);
    for (const ConstView& x : context.inputs.subspan(1)) {
      broadcast_map(
          y.shape, {y, x},
          [](const Run& run, Scalar* result) {
            for_each_pair(run, [=](std::int64_t i, Scalar sum, Scalar term) { result[i] = sum + term; });
          },
          y.data);
    }
    if (factor_ == 1) return;
    for (Scalar& value : std::span(y.data, static_cast<std::size_t>(y.size()))) value *= factor_;
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    const Scalar factor = factor_;
    for (const View& dx : context.input_grads) {
      if (!dx) continue;
      broadcast_sum(
          dy.shape, {dy}, dx.shape,
          [factor](const Run& run, Scalar* result) {
            for (std::int64_t i = 0; i < run.count; ++i) result[i] = factor * run.operands[0][i];
          },
          dx.data);
    }
  }

 private:
  Scalar factor_;
};

class Extreme final : public Variadic {
 public:
  using Winner = std::uint16_t;

  explicit Extreme(Scalar sign) : sign_(sign) {}

  void forward(const Forward& context) const override {
    const View& y = context.outputs[0];
    auto* winners = static_cast<Winner*>(context.saved);
    start_with(context.inputs[0], y);
    if (winners != nullptr) std::fill_n(winners, y.size(), Winner{0});
    for (std::size_t k = 1; k < context.inputs.size(); ++k) {
      const Scalar sign = sign_;
      broadcast_map(
          y.shape, {y, context.inputs[k]},
          [&](const Run& run, Scalar* result) {
            if (winners == nullptr) {
              for_each_pair(run,
                            [=](std::int64_t i, Scalar best, Scalar x) { result[i] = wins(sign, x, best) ? x : best; });
              return;
            }
            Winner* winner = winners + (result - y.data);
            for_each_pair(run, [=](std::int64_t i, Scalar best, Scalar x) {
              if (!wins(sign, x, best)) return;
              result[i] = x;
              winner[i] = static_cast<Winner>(k);
            });
          },
          y.data);
    }
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    const auto* winners = static_cast<const Winner*>(context.saved);
    for (std::size_t k = 0; k < context.input_grads.size(); ++k) {
      const View& dx = context.input_grads[k];
      if (!dx) continue;
      broadcast_sum(
          dy.shape, {dy}, dx.shape,
          [&](const Run& run, Scalar* result) {
            const Winner* winner = winners + (run.operands[0] - dy.data);
            for (std::int64_t i = 0; i < run.count; ++i) result[i] = winner[i] == k ? run.operands[0][i] : 0;
          },
          dx.data);
    }
  }

  std::size_t saved_bytes(std::span<const ConstView> /*inputs*/, std::span<const View> outputs) const override {
    return static_cast<std::size_t>(outputs[0].size()) * sizeof(Winner);
  }

 private:
  static bool wins(Scalar sign, Scalar x, Scalar best) { return sign * x > sign * best || x != x; }

  Scalar sign_;  // −1: the smallest wins
};

void check(const NodeInfo& info) {
  if (info.inputs.empty()) throw Error(ErrorCode::ModelInvalid, "expected at least one input");
  if (info.inputs.size() > std::numeric_limits<Extreme::Winner>::max()) {
    throw Error(ErrorCode::UnsupportedOperator, "has more than 65535 inputs");
  }
}

}  // namespace

std::unique_ptr<Operator> make_sum(const NodeInfo& info) {
  check(info);
  return std::make_unique<Sum>(Scalar{1});
}

std::unique_ptr<Operator> make_mean(const NodeInfo& info) {
  check(info);
  return std::make_unique<Sum>(1 / static_cast<Scalar>(info.inputs.size()));
}

std::unique_ptr<Operator> make_max(const NodeInfo& info) {
  check(info);
  return std::make_unique<Extreme>(Scalar{1});
}

std::unique_ptr<Operator> make_min(const NodeInfo& info) {
  check(info);
  return std::make_unique<Extreme>(Scalar{-1});
}

}  // namespace saliency::ops
