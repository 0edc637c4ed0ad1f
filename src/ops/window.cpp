#include "ops/window.h"

#include <algorithm>
#include <string>

#include "base/error.h"

namespace saliency::ops {
namespace {

std::string text(Extent extent) {
  return std::to_string(extent.height) + "×" + std::to_string(extent.width);
}

std::int64_t effective(std::int64_t kernel, std::int64_t dilation) {
  return (kernel - 1) * dilation + 1;
}

// Leading and trailing pad of one axis so that there are ⌈input/stride⌉ positions.
std::pair<std::int64_t, std::int64_t> same_pads(std::int64_t input, std::int64_t taps, std::int64_t stride,
                                                bool odd_in_front) {
  const std::int64_t positions = (input + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>(0, (positions - 1) * stride + taps - input);
  const std::int64_t leading = odd_in_front ? total - total / 2 : total / 2;
  return {leading, total - leading};
}

std::int64_t positions(std::int64_t input, std::int64_t taps, std::int64_t stride, std::int64_t leading,
                       std::int64_t trailing, Rounding rounding) {
  const std::int64_t free = input + leading + trailing - taps;
  if (free < 0) return 0;
  if (rounding == Rounding::Down) return free / stride + 1;
  const std::int64_t count = (free + stride - 1) / stride + 1;
  return (count - 1) * stride >= input + leading ? count - 1 : count;
}

}  // namespace

Extent image_extent(std::span<const std::int64_t> shape) {
  if (shape.size() == 3) return {1, shape[1]};
  if (shape.size() == 4) return {shape[1], shape[2]};
  throw Error(ErrorCode::UnsupportedOperator, "input of " + std::to_string(shape.size()) + " axes",
              {.expected = "3 to 5 axes: samples, channels and one to three spatial axes",
               .actual = std::to_string(shape.size()) + " axes"});
}

Extent lifted(std::span<const std::int64_t> values, std::int64_t missing) {
  return values.size() == 1 ? Extent{missing, values[0]} : Extent{values[0], values[1]};
}

Shape image_shape(std::span<const std::int64_t> like, Extent extent, std::int64_t channels) {
  if (like.size() == 3) return {like[0], extent.width, channels};
  return {like[0], extent.height, extent.width, channels};
}

kernels::ImageSizes image_sizes(std::span<const std::int64_t> x, std::span<const std::int64_t> y) {
  const Extent in = image_extent(x), out = image_extent(y);
  return {.batch = x[0], .height = in.height, .width = in.width, .out_height = out.height, .out_width = out.width};
}

std::vector<std::int64_t> spatial_attribute(const NodeInfo& info, const char* name, std::size_t count,
                                            std::int64_t fallback, std::int64_t lowest) {
  std::vector<std::int64_t> values = info.attributes.integers(name, {});
  if (values.empty()) values.assign(count, fallback);
  if (values.size() != count) {
    throw Error(ErrorCode::ModelInvalid, std::string("'") + name + "' has " + std::to_string(values.size()) +
                                             " values, expected " + std::to_string(count));
  }
  for (const std::int64_t value : values) {
    if (value < lowest) {
      throw Error(ErrorCode::ModelInvalid, std::string("'") + name + "' has the value " + std::to_string(value) +
                                               ", expected at least " + std::to_string(lowest));
    }
  }
  return values;
}

kernels::Window read_window(const NodeInfo& info, Extent kernel, Extent input) {
  const std::size_t axes = info.inputs[0].shape.size() - 2;
  const Extent stride = lifted(spatial_attribute(info, "strides", axes, 1, 1));
  const Extent dilation = lifted(spatial_attribute(info, "dilations", axes, 1, 1));
  const std::vector<std::int64_t> pads = spatial_attribute(info, "pads", 2 * axes, 0, 0);
  kernels::Window window{.kernel_height = kernel.height,
                         .kernel_width = kernel.width,
                         .stride_height = stride.height,
                         .stride_width = stride.width,
                         .dilation_height = dilation.height,
                         .dilation_width = dilation.width};
  const std::string auto_pad = info.attributes.text("auto_pad", "NOTSET");
  if (auto_pad == "NOTSET" || auto_pad.empty()) {
    const Extent leading = lifted(std::span(pads).first(axes), 0), trailing = lifted(std::span(pads).last(axes), 0);
    window.pad_top = leading.height;
    window.pad_left = leading.width;
    window.pad_bottom = trailing.height;
    window.pad_right = trailing.width;
  } else if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
    const bool lower = auto_pad == "SAME_LOWER";
    std::tie(window.pad_top, window.pad_bottom) =
        same_pads(input.height, effective(kernel.height, dilation.height), stride.height, lower);
    std::tie(window.pad_left, window.pad_right) =
        same_pads(input.width, effective(kernel.width, dilation.width), stride.width, lower);
  } else if (auto_pad != "VALID") {
    throw Error(ErrorCode::ModelInvalid, "'auto_pad' is '" + auto_pad + "'",
                {.expected = "NOTSET, SAME_UPPER, SAME_LOWER or VALID", .actual = auto_pad});
  }
  return window;
}

Extent output_extent(const kernels::Window& window, Extent input, Rounding rounding) {
  const Extent output = {positions(input.height, effective(window.kernel_height, window.dilation_height),
                                   window.stride_height, window.pad_top, window.pad_bottom, rounding),
                         positions(input.width, effective(window.kernel_width, window.dilation_width),
                                   window.stride_width, window.pad_left, window.pad_right, rounding)};
  if (output.height < 1 || output.width < 1) {
    const Extent kernel = {effective(window.kernel_height, window.dilation_height),
                           effective(window.kernel_width, window.dilation_width)};
    const Extent padded = {input.height + window.pad_top + window.pad_bottom,
                           input.width + window.pad_left + window.pad_right};
    throw Error(ErrorCode::ShapeMismatch,
                "a window of " + text(kernel) + " does not fit into the padded input of " + text(padded),
                {.expected = "at least " + text(kernel), .actual = text(padded), .remedy = "use a larger input"});
  }
  return output;
}

std::optional<Reach> window_reach(const kernels::Window& window, int height_axis, int width_axis) {
  if (height_axis != 1 || width_axis != 2) return std::nullopt;
  const Extent span = {effective(window.kernel_height, window.dilation_height),
                       effective(window.kernel_width, window.dilation_width)};
  // No output reads padding alone.
  if (std::max(window.pad_top, window.pad_bottom) >= span.height) return std::nullopt;
  if (std::max(window.pad_left, window.pad_right) >= span.width) return std::nullopt;
  return Reach{.height = {window.stride_height, span.height, window.pad_top},
               .width = {window.stride_width, span.width, window.pad_left}};
}

std::optional<Reach> pixelwise(int height_axis, int width_axis) {
  return height_axis == 1 && width_axis == 2 ? std::optional(Reach{}) : std::nullopt;
}

// Behind the trailing padding there may be more, which counts as nothing (Rounding::Up).
kernels::Window part_window(kernels::Window window, const Outside& outside) {
  window.pad_top = outside.top;
  window.pad_left = outside.left;
  window.pad_bottom = std::min(outside.bottom, window.pad_bottom);
  window.pad_right = std::min(outside.right, window.pad_right);
  return window;
}

Extent read_kernel_shape(const NodeInfo& info) {
  image_extent(info.inputs[0].shape);
  if (!info.attributes.has("kernel_shape")) throw Error(ErrorCode::ModelInvalid, "attribute 'kernel_shape' is missing");
  return lifted(spatial_attribute(info, "kernel_shape", info.inputs[0].shape.size() - 2, 1, 1));
}

std::optional<int> leading_batch_axis(std::span<const int> input_axes) {
  for (std::size_t i = 1; i < input_axes.size(); ++i) {
    if (input_axes[i] >= 0) return std::nullopt;
  }
  if (input_axes[0] > 0) return std::nullopt;
  return input_axes[0];
}

}  // namespace saliency::ops
