// Rectifiers that are clamps: the graph fuses them into the layer in front wherever it can.
//   Relu  https://onnx.ai/onnx/operators/onnx__Relu.html   y = max(x, 0)
//   Clip  https://onnx.ai/onnx/operators/onnx__Clip.html   y = min(max(x, low), high)
//   backward  dx = dy · [low < x < high]      (slope 0 at the kinks)
// Saves one bit a value.
#include <cmath>
#include <limits>

#include "ops/elementwise.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

class ClampOperator final : public Elementwise {
 public:
  explicit ClampOperator(kernels::Clamp clamp) : clamp_(clamp) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return {{.shape = inputs[0].shape, .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override {
    kernels::clamp(context.outputs[0].size(), context.inputs[0].data, clamp_, context.outputs[0].data,
                   static_cast<std::uint8_t*>(context.saved));
  }

  void backward(const Backward& context) const override {
    kernels::gate(context.output_grads[0].size(), context.output_grads[0].data,
                  {.bits = static_cast<const std::uint8_t*>(context.saved)}, context.input_grads[0].data);
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }

  std::size_t saved_bytes(std::span<const ConstView> /*inputs*/, std::span<const View> outputs) const override {
    return static_cast<std::size_t>((outputs[0].size() + 7) / 8);
  }

  Nonlinearity nonlinearity() const override { return Nonlinearity::Rectifier; }
  std::optional<kernels::Clamp> as_clamp() const override { return clamp_; }

 private:
  kernels::Clamp clamp_;
};

// Clip's limits are attributes before opset 11 and constant inputs since.
Scalar limit(const NodeInfo& info, const char* name, std::size_t input, Scalar fallback) {
  if (info.attributes.has(name)) return static_cast<Scalar>(info.attributes.real(name, fallback));
  return info.has_input(input) ? info.constant_input(input, name).data.at(0) : fallback;
}

}  // namespace

std::unique_ptr<Operator> make_relu(const NodeInfo& /*info*/) {
  return std::make_unique<ClampOperator>(kernels::Clamp{.low = 0});
}

std::unique_ptr<Operator> make_clip(const NodeInfo& info) {
  constexpr Scalar kInfinity = std::numeric_limits<Scalar>::infinity();
  return std::make_unique<ClampOperator>(
      kernels::Clamp{.low = limit(info, "min", 1, -kInfinity), .high = limit(info, "max", 2, kInfinity)});
}

}  // namespace saliency::ops
