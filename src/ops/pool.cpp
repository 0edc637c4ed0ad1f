// MaxPool, AveragePool: a window over each channel. https://onnx.ai/onnx/operators/onnx__MaxPool.html
//                                                   https://onnx.ai/onnx/operators/onnx__AveragePool.html
//   x: n×h×w×c   y: n×oh×ow×c   Indices (MaxPool's second output): n×c×oh×ow
//   MaxPool      y = max of the window     dx = dy at the first winner, 0 elsewhere; saves the winners
//   AveragePool  y = Σ window / divisor    dx = Σ dy / divisor over the windows that hold x; saves nothing
//   divisor: taps inside the image or, with count_include_pad, inside the padded image
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

class Pool : public Operator {
 public:
  explicit Pool(const NodeInfo& info)
      : rounding_(info.attributes.integer("ceil_mode", 0) != 0 ? Rounding::Up : Rounding::Down),
        window_(read_window(info, read_kernel_shape(info), image_extent(info.inputs[0].shape))) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape& x = inputs[0].shape;
    return {{.shape = image_shape(x, output_extent(window_, image_extent(x), rounding_), x.back()),
             .dtype = inputs[0].dtype}};
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }
  const kernels::Window* sliding_window() const override { return &window_; }

  std::optional<Reach> reach(int height_axis, int width_axis) const override {
    return window_reach(window_, height_axis, width_axis);
  }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return leading_batch_axis(input_axes);
  }

 protected:
  const kernels::Window& window() const { return window_; }
  kernels::Window window(const Outside& outside) const { return part_window(window_, outside); }

 private:
  Rounding rounding_;
  kernels::Window window_;
};

enum class StorageOrder { RowMajor, ColumnMajor };

class MaxPool final : public Pool {
 public:
  explicit MaxPool(const NodeInfo& info)
      : Pool(info),
        order_(info.attributes.integer("storage_order", 0) != 0 ? StorageOrder::ColumnMajor : StorageOrder::RowMajor),
        with_indices_(info.output_count > 1) {
    constexpr std::int64_t kLargestWindow = 65535;  // the winners are 16 bits wide
    const std::int64_t taps = window().kernel_height * window().kernel_width;
    if (taps > kLargestWindow) {
      throw Error(ErrorCode::UnsupportedOperator, "a window of " + std::to_string(taps) + " taps",
                  {.expected = "at most " + std::to_string(kLargestWindow), .actual = std::to_string(taps)});
    }
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    std::vector<ValueType> outputs = Pool::infer(inputs);
    if (!with_indices_) return outputs;
    const Shape& y = outputs[0].shape;
    Shape indices = {y[0], y.back()};
    indices.insert(indices.end(), y.begin() + 1, y.end() - 1);
    outputs.push_back({.shape = indices, .dtype = DType::Int});
    return outputs;
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const View& y = context.outputs[0];
    const bool wants_indices = context.outputs.size() > 1 && context.outputs[1];
    auto* winners = static_cast<std::uint16_t*>(context.saved);
    std::vector<std::uint16_t> own_winners;
    if (wants_indices && winners == nullptr) {
      own_winners.resize(static_cast<std::size_t>(y.size()));
      winners = own_winners.data();
    }
    std::vector<Scalar> own_y;  // nobody may read y itself
    if (!y) own_y.resize(static_cast<std::size_t>(y.size()));
    const kernels::ImageSizes sizes = image_sizes(x.shape, y.shape);
    kernels::max_pool(window(), sizes, x.shape.back(), x.data, y ? y.data : own_y.data(), winners);
    if (wants_indices) write_indices(sizes, x.shape.back(), winners, context.outputs[1].data);
  }

  std::optional<Reach> reach(int height_axis, int width_axis) const override {
    return with_indices_ ? std::nullopt : Pool::reach(height_axis, width_axis);
  }

  void forward_part(const Forward& context, const Outside& outside) const override {
    const ConstView& x = context.inputs[0];
    const View& y = context.outputs[0];
    kernels::max_pool(window(outside), image_sizes(x.shape, y.shape), x.shape.back(), x.data, y.data, nullptr);
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    const View& dx = context.input_grads[0];
    kernels::max_pool_gradient(window(), image_sizes(dx.shape, dy.shape), dx.shape.back(), dy.data,
                               static_cast<const std::uint16_t*>(context.saved), dx.data);
  }

  std::size_t saved_bytes(std::span<const ConstView> /*inputs*/, std::span<const View> outputs) const override {
    return static_cast<std::size_t>(outputs[0].size()) * sizeof(std::uint16_t);
  }

 private:
  // Positions of the winners in the flattened n×c×h×w input.
  void write_indices(const kernels::ImageSizes& sizes, std::int64_t channels, const std::uint16_t* winners,
                     Scalar* indices) const {
    const std::int64_t out_pixels = sizes.out_height * sizes.out_width;
    kernels::parallel_for(sizes.batch * channels, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t plane = begin; plane < end; ++plane) {
        const std::int64_t n = plane / channels, c = plane % channels;
        for (std::int64_t pixel = 0; pixel < out_pixels; ++pixel) {
          const std::int64_t tap = winners[(n * out_pixels + pixel) * channels + c];
          const std::int64_t row = pixel / sizes.out_width * window().stride_height - window().pad_top +
                                   tap / window().kernel_width * window().dilation_height;
          const std::int64_t column = pixel % sizes.out_width * window().stride_width - window().pad_left +
                                      tap % window().kernel_width * window().dilation_width;
          const std::int64_t within =
              order_ == StorageOrder::RowMajor ? row * sizes.width + column : column * sizes.height + row;
          indices[plane * out_pixels + pixel] = static_cast<Scalar>(plane * sizes.height * sizes.width + within);
        }
      }
    });
  }

  StorageOrder order_;
  bool with_indices_;
};

class AveragePool final : public Pool {
 public:
  explicit AveragePool(const NodeInfo& info)
      : Pool(info),
        divisor_(info.attributes.integer("count_include_pad", 0) != 0 ? kernels::Divisor::AllTaps
                                                                      : kernels::Divisor::ValidTaps) {}

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const View& y = context.outputs[0];
    kernels::average_pool(window(), image_sizes(x.shape, y.shape), x.shape.back(), divisor_, x.data, y.data);
  }

  void forward_part(const Forward& context, const Outside& outside) const override {
    const ConstView& x = context.inputs[0];
    const View& y = context.outputs[0];
    kernels::average_pool(window(outside), image_sizes(x.shape, y.shape), x.shape.back(), divisor_, x.data, y.data);
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    const View& dx = context.input_grads[0];
    kernels::average_pool_gradient(window(), image_sizes(dx.shape, dy.shape), dx.shape.back(), divisor_, dy.data,
                                   dx.data);
  }

 private:
  kernels::Divisor divisor_;
};

}  // namespace

std::unique_ptr<Operator> make_max_pool(const NodeInfo& info) {
  if (is_volume(info)) return make_volume_pool(info, &make_max_pool);
  return std::make_unique<MaxPool>(info);
}
std::unique_ptr<Operator> make_average_pool(const NodeInfo& info) {
  if (is_volume(info)) return make_volume_pool(info, &make_average_pool);
  return std::make_unique<AveragePool>(info);
}

}  // namespace saliency::ops
