// y = f(a, b) element by element, with NumPy broadcasting. f is a struct with
//   value(a, b)                 y
//   slope_a(a, b), slope_b(a, b) ∂y/∂a and ∂y/∂b
//   kNeedsForA, kNeedsForB      which operands these slopes read
#pragma once

#include <memory>

#include "ops/broadcast.h"
#include "ops/elementwise.h"

namespace saliency::ops {

inline constexpr std::uint32_t kOperandA = 1, kOperandB = 2;

enum class Differentiable { Yes, No };

// The loops over one run; compiled for each f. In gradients operand 2 is dy.
struct BinaryLoops {
  void (*value)(const Run& run, Scalar* y);
  void (*gradient_a)(const Run& run, Scalar* da);
  void (*gradient_b)(const Run& run, Scalar* db);
};

template <class F>
constexpr BinaryLoops binary_loops() {
  return {[](const Run& run, Scalar* y) {
            for_each_pair(run, [y](std::int64_t i, Scalar a, Scalar b) { y[i] = F::value(a, b); });
          },
          [](const Run& run, Scalar* da) {
            const Scalar* dy = run.operands[2];
            for_each_pair(run, [=](std::int64_t i, Scalar a, Scalar b) { da[i] = dy[i] * F::slope_a(a, b); });
          },
          [](const Run& run, Scalar* db) {
            const Scalar* dy = run.operands[2];
            for_each_pair(run, [=](std::int64_t i, Scalar a, Scalar b) { db[i] = dy[i] * F::slope_b(a, b); });
          }};
}

class BinaryOperator final : public Elementwise {
 public:
  BinaryOperator(BinaryLoops loops, BackwardNeeds needs, Differentiable differentiable)
      : loops_(loops), needs_(needs), differentiable_(differentiable) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override;
  void forward(const Forward& context) const override;
  void backward(const Backward& context) const override;
  bool has_gradient(std::size_t input) const override { return input < 2 && differentiable_ == Differentiable::Yes; }
  BackwardNeeds needs() const override { return needs_; }

 private:
  BinaryLoops loops_;
  BackwardNeeds needs_;
  Differentiable differentiable_;
};

// An operand is kept for backward only where the gradient of the other one, if that is no constant, reads it.
template <class F>
std::unique_ptr<Operator> make_binary(const NodeInfo& info, Differentiable differentiable = Differentiable::Yes) {
  BackwardNeeds needs;
  if (info.inputs[0].constant == nullptr) needs.inputs |= F::kNeedsForA;
  if (info.inputs[1].constant == nullptr) needs.inputs |= F::kNeedsForB;
  return std::make_unique<BinaryOperator>(binary_loops<F>(), needs, differentiable);
}

}  // namespace saliency::ops
