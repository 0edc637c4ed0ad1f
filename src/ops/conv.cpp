// Conv: cross-correlation. https://onnx.ai/onnx/operators/onnx__Conv.html
//   x: n×h×w×ic   weight: oc×(ic/group)×kh×kw   bias: oc   y: n×oh×ow×oc
//   forward   y  = weight · im2col(x) + bias
//   backward  dx = col2im(weightᵀ · dy)
// Saves nothing. A constant weight is packed once; a computed one (rare) anew for each call, and has no gradient.
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "ops/packed_weight.h"
#include "ops/registry.h"
#include "ops/volume.h"
#include "ops/window.h"

namespace saliency::ops {
namespace {

class Conv final : public Operator {
 public:
  explicit Conv(const NodeInfo& info) : geometry_(read_geometry(info)), weight_(info, geometry_) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape& x = inputs[0].shape;
    const Extent output = output_extent(geometry_.window, image_extent(x));
    return {{.shape = image_shape(x, output, geometry_.out_channels)}};
  }

  const kernels::Window* sliding_window() const override { return &geometry_.window; }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const View& y = context.outputs[0];
    weight_.with(context.inputs, [&](const kernels::Convolution& convolution) {
      convolution.forward(image_sizes(x.shape, y.shape), x.data, context.clamp, y.data);
    });
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    const View& dx = context.input_grads[0];
    weight_.with(context.inputs, [&](const kernels::Convolution& convolution) {
      convolution.input_gradient(image_sizes(dx.shape, dy.shape), dy.data, context.gate, dx.data);
    });
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }
  BackwardNeeds needs() const override { return {.inputs = weight_.inputs_read()}; }
  std::uint32_t prepare(std::span<const ConstView> constants) override { return weight_.pack(constants); }
  bool fuses_clamp() const override { return true; }
  double flops(std::span<const ConstView> inputs, std::span<const View> outputs) const override {
    const std::int64_t taps = inputs[1].size() / geometry_.out_channels;
    return 2 * static_cast<double>(outputs[0].size()) * static_cast<double>(taps);
  }

  std::optional<Reach> reach(int height_axis, int width_axis) const override {
    return window_reach(geometry_.window, height_axis, width_axis);
  }

  void forward_part(const Forward& context, const Outside& outside) const override {
    const ConstView& x = context.inputs[0];
    const View& y = context.outputs[0];
    kernels::ImageSizes sizes = image_sizes(x.shape, y.shape);
    sizes.cut_top = geometry_.window.pad_top - outside.top;
    sizes.cut_left = geometry_.window.pad_left - outside.left;
    weight_.with(context.inputs, [&](const kernels::Convolution& convolution) {
      convolution.forward(sizes, x.data, context.clamp, y.data);
    });
  }

  bool has_weights() const override { return weight_.is_constant(); }
  std::unique_ptr<Operator> with_weights(std::span<const ConstView> constants,
                                         const WeightChange& change) const override {
    const ConstView& weight = constants[1];
    const std::int64_t one = weight.size() / geometry_.out_channels;
    const std::vector<Scalar> changed = changed_weight(weight, change, [one](std::int64_t i) { return i / one; });
    return std::unique_ptr<Operator>(new Conv(geometry_, ConstView(weight.shape, changed.data())));
  }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return leading_batch_axis(input_axes);
  }

 private:
  Conv(const kernels::ConvGeometry& geometry, const ConstView& weight) : geometry_(geometry), weight_(geometry) {
    const ConstView constants[] = {{}, weight};
    weight_.pack(constants);
  }

  static kernels::ConvGeometry read_geometry(const NodeInfo& info) {
    const Shape& x = info.inputs[0].shape;
    const Shape& weight = info.inputs[1].shape;
    const Extent input = image_extent(x);
    check_weight(info);
    const std::int64_t groups = info.attributes.integer("group", 1);
    if (groups < 1 || weight[0] % groups != 0) {
      throw Error(ErrorCode::ModelInvalid, "'group' is " + std::to_string(groups) + ", the weight has " +
                                               std::to_string(weight[0]) + " output channels");
    }
    const std::int64_t channels = x.back(), expected = weight[1] * groups;
    if (channels != expected) {
      throw Error(ErrorCode::ShapeMismatch,
                  "input has " + std::to_string(channels) + " channels, weight expects " + std::to_string(expected),
                  {.expected = std::to_string(expected) + " channels", .actual = std::to_string(channels)});
    }
    check_bias(info, weight[0]);
    const Extent kernel = lifted(std::span(weight).subspan(2));
    return {.in_channels = channels,
            .out_channels = weight[0],
            .groups = groups,
            .window = read_window(info, kernel, input)};
  }

  kernels::ConvGeometry geometry_;
  PackedWeight weight_;
};

}  // namespace

std::unique_ptr<Operator> make_conv(const NodeInfo& info) {
  if (is_volume(info)) return make_volume_convolution(info, &make_conv);
  return std::make_unique<Conv>(info);
}

}  // namespace saliency::ops
