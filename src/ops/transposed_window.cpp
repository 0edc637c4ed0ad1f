#include "ops/transposed_window.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"

namespace saliency::ops {
namespace {

// One axis: how the size of the output and the pads determine each other.
struct Axis {
  std::int64_t input, kernel, stride, dilation, leading, trailing, output_padding;
  std::int64_t output = 0;

  std::int64_t span() const { return stride * (input - 1) + output_padding + (kernel - 1) * dilation + 1; }
  void follow_pads() { output = span() - leading - trailing; }
  // The pads follow from the output; an odd total has its larger half in front except with SAME_UPPER.
  void follow_output(std::int64_t size, bool smaller_in_front) {
    output = size;
    const std::int64_t total = std::max<std::int64_t>(0, span() - size);
    leading = smaller_in_front ? total / 2 : total - total / 2;
    trailing = total - leading;
  }
};

}  // namespace

TransposedWindow read_transposed_window(const NodeInfo& info, Extent kernel, Extent input) {
  const std::size_t axes = info.inputs[0].shape.size() - 2;
  const Extent output_padding = lifted(spatial_attribute(info, "output_padding", axes, 0, 0), 0);
  const Extent stride = lifted(spatial_attribute(info, "strides", axes, 1, 1));
  kernels::Window window = read_window(info, kernel, input);
  Axis rows{input.height,   kernel.height,     window.stride_height, window.dilation_height,
            window.pad_top, window.pad_bottom, output_padding.height};
  Axis columns{input.width,     kernel.width,     window.stride_width, window.dilation_width,
               window.pad_left, window.pad_right, output_padding.width};

  const std::string auto_pad = info.attributes.text("auto_pad", "NOTSET");
  const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
  if (same || info.attributes.has("output_shape")) {
    Shape sizes = info.attributes.integers("output_shape", {});
    if (sizes.size() == axes + 2) sizes.erase(sizes.begin(), sizes.begin() + 2);  // some exporters add n and c
    const Extent output =
        sizes.size() == axes ? lifted(sizes) : Extent{input.height * stride.height, input.width * stride.width};
    rows.follow_output(output.height, auto_pad == "SAME_UPPER");
    columns.follow_output(output.width, auto_pad == "SAME_UPPER");
  } else {
    rows.follow_pads();
    columns.follow_pads();
  }
  if (rows.output < 1 || columns.output < 1) {
    throw Error(ErrorCode::ShapeMismatch, "the output would have " + std::to_string(rows.output) + "×" +
                                              std::to_string(columns.output) + " pixels; 'pads' are too large");
  }
  std::tie(window.pad_top, window.pad_bottom) = std::pair(rows.leading, rows.trailing);
  std::tie(window.pad_left, window.pad_right) = std::pair(columns.leading, columns.trailing);
  return {.window = window, .output = {rows.output, columns.output}};
}

}  // namespace saliency::ops
