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
#include "kernels/parallel.h"
#include "ops/registry.h"
#include "ops/window.h"

namespace saliency::ops {
namespace {

constexpr std::int64_t kBlock = 32;    // channels of one piece of work
constexpr std::int64_t kGrain = 1024;  // pixels

struct Sizes {
  std::int64_t batch, pixels, channels;
};

Sizes sizes_of(std::span<const std::int64_t> x) {
  const std::int64_t channels = x.back();
  return {x[0], element_count(x) / (x[0] * channels), channels};
}

// body(n, first, count): a block of channels of one sample.
template <class Body>
void for_each_block(const Sizes& sizes, const Body& body) {
  const std::int64_t blocks = (sizes.channels + kBlock - 1) / kBlock;
  kernels::parallel_for(sizes.batch * blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t first = i % blocks * kBlock;
      body(i / blocks, first, std::min(kBlock, sizes.channels - first));
    }
  });
}

// body(pixel's index within its sample, first value of the pixel, channels of the sample's output)
template <class Body>
void for_each_pixel(const Sizes& sizes, const Body& body) {
  kernels::parallel_for(sizes.batch * sizes.pixels, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      body(i % sizes.pixels, i * sizes.channels, i / sizes.pixels * sizes.channels);
    }
  });
}

// Sum of f(x) over the pixels of a block of channels: runs of 64 pixels first, then the runs, which keeps the error of
// float32 small.
template <class F>
void sum_pixels(const Sizes& sizes, const Scalar* x, std::int64_t count, const F& f, Scalar* total) {
  constexpr std::int64_t kRun = 64;
  std::fill_n(total, count, Scalar(0));
  for (std::int64_t start = 0; start < sizes.pixels; start += kRun) {
    Scalar partial[kBlock] = {};
    const std::int64_t end = std::min(start + kRun, sizes.pixels);
    for (std::int64_t pixel = start; pixel < end; ++pixel) {
      const Scalar* values = x + pixel * sizes.channels;
      for (std::int64_t c = 0; c < count; ++c) partial[c] += f(values[c]);
    }
    for (std::int64_t c = 0; c < count; ++c) total[c] += partial[c];
  }
}

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
    const Sizes sizes = sizes_of(context.inputs[0].shape);
    const Scalar scale = Scalar(1) / static_cast<Scalar>(sizes.pixels);
    for_each_block(sizes, [&](std::int64_t n, std::int64_t first, std::int64_t count) {
      const Scalar* x = context.inputs[0].data + n * sizes.pixels * sizes.channels + first;
      Scalar* y = context.outputs[0].data + n * sizes.channels + first;
      sum_pixels(
          sizes, x, count, [](Scalar value) { return value; }, y);
      for (std::int64_t c = 0; c < count; ++c) y[c] *= scale;
    });
  }

  void backward(const Backward& context) const override {
    const Sizes sizes = sizes_of(context.input_grads[0].shape);
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
    const Sizes sizes = sizes_of(context.inputs[0].shape);
    auto* winners = static_cast<std::uint32_t*>(context.saved);
    for_each_block(sizes, [&](std::int64_t n, std::int64_t first, std::int64_t count) {
      const Scalar* x = context.inputs[0].data + n * sizes.pixels * sizes.channels + first;
      Scalar* y = context.outputs[0].data + n * sizes.channels + first;
      std::uint32_t winner[kBlock] = {};
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
    const Sizes sizes = sizes_of(context.input_grads[0].shape);
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
    const Sizes sizes = sizes_of(context.inputs[0].shape);
    for_each_block(sizes, [&](std::int64_t n, std::int64_t first, std::int64_t count) {
      const Scalar* x = context.inputs[0].data + n * sizes.pixels * sizes.channels + first;
      Scalar* y = context.outputs[0].data + n * sizes.channels + first;
      if (p_ == 2) {
        sum_pixels(
            sizes, x, count, [](Scalar value) { return value * value; }, y);
      } else {
        sum_pixels(
            sizes, x, count, [this](Scalar value) { return std::pow(std::abs(value), p_); }, y);
      }
      for (std::int64_t c = 0; c < count; ++c) y[c] = std::pow(y[c], 1 / p_);
    });
  }

  void backward(const Backward& context) const override {
    const Sizes sizes = sizes_of(context.input_grads[0].shape);
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
