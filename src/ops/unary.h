// y = f(x) element by element. f is a struct with
//   value(x, p)     y
//   slope(kept, p)  dy/dx, out of what kKeep names: x, y, or nothing
//   both(x, p)      instead of slope() with Keep::Slope: y and dy/dx, which share their costly part
//   kKeep
// where p are up to two parameters, e.g. alpha. Families of such functions are tables of UnaryFunction.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string_view>

#include "ops/elementwise.h"

namespace saliency::ops {

// What the backward pass reads. Slope: dy/dx, which the forward pass saves in place of x.
enum class Keep { Nothing, Input, Output, Slope };

struct ValueAndSlope {
  Scalar value, slope;
};

struct UnaryParameters {
  Scalar a = 0, b = 0;
};

struct UnaryFunction {
  std::string_view type;
  Nonlinearity nonlinearity;
  Keep keep;
  void (*value)(std::int64_t count, const Scalar* x, UnaryParameters p, Scalar* y);
  // kept: what `keep` says
  void (*gradient)(std::int64_t count, const Scalar* kept, const Scalar* dy, UnaryParameters p, Scalar* dx);
  // with Keep::Slope only
  void (*value_and_slope)(std::int64_t count, const Scalar* x, UnaryParameters p, Scalar* y, Scalar* slope) = nullptr;
};

template <class F>
constexpr UnaryFunction unary_function(std::string_view type, Nonlinearity nonlinearity) {
  UnaryFunction function = {
      type, nonlinearity, F::kKeep,
      [](std::int64_t count, const Scalar* x, UnaryParameters p, Scalar* y) {
        for (std::int64_t i = 0; i < count; ++i) y[i] = F::value(x[i], p);
      },
      [](std::int64_t count, const Scalar* kept, const Scalar* dy, UnaryParameters p, Scalar* dx) {
        if constexpr (F::kKeep == Keep::Nothing) {
          static_cast<void>(kept);
          for (std::int64_t i = 0; i < count; ++i) dx[i] = dy[i] * F::slope(0, p);
        } else if constexpr (F::kKeep == Keep::Slope) {
          static_cast<void>(p);
          for (std::int64_t i = 0; i < count; ++i) dx[i] = dy[i] * kept[i];
        } else {
          for (std::int64_t i = 0; i < count; ++i) dx[i] = dy[i] * F::slope(kept[i], p);
        }
      }};
  if constexpr (F::kKeep == Keep::Slope) {
    function.value_and_slope = [](std::int64_t count, const Scalar* x, UnaryParameters p, Scalar* y, Scalar* slope) {
      for (std::int64_t i = 0; i < count; ++i) {
        const ValueAndSlope both = F::both(x[i], p);
        y[i] = both.value;
        slope[i] = both.slope;
      }
    };
  }
  return function;
}

class UnaryOperator final : public Elementwise {
 public:
  UnaryOperator(const UnaryFunction& function, UnaryParameters parameters)
      : function_(function), parameters_(parameters) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override;
  void forward(const Forward& context) const override;
  void backward(const Backward& context) const override;
  bool has_gradient(std::size_t input) const override { return input == 0; }
  BackwardNeeds needs() const override;
  std::size_t saved_bytes(std::span<const ConstView> inputs, std::span<const View> outputs) const override;
  Nonlinearity nonlinearity() const override { return function_.nonlinearity; }
  bool pulls_all_inputs() const override { return false; }  // further inputs are parameters

 private:
  const UnaryFunction& function_;  // of a table that lives as long as the program
  UnaryParameters parameters_;
};

// The row of a table whose type is the node's.
const UnaryFunction& unary_row(std::span<const UnaryFunction> table, std::string_view type);

}  // namespace saliency::ops
