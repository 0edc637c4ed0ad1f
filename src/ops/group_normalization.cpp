// InstanceNormalization, GroupNormalization. https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html
//                                            https://onnx.ai/onnx/operators/onnx__GroupNormalization.html
//   x, y: n×…×c in g groups of c/g channels (an instance's groups are single channels); M: values of one sample's group
//   forward   x̂  = (x − mean) · r with r = 1/√(variance + ε)      y = x̂ · scale + bias
//   backward  dx = r · (d − Σ d / M − x̂ · Σ d·x̂ / M) with d = dy · scale
// Saves the mean and r of each group. scale and bias: c values, or g values as in opset 18.
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "ops/pixels.h"
#include "ops/registry.h"
#include "ops/window.h"

namespace saliency::ops {
namespace {

class GroupNormalization final : public Operator {
 public:
  GroupNormalization(const NodeInfo& info, std::int64_t groups)
      : groups_(groups), epsilon_(info.attributes.real("epsilon", 1e-5)) {
    const Shape& x = info.inputs[0].shape;
    const std::int64_t channels = x.back();
    if (groups < 1 || channels % groups != 0) {
      throw Error(ErrorCode::ModelInvalid, "'num_groups' is " + std::to_string(groups) + ", input has " +
                                               std::to_string(channels) + " channels");
    }
    for (std::size_t i = 1; i < 3; ++i) {
      const char* name = i == 1 ? "scale" : "bias";
      if (!info.has_input(i)) throw Error(ErrorCode::ModelInvalid, std::string("input '") + name + "' is missing");
      const std::int64_t size = element_count(info.inputs[i].shape);
      if (size != channels && size != groups) {
        throw Error(ErrorCode::ShapeMismatch,
                    "input has " + std::to_string(channels) + " channels in " + std::to_string(groups) + " groups, '" +
                        name + "' has " + std::to_string(size) + " values",
                    {.expected = std::to_string(channels), .actual = std::to_string(size)});
      }
    }
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return {{.shape = inputs[0].shape}};
  }

  void forward(const Forward& context) const override {
    const PixelSizes sizes = pixel_sizes(context.inputs[0].shape);
    std::vector<Scalar> own;
    auto* moments = static_cast<Scalar*>(context.saved);
    if (moments == nullptr) {
      own.resize(static_cast<std::size_t>(2 * sizes.batch * groups_));
      moments = own.data();
    }
    measure(sizes, context.inputs[0].data, moments);
    // y = (x − mean) · a + b for each sample and channel.
    std::vector<Scalar> means(static_cast<std::size_t>(sizes.batch * sizes.channels)), a = means, b = means;
    for_each_channel(sizes, [&](std::int64_t at, std::int64_t group, std::int64_t c) {
      const auto i = static_cast<std::size_t>(at);
      means[i] = moments[2 * group];
      a[i] = moments[2 * group + 1] * parameter(context.inputs[1], c, sizes);
      b[i] = parameter(context.inputs[2], c, sizes);
    });
    for_each_pixel(sizes, [&](std::int64_t, std::int64_t at, std::int64_t channel_at) {
      const Scalar* x = context.inputs[0].data + at;
      Scalar* y = context.outputs[0].data + at;
      const Scalar *mean = means.data() + channel_at, *pa = a.data() + channel_at, *pb = b.data() + channel_at;
      for (std::int64_t c = 0; c < sizes.channels; ++c) y[c] = (x[c] - mean[c]) * pa[c] + pb[c];
    });
  }

  void backward(const Backward& context) const override {
    const PixelSizes sizes = pixel_sizes(context.inputs[0].shape);
    const auto* moments = static_cast<const Scalar*>(context.saved);
    const Scalar *x = context.inputs[0].data, *dy = context.output_grads[0].data;
    // Σ dy and Σ dy·(x − mean) of each channel, then of each group, weighted by scale.
    const auto channels = static_cast<std::size_t>(sizes.batch * sizes.channels);
    std::vector<Scalar> sums(channels), products(channels);
    for_each_channel_block(sizes, [&](std::int64_t n, std::int64_t first, std::int64_t count) {
      const std::int64_t start = n * sizes.pixels * sizes.channels + first, at_channel = n * sizes.channels + first;
      Scalar mean[kChannelBlock];
      for (std::int64_t c = 0; c < count; ++c) mean[c] = moments[2 * group_of(sizes, n, first + c)];
      const auto product = [&](std::int64_t at, std::int64_t c) { return dy[start + at] * (x[start + at] - mean[c]); };
      sum_pixels(
          sizes, count, [&](std::int64_t at, std::int64_t) { return dy[start + at]; }, sums.data() + at_channel);
      sum_pixels(sizes, count, product, products.data() + at_channel);
    });
    std::vector<Scalar> group_sums(static_cast<std::size_t>(sizes.batch * groups_)), group_products = group_sums;
    for_each_channel(sizes, [&](std::int64_t at, std::int64_t group, std::int64_t c) {
      const Scalar scale = parameter(context.inputs[1], c, sizes);
      group_sums[static_cast<std::size_t>(group)] += scale * sums[static_cast<std::size_t>(at)];
      group_products[static_cast<std::size_t>(group)] += scale * products[static_cast<std::size_t>(at)];
    });
    // dx = dy · a − b − (x − mean) · e
    std::vector<Scalar> a(channels), b(channels), e(channels), means(channels);
    const Scalar values = group_values(sizes);
    for_each_channel(sizes, [&](std::int64_t at, std::int64_t group, std::int64_t c) {
      const auto i = static_cast<std::size_t>(at), g = static_cast<std::size_t>(group);
      const Scalar r = moments[2 * group + 1];
      means[i] = moments[2 * group];
      a[i] = r * parameter(context.inputs[1], c, sizes);
      b[i] = r * group_sums[g] / values;
      e[i] = r * r * r * group_products[g] / values;
    });
    for_each_pixel(sizes, [&](std::int64_t, std::int64_t at, std::int64_t channel_at) {
      Scalar* dx = context.input_grads[0].data + at;
      const Scalar *px = x + at, *pdy = dy + at, *pa = a.data() + channel_at, *pb = b.data() + channel_at;
      const Scalar *pe = e.data() + channel_at, *mean = means.data() + channel_at;
      for (std::int64_t c = 0; c < sizes.channels; ++c) dx[c] = pdy[c] * pa[c] - pb[c] - (px[c] - mean[c]) * pe[c];
    });
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }
  BackwardNeeds needs() const override { return {.inputs = 0b011u}; }

