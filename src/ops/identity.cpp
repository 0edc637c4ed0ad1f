// Operators that do nothing in inference.
//   Identity  https://onnx.ai/onnx/operators/onnx__Identity.html   y = x
//   Dropout   https://onnx.ai/onnx/operators/onnx__Dropout.html    y = x, mask = true
//   backward  dx = dy
#include <algorithm>

#include "base/error.h"
#include "ops/elementwise.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

class IdentityOperator final : public Elementwise {
 public:
  explicit IdentityOperator(std::size_t output_count) : output_count_(output_count) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    std::vector<ValueType> outputs = {{.shape = inputs[0].shape, .dtype = inputs[0].dtype}};
    if (output_count_ > 1) outputs.push_back({.shape = inputs[0].shape, .dtype = DType::Bool});
    return outputs;
  }

  void forward(const Forward& context) const override {
    copy(context.inputs[0], context.outputs[0]);
    if (context.outputs.size() > 1 && context.outputs[1]) {
      std::fill_n(context.outputs[1].data, context.outputs[1].size(), Scalar{1});
    }
  }

  void backward(const Backward& context) const override { copy(context.output_grads[0], context.input_grads[0]); }
  bool has_gradient(std::size_t input) const override { return input == 0; }
  bool is_view() const override { return output_count_ == 1; }
  bool pulls_all_inputs() const override { return false; }  // Dropout's ratio is no tensor of this shape

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return input_axes[0];
  }

 private:
  static void copy(const ConstView& from, const View& to) {
    if (from.data != to.data) std::copy_n(from.data, to.size(), to.data);
  }

  std::size_t output_count_;
};

}  // namespace

std::unique_ptr<Operator> make_identity(const NodeInfo& /*info*/) {
  return std::make_unique<IdentityOperator>(1);
}

std::unique_ptr<Operator> make_dropout(const NodeInfo& info) {
  const bool drops = !info.has_input(1) || info.constant_input(1, "ratio").data.at(0) != 0;  // 0.5 by default
  if (drops && info.has_input(2) && info.constant_input(2, "training_mode").data.at(0) != 0) {
    throw Error(ErrorCode::UnsupportedOperator, "it drops values at random (training_mode is true)",
                {.expected = "a model for inference",
                 .actual = "training_mode = true",
                 .remedy = "export the model after model.eval()"});
  }
  return std::make_unique<IdentityOperator>(info.output_count);
}

}  // namespace saliency::ops
