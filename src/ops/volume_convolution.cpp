// Conv and ConvTranspose of three spatial axes, as sums of convolutions of planes.
//   x: n×d×h×w×ic   weight: a×b×kd×kh×kw   y: n×od×oh×ow×oc
//   forward   y[o]  = bias + Σ plane_k(x[i])        over the (i, o, k) with i = o·stride + k·dilation − pad,
//   backward  dx[i] = Σ plane_kᵀ(dy[o])             i and o exchanged for ConvTranspose
// Saves nothing. plane_k is the operator of two spatial axes with the weights of tap k along d.
#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernels/parallel.h"
#include "ops/packed_weight.h"
#include "ops/registry.h"
#include "ops/transposed_window.h"
#include "ops/volume.h"

namespace saliency::ops {
namespace {

constexpr std::size_t kAxes = 3;

class VolumeConvolution final : public Operator {
 public:
  VolumeConvolution(const NodeInfo& info, Factory make) {
    check_weight(info);
    const Shape& x = info.inputs[0].shape;
    const Shape& weight = info.inputs[1].shape;
    constant_weight_ = info.inputs[1].constant != nullptr;
    constant_bias_ = info.has_input(2) && info.inputs[2].constant != nullptr;
    if (constant_bias_) bias_ = info.inputs[2].constant->data;
    find_taps(info, weight[2], x[1]);

    slice_shape_ = {weight[0], weight[1], weight[3], weight[4]};
    const Attributes attributes = window_attributes(info, 1, 2);
    const Tensor unread;  // tells that there will be a constant, whose numbers prepare() gets
    const ValueType inputs[] = {{.shape = {x[0], x[2], x[3], x[4]}},
                                {.shape = slice_shape_, .constant = constant_weight_ ? &unread : nullptr}};
    const NodeInfo plane{.type = info.type, .opset = info.opset, .attributes = attributes, .inputs = inputs};
    for (std::int64_t k = 0; k < weight[2]; ++k) planes_.push_back(make(plane));
    plane_shape_ = planes_[0]->infer(inputs)[0].shape;
    check_bias(info, plane_shape_.back());
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return {{.shape = {inputs[0].shape[0], out_depth_, plane_shape_[1], plane_shape_[2], plane_shape_[3]}}};
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const View& y = context.outputs[0];
    const Scalar* bias = constant_bias_ ? bias_.data() : context.inputs.size() > 2 ? context.inputs[2].data : nullptr;
    fill(y, bias);
    const std::vector<Scalar> own = slices_of(context.inputs[1]);
    const Planes in(x.shape), out(y.shape);
    std::vector<Scalar> term(static_cast<std::size_t>(out.size));
    const View terms[] = {View(out.shape, term.data())};
    for (std::int64_t n = 0; n < x.shape[0]; ++n) {
      for (const Tap& tap : taps_) {
        const ConstView inputs[] = {ConstView(in.shape, x.data + in.at(n, tap.in)), slice(own, tap.k)};
        planes_[static_cast<std::size_t>(tap.k)]->forward({.inputs = inputs, .outputs = terms});
        kernels::accumulate(out.size, term.data(), y.data + out.at(n, tap.out));
      }
    }
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    const View& dx = context.input_grads[0];
    std::fill_n(dx.data, dx.size(), Scalar(0));
    const std::vector<Scalar> own = slices_of(context.inputs[1]);
    const Planes in(dx.shape), out(dy.shape);
    std::vector<Scalar> term(static_cast<std::size_t>(in.size));
    const View terms[] = {View(in.shape, term.data()), View()};
    for (std::int64_t n = 0; n < dx.shape[0]; ++n) {
      for (const Tap& tap : taps_) {
        const ConstView inputs[] = {ConstView(in.shape, nullptr), slice(own, tap.k)};
        const ConstView outputs[] = {ConstView(out.shape, nullptr)};
        const ConstView gradients[] = {ConstView(out.shape, dy.data + out.at(n, tap.out))};
        planes_[static_cast<std::size_t>(tap.k)]->backward(
            {.inputs = inputs, .outputs = outputs, .output_grads = gradients, .input_grads = terms});
        kernels::accumulate(in.size, term.data(), dx.data + in.at(n, tap.in));
      }
    }
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }
  BackwardNeeds needs() const override { return {.inputs = constant_weight_ ? 0u : 0b010u}; }

  std::uint32_t prepare(std::span<const ConstView> constants) override {
    if (constant_weight_) {
      const std::vector<Scalar> slices = gathered(constants[1]);
      for (std::size_t k = 0; k < planes_.size(); ++k) {
        const ConstView inputs[] = {ConstView(), slice(slices, static_cast<std::int64_t>(k))};
        planes_[k]->prepare(inputs);
      }
    }
    return (constant_weight_ ? 0b010u : 0u) | (constant_bias_ ? 0b100u : 0u);
  }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return leading_batch_axis(input_axes);
  }

