// What convolutions and pools share: attributes of a sliding window, and images of one or two spatial axes.
//   An image is n×h×w×c; one of a single spatial axis, n×w×c, is computed as n×1×w×c.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/kernels.h"
#include "ops/operator.h"

namespace saliency::ops {

// Height and width of one thing: an image, a kernel, a stride.
struct Extent {
  std::int64_t height = 1, width = 1;
};

// Sizes of x: n×h×w×c or n×w×c. Throws UnsupportedOperator for another number of spatial axes.
Extent image_extent(std::span<const std::int64_t> shape);
// Of one or two values, a lone one being the width's; `missing` is the height's then.
Extent lifted(std::span<const std::int64_t> values, std::int64_t missing = 1);
// n×h×w×c, or n×w×c when `like` has rank 3.
Shape image_shape(std::span<const std::int64_t> like, Extent extent, std::int64_t channels);
kernels::ImageSizes image_sizes(std::span<const std::int64_t> x, std::span<const std::int64_t> y);

// How ceil_mode rounds the number of window positions.
enum class Rounding { Down, Up };

// strides, dilations, pads and auto_pad of a window of `kernel` taps that slides over an input of the given extent.
kernels::Window read_window(const NodeInfo& info, Extent kernel, Extent input);
// Positions of the window. With Rounding::Up a window that would begin behind the image and its leading pad is left
// out, as in PyTorch. Throws ShapeMismatch where the window does not fit once.
Extent output_extent(const kernels::Window& window, Extent input, Rounding rounding = Rounding::Down);

// Operator::reach() of a window that slides over an image n×h×w×c.
std::optional<Reach> window_reach(const kernels::Window& window, int height_axis, int width_axis);
// … and of an operator that keeps the pixels of such an image apart.
std::optional<Reach> pixelwise(int height_axis, int width_axis);
// The window with the padding that is left for a part of the image.
kernels::Window part_window(kernels::Window window, const Outside& outside);

// `kernel_shape` of a pool.
Extent read_kernel_shape(const NodeInfo& info);

// The attribute `name` as one value for each of `count` spatial axes; `fallback` everywhere when it is absent.
std::vector<std::int64_t> spatial_attribute(const NodeInfo& info, const char* name, std::size_t count,
                                            std::int64_t fallback, std::int64_t lowest);

// batch_axis() of operators that keep samples apart on axis 0 of input 0, all other inputs being shared.
std::optional<int> leading_batch_axis(std::span<const int> input_axes);

}  // namespace saliency::ops
