// Where: y = condition ? a : b, with NumPy broadcasting. https://onnx.ai/onnx/operators/onnx__Where.html
//   backward  da = condition ? dy : 0, db = condition ? 0 : dy, summed over what was broadcast
#include "ops/broadcast.h"
#include "ops/elementwise.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

// dy where the condition (operand 0) is true, 0 elsewhere; the gradient of b takes the opposite.
template <bool kWhenTrue>
constexpr auto masked = [](const Run& run, Scalar* result) {
  for_each_pair(run, [=](std::int64_t i, Scalar condition, Scalar dy) {
    result[i] = (condition != 0) == kWhenTrue ? dy : Scalar{0};
  });
};

class WhereOperator final : public Elementwise {
 public:
  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape shape = broadcast(broadcast(inputs[0].shape, inputs[1].shape), inputs[2].shape);
    return {{.shape = shape, .dtype = inputs[1].dtype}};
  }

  void forward(const Forward& context) const override {
    const View& y = context.outputs[0];
    const auto choose = [](const Run& run, Scalar* result) {
      const auto [condition, a, b] = run.operands;
      const auto [condition_step, a_step, b_step] = run.steps;
      for (std::int64_t i = 0; i < run.count; ++i) {
        result[i] = condition[i * condition_step] != 0 ? a[i * a_step] : b[i * b_step];
      }
    };
    broadcast_map(y.shape, {context.inputs[0], context.inputs[1], context.inputs[2]}, choose, y.data);
  }

  void backward(const Backward& context) const override {
    const ConstView& condition = context.inputs[0];
    const ConstView& dy = context.output_grads[0];
    const View& da = context.input_grads[1];
    const View& db = context.input_grads[2];
    if (da) broadcast_sum(dy.shape, {condition, dy}, da.shape, masked<true>, da.data);
    if (db) broadcast_sum(dy.shape, {condition, dy}, db.shape, masked<false>, db.data);
  }

  bool has_gradient(std::size_t input) const override { return input > 0; }
  BackwardNeeds needs() const override { return {.inputs = 1}; }
};

}  // namespace

std::unique_ptr<Operator> make_where(const NodeInfo& /*info*/) {
  return std::make_unique<WhereOperator>();
}

}  // namespace saliency::ops
