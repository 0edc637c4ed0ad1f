// ConvTranspose: the adjoint of a convolution. https://onnx.ai/onnx/operators/onnx__ConvTranspose.html
//   x: n×h×w×ic   weight: ic×(oc/group)×kh×kw   bias: oc   y: n×oh×ow×oc
//   forward   y  = weightᵀ · x, folded, + bias      (a convolution's input gradient, from oc to ic channels)
//   backward  dx = weight · im2col(dy)              (that convolution's forward)
// Saves nothing. A computed weight has no gradient.
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

class ConvTranspose final : public Operator {
 public:
  explicit ConvTranspose(const NodeInfo& info) : geometry_(read_geometry(info)), weight_(info, geometry_) {
    weight_.without_bias();
    constant_bias_ = info.has_input(2) && info.inputs[2].constant != nullptr;
    if (constant_bias_) bias_ = info.inputs[2].constant->data;
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return {{.shape = image_shape(inputs[0].shape, output_, geometry_.in_channels)}};
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const View& y = context.outputs[0];
    weight_.with(context.inputs, [&](const kernels::Convolution& convolution) {
      convolution.input_gradient(image_sizes(y.shape, x.shape), x.data, {}, y.data);
    });
    const Scalar* bias = constant_bias_ ? bias_.data() : context.inputs.size() > 2 ? context.inputs[2].data : nullptr;
    finish(y, bias, context.clamp);
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    const View& dx = context.input_grads[0];
    std::vector<Scalar> gated;
    const Scalar* gradient = dy.data;
    if (!context.gate.is_identity()) {
      gated.resize(static_cast<std::size_t>(dy.size()));
      kernels::gate(dy.size(), dy.data, context.gate, gated.data());
      gradient = gated.data();
    }
    weight_.with(context.inputs, [&](const kernels::Convolution& convolution) {
      convolution.forward(image_sizes(dy.shape, dx.shape), gradient, {}, dx.data);
    });
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }
  BackwardNeeds needs() const override { return {.inputs = weight_.inputs_read()}; }
  std::uint32_t prepare(std::span<const ConstView> constants) override {
    return weight_.pack(constants) | (constant_bias_ ? 0b100u : 0u);
  }
  bool fuses_clamp() const override { return true; }
  double flops(std::span<const ConstView> inputs, std::span<const View> /*outputs*/) const override {
    const std::int64_t taps = inputs[1].size() / inputs[1].shape[0];
    return 2 * static_cast<double>(inputs[0].size()) * static_cast<double>(taps);
  }

  bool has_weights() const override { return weight_.is_constant(); }
  std::unique_ptr<Operator> with_weights(std::span<const ConstView> constants,
                                         const WeightChange& change) const override {
    const ConstView& weight = constants[1];
    const std::int64_t channels = geometry_.in_channels / geometry_.groups;
    const std::int64_t taps = weight.size() / (weight.shape[0] * weight.shape[1]);
    const std::int64_t group = weight.size() / geometry_.groups;
    const std::vector<Scalar> changed =
        changed_weight(weight, change, [=](std::int64_t i) { return i / group * channels + i / taps % channels; });
    return std::unique_ptr<Operator>(new ConvTranspose(*this, ConstView(weight.shape, changed.data())));
  }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return leading_batch_axis(input_axes);
  }

 private:
  ConvTranspose(const ConvTranspose& other, const ConstView& weight)
      : output_(other.output_), geometry_(other.geometry_), weight_(other.geometry_) {
    const ConstView constants[] = {{}, weight};
    weight_.pack(constants);
  }

  // y = clamp(y + bias)
  static void finish(const View& y, const Scalar* bias, kernels::Clamp clamp) {
    const std::int64_t channels = y.shape.back();
    if (bias == nullptr && clamp.is_identity()) return;
    constexpr std::int64_t kGrain = 256;  // pixels
    kernels::parallel_for(y.size() / channels, kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t pixel = begin; pixel < end && bias != nullptr; ++pixel) {
        Scalar* values = y.data + pixel * channels;
        for (std::int64_t c = 0; c < channels; ++c) values[c] += bias[c];
      }
    });
    if (!clamp.is_identity()) kernels::clamp(y.size(), y.data, clamp, y.data, nullptr);
  }

  // The convolution from y to x. Sets output_.
  kernels::ConvGeometry read_geometry(const NodeInfo& info) {
    const Shape& x = info.inputs[0].shape;
    const Shape& weight = info.inputs[1].shape;
    const Extent input = image_extent(x);
    check_weight(info);
    const std::int64_t groups = info.attributes.integer("group", 1);
    if (groups < 1 || weight[0] % groups != 0) {
      throw Error(ErrorCode::ModelInvalid, "'group' is " + std::to_string(groups) + ", the weight has " +
                                               std::to_string(weight[0]) + " input channels");
    }
    if (x.back() != weight[0]) {
      throw Error(ErrorCode::ShapeMismatch,
                  "input has " + std::to_string(x.back()) + " channels, weight expects " + std::to_string(weight[0]),
                  {.expected = std::to_string(weight[0]) + " channels", .actual = std::to_string(x.back())});
    }
    check_bias(info, weight[1] * groups);
    const TransposedWindow transposed = read_transposed_window(info, lifted(std::span(weight).subspan(2)), input);
    output_ = transposed.output;
    return {
        .in_channels = weight[1] * groups, .out_channels = weight[0], .groups = groups, .window = transposed.window};
  }

  Extent output_;
  kernels::ConvGeometry geometry_;
  PackedWeight weight_;
  bool constant_bias_ = false;
  std::vector<Scalar> bias_;
};

}  // namespace

std::unique_ptr<Operator> make_conv_transpose(const NodeInfo& info) {
  if (is_volume(info)) return make_volume_convolution(info, &make_conv_transpose);
  return std::make_unique<ConvTranspose>(info);
}

}  // namespace saliency::ops