 private:
  struct Tap {
    std::int64_t in, out, k;  // planes of the input and of the output, tap along d
  };

  // One sample's planes of n×d×h×w×c.
  struct Planes {
    std::int64_t depth, size;
    Shape shape;

    explicit Planes(std::span<const std::int64_t> volume)
        : depth(volume[1]), size(volume[2] * volume[3] * volume[4]), shape{1, volume[2], volume[3], volume[4]} {}
    std::int64_t at(std::int64_t n, std::int64_t plane) const { return (n * depth + plane) * size; }
  };

  // Sets taps_ and out_depth_.
  void find_taps(const NodeInfo& info, std::int64_t kernel, std::int64_t depth) {
    const Attributes attributes = window_attributes(info, 0, 1);
    const ValueType line[] = {{.shape = {1, depth, 1}}};
    const NodeInfo along{.type = info.type, .opset = info.opset, .attributes = attributes, .inputs = line};
    const bool transposed = info.type == "ConvTranspose";
    kernels::Window window;
    if (transposed) {
      const TransposedWindow read = read_transposed_window(along, {1, kernel}, {1, depth});
      window = read.window;
      out_depth_ = read.output.width;
    } else {
      window = read_window(along, {1, kernel}, {1, depth});
      out_depth_ = output_extent(window, {1, depth}).width;
    }
    const std::int64_t positions = transposed ? depth : out_depth_, sliding = transposed ? out_depth_ : depth;
    for (std::int64_t position = 0; position < positions; ++position) {
      for (std::int64_t k = 0; k < kernel; ++k) {
        const std::int64_t at = position * window.stride_width + k * window.dilation_width - window.pad_left;
        if (at < 0 || at >= sliding) continue;
        taps_.push_back(transposed ? Tap{position, at, k} : Tap{at, position, k});
      }
    }
  }

  static void fill(const View& y, const Scalar* bias) {
    if (bias == nullptr) {
      std::fill_n(y.data, y.size(), Scalar(0));
      return;
    }
    const std::int64_t channels = y.shape.back();
    for (std::int64_t i = 0; i < y.size(); i += channels) std::copy_n(bias, channels, y.data + i);
  }

  // a×b×kd×kh×kw → kd×a×b×kh×kw
  std::vector<Scalar> gathered(const ConstView& weight) const {
    const std::int64_t shape[] = {weight.shape[0] * weight.shape[1], weight.shape[2],
                                  weight.shape[3] * weight.shape[4]};
    constexpr int kTapsFirst[] = {1, 0, 2};
    std::vector<Scalar> slices(static_cast<std::size_t>(weight.size()));
    kernels::transpose(3, shape, kTapsFirst, weight.data, slices.data());
    return slices;
  }
  // Of a computed weight; a constant one lies packed in planes_.
  std::vector<Scalar> slices_of(const ConstView& weight) const {
    return constant_weight_ ? std::vector<Scalar>() : gathered(weight);
  }
  ConstView slice(const std::vector<Scalar>& slices, std::int64_t k) const {
    return {slice_shape_, slices.empty() ? nullptr : slices.data() + k * element_count(slice_shape_)};
  }

  bool constant_weight_ = false, constant_bias_ = false;
  std::vector<Scalar> bias_;
  Shape slice_shape_, plane_shape_;
  std::int64_t out_depth_ = 0;
  std::vector<Tap> taps_;
  std::vector<std::unique_ptr<Operator>> planes_;  // by tap along d
};

}  // namespace

bool is_volume(const NodeInfo& info) {
  return info.inputs[0].shape.size() == kAxes + 2;
}

Attributes window_attributes(const NodeInfo& info, std::size_t first, std::size_t count) {
  Attributes attributes = info.attributes;
  const auto cut = [&](const char* name, std::size_t axes) {
    const std::vector<std::int64_t> values = attributes.integers(name, {});
    std::vector<std::int64_t> kept;
    // Pads come as all leading ones and then all trailing ones; some exporters put n and c in front of output_shape.
    const std::size_t extra = std::string(name) == "output_shape" && values.size() == kAxes + 2 ? 2 : 0;
    if (values.empty()) return;
    if (values.size() - extra != axes) {
      throw Error(ErrorCode::ModelInvalid, std::string("'") + name + "' has " + std::to_string(values.size()) +
                                               " values, expected " + std::to_string(axes));
    }
    for (std::size_t side = 0; side < axes; side += kAxes) {
      for (std::size_t i = 0; i < count; ++i) kept.push_back(values[extra + side + first + i]);
    }
    attributes.set(name, kept);
  };
  for (const char* name : {"kernel_shape", "strides", "dilations", "output_padding", "output_shape"}) cut(name, kAxes);
  cut("pads", 2 * kAxes);
  return attributes;
}

std::unique_ptr<Operator> make_volume_convolution(const NodeInfo& info, Factory make) {
  return std::make_unique<VolumeConvolution>(info, make);
}

}  // namespace saliency::ops
