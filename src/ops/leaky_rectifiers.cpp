// Rectifiers with two slopes.
//   LeakyRelu        https://onnx.ai/onnx/operators/onnx__LeakyRelu.html        y = x > 0 ? x : αx
//   ThresholdedRelu  https://onnx.ai/onnx/operators/onnx__ThresholdedRelu.html  y = x > α ? x : 0
//   backward  dx = dy where x lies above the kink, else dy times the slope below it
// Saves one bit a value.
#include <cstdint>
#include <limits>

#include "kernels/parallel.h"
#include "ops/elementwise.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

constexpr std::int64_t kGrain = 16384;

class TwoSlopes final : public Elementwise {
 public:
  TwoSlopes(Scalar kink, Scalar slope_below) : kink_(kink), slope_below_(slope_below) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return {{.shape = inputs[0].shape, .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override {
    const Scalar* x = context.inputs[0].data;
    Scalar* y = context.outputs[0].data;
    const std::int64_t count = context.outputs[0].size();
    const Scalar kink = kink_, slope = slope_below_;
    if (context.saved != nullptr) {
      kernels::clamp_bits(count, x, {.low = kink_}, static_cast<std::uint8_t*>(context.saved));
    }
    kernels::parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
      // −∞ · 0 is no number.
      if (slope == 0) {
        for (std::int64_t i = begin; i < end; ++i) y[i] = x[i] > kink ? x[i] : 0;
      } else {
        for (std::int64_t i = begin; i < end; ++i) y[i] = x[i] * (x[i] > kink ? 1 : slope);
      }
    });
  }

  void backward(const Backward& context) const override {
    const Scalar* dy = context.output_grads[0].data;
    Scalar* dx = context.input_grads[0].data;
    const Scalar slope = slope_below_;
    const std::int64_t count = context.output_grads[0].size();
    kernels::gate(count, dy, {.bits = static_cast<const std::uint8_t*>(context.saved)}, dx);
    if (slope == 0) return;
    // What the gate let through stays; a zero is a closed bit, or the gradient of zero.
    kernels::parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) dx[i] = dx[i] != 0 ? dx[i] : slope * dy[i];
    });
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }

  std::size_t saved_bytes(std::span<const ConstView> /*inputs*/, std::span<const View> outputs) const override {
    return static_cast<std::size_t>((outputs[0].size() + 7) / 8);
  }

  Nonlinearity nonlinearity() const override { return Nonlinearity::Rectifier; }

 private:
  Scalar kink_;
  Scalar slope_below_;
};

}  // namespace

std::unique_ptr<Operator> make_leaky_relu(const NodeInfo& info) {
  return std::make_unique<TwoSlopes>(Scalar{0}, static_cast<Scalar>(info.attributes.real("alpha", 0.01)));
}

std::unique_ptr<Operator> make_thresholded_relu(const NodeInfo& info) {
  return std::make_unique<TwoSlopes>(static_cast<Scalar>(info.attributes.real("alpha", 1)), Scalar{0});
}

}  // namespace saliency::ops
