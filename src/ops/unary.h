// y = f(x) element by element. f is a struct with
//   value(x, p)     y
//   slope(kept, p)  dy/dx, out of what kKeep names: x, y, or nothing
//   kKeep
// where p are up to two parameters, e.g. alpha. Families of such functions are tables of UnaryFunction.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string_view>

#include "ops/elementwise.h"

namespace saliency::ops {

enum class Keep { Nothing, Input, Output };

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
};

template <class F>
constexpr UnaryFunction unary_function(std::string_view type, Nonlinearity nonlinearity) {
  return {type, nonlinearity, F::kKeep,
          [](std::int64_t count, const Scalar* x, UnaryParameters p, Scalar* y) {
            for (std::int64_t i = 0; i < count; ++i) y[i] = F::value(x[i], p);
          },
          [](std::int64_t count, const Scalar* kept, const Scalar* dy, UnaryParameters p, Scalar* dx) {
            if constexpr (F::kKeep == Keep::Nothing) {
              static_cast<void>(kept);
              for (std::int64_t i = 0; i < count; ++i) dx[i] = dy[i] * F::slope(0, p);
            } else {
              for (std::int64_t i = 0; i < count; ++i) dx[i] = dy[i] * F::slope(kept[i], p);
            }
          }};
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
  Nonlinearity nonlinearity() const override { return function_.nonlinearity; }
  bool pulls_all_inputs() const override { return false; }  // further inputs are parameters

 private:
  const UnaryFunction& function_;  // of a table that lives as long as the program
  UnaryParameters parameters_;
};

// The row of a table whose type is the node's.
const UnaryFunction& unary_row(std::span<const UnaryFunction> table, std::string_view type);

}  // namespace saliency::ops
