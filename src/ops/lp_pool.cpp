// LpPool: the p-norm of a window of each channel. https://onnx.ai/onnx/operators/onnx__LpPool.html
//   x: n×h×w×c   y: n×oh×ow×c
//   forward   y  = (Σ |x|^p)^(1/p)
//   backward  dx = sign(x) · |x|^(p−1) · Σ dy · y^(1−p)      over the windows that hold x; 0 where y = 0
// Both sums are a depthwise convolution with ones.
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernels/parallel.h"
#include "ops/registry.h"
#include "ops/volume.h"
#include "ops/window.h"

namespace saliency::ops {
namespace {

constexpr std::int64_t kGrain = 4096;

template <class F>
void for_each_value(std::int64_t count, const F& f) {
  kernels::parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) f(i);
  });
}

class LpPool final : public Operator {
 public:
  explicit LpPool(const NodeInfo& info)
      : p_(static_cast<Scalar>(info.attributes.real("p", 2))),
        rounding_(info.attributes.integer("ceil_mode", 0) != 0 ? Rounding::Up : Rounding::Down) {
    const Shape& x = info.inputs[0].shape;
    window_ = read_window(info, read_kernel_shape(info), image_extent(x));
    // A window that reaches beyond the image counts what is missing as zeros.
    const Extent output = output_extent(window_, image_extent(x), rounding_);
    kernels::ConvGeometry geometry{
        .in_channels = x.back(), .out_channels = x.back(), .groups = x.back(), .window = window_};
    geometry.window.pad_bottom = trailing_pad(output.height, image_extent(x).height, window_.stride_height,
                                              window_.kernel_height, window_.dilation_height, window_.pad_top);
    geometry.window.pad_right = trailing_pad(output.width, image_extent(x).width, window_.stride_width,
                                             window_.kernel_width, window_.dilation_width, window_.pad_left);
    const std::vector<Scalar> ones(static_cast<std::size_t>(x.back() * window_.kernel_height * window_.kernel_width),
                                   Scalar(1));
    sum_ = kernels::make_convolution(geometry, ones.data(), nullptr);
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape& x = inputs[0].shape;
    return {{.shape = image_shape(x, output_extent(window_, image_extent(x), rounding_), x.back())}};
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const View& y = context.outputs[0];
    std::vector<Scalar> powers(static_cast<std::size_t>(x.size()));
    for_each_value(x.size(), [&, to = powers.data()](std::int64_t i) { to[i] = std::pow(std::abs(x.data[i]), p_); });
    sum_->forward(image_sizes(x.shape, y.shape), powers.data(), {}, y.data);
    for_each_value(y.size(), [&](std::int64_t i) { y.data[i] = std::pow(std::max(y.data[i], Scalar(0)), 1 / p_); });
  }

  void backward(const Backward& context) const override {
    const ConstView &x = context.inputs[0], &y = context.outputs[0], &dy = context.output_grads[0];
    const View& dx = context.input_grads[0];
    std::vector<Scalar> scaled(static_cast<std::size_t>(y.size()));
    for_each_value(y.size(), [&, to = scaled.data()](std::int64_t i) {
      to[i] = y.data[i] == 0 ? Scalar(0) : dy.data[i] * std::pow(y.data[i], 1 - p_);
    });
    sum_->input_gradient(image_sizes(x.shape, y.shape), scaled.data(), {}, dx.data);
    for_each_value(x.size(), [&](std::int64_t i) {
      const Scalar value = x.data[i];
      dx.data[i] *= value == 0 ? Scalar(0) : std::copysign(std::pow(std::abs(value), p_ - 1), value);
    });
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }
  BackwardNeeds needs() const override { return {.inputs = 1, .outputs = 1}; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return leading_batch_axis(input_axes);
  }

 private:
  // The pad with which rounding down gives just `output` positions.
  static std::int64_t trailing_pad(std::int64_t output, std::int64_t input, std::int64_t stride, std::int64_t kernel,
                                   std::int64_t dilation, std::int64_t leading) {
    return std::max<std::int64_t>(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - input - leading);
  }

  Scalar p_;
  Rounding rounding_;
  kernels::Window window_;
  std::unique_ptr<kernels::Convolution> sum_;
};

}  // namespace

std::unique_ptr<Operator> make_lp_pool(const NodeInfo& info) {
  if (is_volume(info)) return make_volume_pool(info, &make_lp_pool);
  return std::make_unique<LpPool>(info);
}

}  // namespace saliency::ops
