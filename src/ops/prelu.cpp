// PRelu: a rectifier whose negative slope is a tensor. https://onnx.ai/onnx/operators/onnx__PRelu.html
//   slope broadcasts to the shape of x
//   forward   y      = x > 0 ? x : slope · x
//   backward  dx     = x > 0 ? dy : slope · dy
//             dslope = Σ x > 0 ? 0 : x · dy
#include <memory>
#include <vector>

#include "base/error.h"
#include "ops/broadcast.h"
#include "ops/elementwise.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

class PRelu final : public Elementwise {
 public:
  explicit PRelu(const NodeInfo& info) : computed_slope_(info.inputs[1].constant == nullptr) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape& x = inputs[0].shape;
    if (broadcast(x, inputs[1].shape) != x) {
      throw Error(ErrorCode::ShapeMismatch,
                  "slope has shape " + to_string(inputs[1].shape) + ", which does not broadcast to " + to_string(x));
    }
    return {{.shape = x}};
  }

  void forward(const Forward& context) const override {
    const auto values = [](const Run& run, Scalar* y) {
      for_each_pair(run, [y](std::int64_t i, Scalar x, Scalar slope) { y[i] = x > 0 ? x : slope * x; });
    };
    broadcast_map(context.outputs[0].shape, {context.inputs[0], context.inputs[1]}, values, context.outputs[0].data);
  }

  void backward(const Backward& context) const override {
    const ConstView &x = context.inputs[0], &slope = context.inputs[1], &dy = context.output_grads[0];
    if (const View& dx = context.input_grads[0]) {
      const auto values = [](const Run& run, Scalar* result) {
        const Scalar* gradient = run.operands[2];
        for_each_pair(run, [=](std::int64_t i, Scalar value, Scalar below) {
          result[i] = value > 0 ? gradient[i] : below * gradient[i];
        });
      };
      broadcast_map(x.shape, {x, slope, dy}, values, dx.data);
    }
    if (const View& dslope = context.input_grads[1]) {
      const auto values = [](const Run& run, Scalar* result) {
        const Scalar* gradient = run.operands[2];
        for_each_pair(run, [=](std::int64_t i, Scalar value, Scalar /*below*/) {
          result[i] = value > 0 ? Scalar(0) : value * gradient[i];
        });
      };
      broadcast_sum(x.shape, {x, slope, dy}, dslope.shape, values, dslope.data);
    }
  }

  bool has_gradient(std::size_t input) const override { return input == 0 || computed_slope_; }
  BackwardNeeds needs() const override { return {.inputs = 0b11u}; }
  Nonlinearity nonlinearity() const override { return Nonlinearity::Rectifier; }

 private:
  bool computed_slope_;
};

}  // namespace

std::unique_ptr<Operator> make_prelu(const NodeInfo& info) {
  return std::make_unique<PRelu>(info);
}

}  // namespace saliency::ops