  std::size_t saved_bytes(std::span<const ConstView> inputs, std::span<const View> /*outputs*/) const override {
    return static_cast<std::size_t>(2 * inputs[0].shape[0] * groups_) * sizeof(Scalar);
  }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return leading_batch_axis(input_axes);
  }

 private:
  // Index of a sample's group.
  std::int64_t group_of(const PixelSizes& sizes, std::int64_t n, std::int64_t c) const {
    return n * groups_ + c / (sizes.channels / groups_);
  }
  Scalar group_values(const PixelSizes& sizes) const {
    const std::int64_t channels = sizes.channels / groups_;
    return static_cast<Scalar>(sizes.pixels * channels);
  }
  Scalar parameter(const ConstView& values, std::int64_t c, const PixelSizes& sizes) const {
    return values.size() == sizes.channels ? values.data[c] : values.data[c / (sizes.channels / groups_)];
  }

  // body(offset in an n×c tensor, group_of(), channel)
  template <class Body>
  void for_each_channel(const PixelSizes& sizes, const Body& body) const {
    for (std::int64_t n = 0; n < sizes.batch; ++n) {
      for (std::int64_t c = 0; c < sizes.channels; ++c) body(n * sizes.channels + c, group_of(sizes, n, c), c);
    }
  }

  // moments: mean and r of each group. The variance is taken about the mean, in a second pass.
  void measure(const PixelSizes& sizes, const Scalar* x, Scalar* moments) const {
    std::vector<Scalar> sums(static_cast<std::size_t>(sizes.batch * sizes.channels));
    const Scalar values = group_values(sizes);
    const auto of_groups = [&](std::int64_t which) {
      for (std::int64_t g = 0; g < sizes.batch * groups_; ++g) moments[2 * g + which] = 0;
      for_each_channel(sizes, [&](std::int64_t at, std::int64_t group, std::int64_t) {
        moments[2 * group + which] += sums[static_cast<std::size_t>(at)] / values;
      });
    };
    for_each_channel_block(sizes, [&](std::int64_t n, std::int64_t first, std::int64_t count) {
      const Scalar* block = x + n * sizes.pixels * sizes.channels + first;
      sum_pixels(
          sizes, count, [&](std::int64_t at, std::int64_t) { return block[at]; },
          sums.data() + n * sizes.channels + first);
    });
    of_groups(0);
    for_each_channel_block(sizes, [&](std::int64_t n, std::int64_t first, std::int64_t count) {
      const Scalar* block = x + n * sizes.pixels * sizes.channels + first;
      Scalar mean[kChannelBlock];
      for (std::int64_t c = 0; c < count; ++c) mean[c] = moments[2 * group_of(sizes, n, first + c)];
      const auto square = [&](std::int64_t at, std::int64_t c) {
        return (block[at] - mean[c]) * (block[at] - mean[c]);
      };
      sum_pixels(sizes, count, square, sums.data() + n * sizes.channels + first);
    });
    of_groups(1);
    for (std::int64_t g = 0; g < sizes.batch * groups_; ++g) {
      moments[2 * g + 1] = static_cast<Scalar>(1 / std::sqrt(static_cast<double>(moments[2 * g + 1]) + epsilon_));
    }
  }

  std::int64_t groups_;
  double epsilon_;
};

void expect_channels(const NodeInfo& info) {
  const Shape& x = info.inputs[0].shape;
  if (x.size() >= 3) return;
  throw Error(ErrorCode::ShapeMismatch, "input has shape " + to_string(x) + ", expected a spatial axis",
              {.expected = "3 axes or more", .actual = std::to_string(x.size()) + " axes"});
}

}  // namespace

std::unique_ptr<Operator> make_instance_normalization(const NodeInfo& info) {
  expect_channels(info);
  return std::make_unique<GroupNormalization>(info, info.inputs[0].shape.back());
}

std::unique_ptr<Operator> make_group_normalization(const NodeInfo& info) {
  expect_channels(info);
  return std::make_unique<GroupNormalization>(info, info.attributes.integer("num_groups"));
}

}  // namespace saliency::ops
