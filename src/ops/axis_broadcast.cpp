// Add, Sub, Mul, Div, Pow, comparisons and PRelu before opset 7.
//   a: a×b×c×d   b with 'axis' = 1: b×c, which NumPy's rule calls b×c×1   PRelu's slope: b, along axis 1
// https://onnx.ai/onnx/operators/onnx__Add.html (version 6)
#include "ops/axis_broadcast.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace saliency::ops {
namespace {

// Axes of size 1 that the second operand lacks at its end.
std::size_t missing_axes(const NodeInfo& info) {
  if (info.opset >= 7 || info.inputs.size() < 2) return 0;
  const std::size_t rank = info.inputs[0].shape.size(), second = info.inputs[1].shape.size();
  const bool slope = info.type == "PRelu" && second == 1 && info.inputs[1].shape[0] != 1 && rank > 1;
  const bool along = info.attributes.integer("broadcast", 0) != 0 && info.attributes.has("axis");
  if (!slope && !along) return 0;
  const std::int64_t axis = slope ? 1 : normalized_axis(info.attributes.integer("axis"), rank);
  const auto used = static_cast<std::size_t>(axis) + second;
  if (used > rank) {
    throw Error(ErrorCode::ShapeMismatch, "'axis' is " + std::to_string(axis) + ", the operands have shapes " +
                                              to_string(info.inputs[0].shape) + " and " +
                                              to_string(info.inputs[1].shape));
  }
  return rank - used;
}

class AxisBroadcast final : public Operator {
 public:
  AxisBroadcast(const Registration& registration, const NodeInfo& info, std::size_t missing) : missing_(missing) {
    const std::vector<ValueType> inputs = extended(info.inputs);
    op_ = registration.make({.type = info.type, .opset = info.opset, .attributes = info.attributes, .inputs = inputs});
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return op_->infer(extended(inputs));
  }

  void forward(const Forward& context) const override {
    const Shape shape = extended(context.inputs[1].shape);
    const ConstView inputs[] = {context.inputs[0], ConstView(shape, context.inputs[1].data)};
    Forward inner = context;
    inner.inputs = inputs;
    op_->forward(inner);
  }

  void backward(const Backward& context) const override {
    const Shape shape = extended(context.inputs[1].shape);
    const ConstView inputs[] = {context.inputs[0], ConstView(shape, context.inputs[1].data)};
    const View gradients[] = {context.input_grads[0], View(shape, context.input_grads[1].data)};
    Backward inner = context;
    inner.inputs = inputs;
    inner.input_grads = gradients;
    op_->backward(inner);
  }

  bool has_gradient(std::size_t input) const override { return op_->has_gradient(input); }
  BackwardNeeds needs() const override { return op_->needs(); }
  Nonlinearity nonlinearity() const override { return op_->nonlinearity(); }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                std::span<const ValueType> outputs) const override {
    if (input_axes[1] >= 0) return std::nullopt;
    return op_->batch_axis(input_axes, extended(inputs), outputs);
  }

 private:
  Shape extended(std::span<const std::int64_t> shape) const {
    Shape result(shape.begin(), shape.end());
    result.insert(result.end(), missing_, 1);
    return result;
  }
  std::vector<ValueType> extended(std::span<const ValueType> inputs) const {
    std::vector<ValueType> result(inputs.begin(), inputs.end());
    result[1].shape = extended(inputs[1].shape);
    return result;
  }

  std::size_t missing_;
  std::unique_ptr<Operator> op_;
};

}  // namespace

std::unique_ptr<Operator> make_operator(const Registration& registration, const NodeInfo& info) {
  const std::size_t missing = missing_axes(info);
  if (missing == 0) return registration.make(info);
  return std::make_unique<AxisBroadcast>(registration, info, missing);
}

}  // namespace saliency::ops
