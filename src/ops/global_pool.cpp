// Pools over all spatial axes. https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html
//   https://onnx.ai/onnx/operators/onnx__GlobalMaxPool.html  https://onnx.ai/onnx/operators/onnx__GlobalLpPool.html
//   x: n×…×c   y: n×1×…×1×c   m: pixels of one sample
//   GlobalAveragePool  y = Σ x / m          dx = dy / m
//   GlobalMaxPool      y = max x            dx = dy at the first winner; saves its position
//   GlobalLpPool       y = (Σ |x|^p)^(1/p)  dx = dy · sign(x) · (|x| / y)^(p−1), 0 where y = 0
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "base/error.h"
#include "ops/pixels.h"
#include "ops/registry.h"
#include "ops/window.h"

namespace saliency::ops {
namespace {

class GlobalPool : public Operator {
 public:
  explicit GlobalPool(const NodeInfo& info) {
    const Shape& x = info.inputs[0].shape;
    if (x.size() < 3) {
      throw Error(ErrorCode::ShapeMismatch, "input has shape " + to_string(x) + ", expected a spatial axis",
                  {.expected = "3 axes or more", .actual = std::to_string(x.size()) + " axes"});
    }
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    Shape shape = inputs[0].shape;
    std::fill(shape.begin() + 1, shape.end() - 1, 1);
    return {{.shape = shape, .dtype = inputs[0].dtype}};
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return leading_batch_axis(input_axes);
  }
};

class GlobalAveragePool final : public GlobalPool {
 public:
  using GlobalPool::GlobalPool;

  void forward(const Forward& context) const override {
    const PixelSizes sizes = pixel_sizes(context.inputs[0].shape);
    const Scalar scale = Scalar(1) / static_cast<Scalar>(sizes.pixels);
    for_each_channel_block(sizes, [&](std::int64_t n, std::int64_t first, std::int64_t count) {
      const Scalar* x = context.inputs[0].data + n * sizes.pixels * sizes.channels + first;
      Scalar* y = context.outputs[0].data + n * sizes.channels + first;
      sum_pixels(
          sizes, count, [x](std::int64_t at, std::int64_t) { return x[at]; }, y);
      for (std::int64_t c = 0; c < count; ++c) y[c] *= scale;
    });
  }

  void backward(const Backward& context) const override {
    const PixelSizes sizes = pixel_sizes(context.input_grads[0].shape);
    const Scalar scale = Scalar(1) / static_cast<Scalar>(sizes.pixels);
    for_each_pixel(sizes, [&](std::int64_t /*pixel*/, std::int64_t at, std::int64_t out) {
      Scalar* dx = context.input_grads[0].data + at;
      const Scalar* dy = context.output_grads[0].data + out;
      for (std::int64_t c = 0; c < sizes.channels; ++c) dx[c] = dy[c] * scale;
    });
  }
};

class GlobalMaxPool final : public GlobalPool {
 public:
  using GlobalPool::GlobalPool;

  void forward(const Forward& context) const override {
    const PixelSizes sizes = pixel_sizes(context.inputs[0].shape);
    auto* winners = static_cast<std::uint32_t*>(context.saved);
    for_each_channel_block(sizes, [&](std::int64_t n, std::int64_t first, std::int64_t count) {
      const Scalar* x = context.inputs[0].data + n * sizes.pixels * sizes.channels + first;
      Scalar* y = context.outputs[0].data + n * sizes.channels + first;
      std::uint32_t winner[kChannelBlock] = {};
      std::copy_n(x, count, y);
      for (std::int64_t pixel = 1; pixel < sizes.pixels; ++pixel) {
        const Scalar* values = x + pixel * sizes.channels;
        for (std::int64_t c = 0; c < count; ++c) {
          const bool wins = y[c] == y[c] && !(values[c] <= y[c]);  // the first of equal ones stays; NaN wins
          y[c] = wins ? values[c] : y[c];
          winner[c] = wins ? static_cast<std::uint32_t>(pixel) : winner[c];
        }
      }
      if (winners != nullptr) std::copy_n(winner, count, winners + n * sizes.channels + first);
    });
  }

  void backward(const Backward& context) const override {
    const PixelSizes sizes = pixel_sizes(context.input_grads[0].shape);
    const auto* winners = static_cast<const std::uint32_t*>(context.saved);
    for_each_pixel(sizes, [&](std::int64_t pixel, std::int64_t at, std::int64_t out) {
      Scalar* dx = context.input_grads[0].data + at;
      const Scalar* dy = context.output_grads[0].data + out;
      for (std::int64_t c = 0; c < sizes.channels; ++c) dx[c] = winners[out + c] == pixel ? dy[c] : Scalar(0);
    });
  }

  std::size_t saved_bytes(std::span<const ConstView> /*inputs*/, std::span<const View> outputs) const override {
    return static_cast<std::size_t>(outputs[0].size()) * sizeof(std::uint32_t);
  }
};

class GlobalLpPool final : public GlobalPool {
 public:
  explicit GlobalLpPool(const NodeInfo& info)
      : GlobalPool(info), p_(static_cast<Scalar>(info.attributes.real("p", 2))) {}

  void forward(const Forward& context) const override {
    const PixelSizes sizes = pixel_sizes(context.inputs[0].shape);
    for_each_channel_block(sizes, [&](std::int64_t n, std::int64_t first, std::int64_t count) {
      const Scalar* x = context.inputs[0].data + n * sizes.pixels * sizes.channels + first;
      Scalar* y = context.outputs[0].data + n * sizes.channels + first;
      if (p_ == 2) {
        sum_pixels(
            sizes, count, [x](std::int64_t at, std::int64_t) { return x[at] * x[at]; }, y);
      } else {
        const auto power = [this, x](std::int64_t at, std::int64_t) { return std::pow(std::abs(x[at]), p_); };
        sum_pixels(sizes, count, power, y);
      }
      for (std::int64_t c = 0; c < count; ++c) y[c] = std::pow(y[c], 1 / p_);
    });
  }

  void backward(const Backward& context) const override {
    const PixelSizes sizes = pixel_sizes(context.input_grads[0].shape);
    for_each_pixel(sizes, [&](std::int64_t /*pixel*/, std::int64_t at, std::int64_t out) {
      const Scalar* x = context.inputs[0].data + at;
      const Scalar* y = context.outputs[0].data + out;
      const Scalar* dy = context.output_grads[0].data + out;
      Scalar* dx = context.input_grads[0].data + at;
      for (std::int64_t c = 0; c < sizes.channels; ++c) {
        const Scalar ratio = y[c] == 0 ? Scalar(0) : std::abs(x[c]) / y[c];
        const Scalar slope = ratio == 0 ? Scalar(0) : p_ == 2 ? ratio : std::pow(ratio, p_ - 1);
        dx[c] = dy[c] * std::copysign(slope, x[c]);
      }
    });
  }

  BackwardNeeds needs() const override { return {.inputs = 1, .outputs = 1}; }

 private:
  Scalar p_;
};

}  // namespace

std::unique_ptr<Operator> make_global_average_pool(const NodeInfo& info) {
  return std::make_unique<GlobalAveragePool>(info);
}
std::unique_ptr<Operator> make_global_max_pool(const NodeInfo& info) {
  return std::make_unique<GlobalMaxPool>(info);
}
std::unique_ptr<Operator> make_global_lp_pool(const NodeInfo& info) {
  return std::make_unique<GlobalLpPool>(info);
}

}  // namespace saliency::ops
