// Pools and softmax by XNNPACK, for what its operators can do: no winners, no windows beyond the padding (ceil_mode).
// Since 2023 these operators take their channels when they are reshaped; there the built-in kernels serve.
#include <limits>

#include "kernels/providers/xnnpack/xnnpack_api.h"
#include "kernels/providers/xnnpack/xnnpack_kernels.h"

namespace saliency::kernels::xnnpack {

#ifdef SALIENCY_XNNPACK_RESHAPE

bool max_pool(const Window&, const ImageSizes&, std::int64_t, const float*, float*) {
  return false;
}
bool average_pool(const Window&, const ImageSizes&, std::int64_t, Divisor, const float*, float*) {
  return false;
}
bool softmax(std::int64_t, std::int64_t, const float*, float*) {
  return false;
}

#else

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::uint32_t u32(std::int64_t size) {
  return static_cast<std::uint32_t>(size);
}
std::size_t count(std::int64_t size) {
  return static_cast<std::size_t>(size);
}

bool fits(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t dilation, std::int64_t stride,
          std::int64_t pads) {
  const std::int64_t span = (kernel - 1) * dilation + 1;
  return in + pads >= span && out == (in + pads - span) / stride + 1;
}

// Whether the output's sizes are those that XNNPACK computes.
bool fits(const Window& w, const ImageSizes& s) {
  return w.kernel_height * w.kernel_width > 1 &&
         fits(s.height, s.out_height, w.kernel_height, w.dilation_height, w.stride_height, w.pad_top + w.pad_bottom) &&
         fits(s.width, s.out_width, w.kernel_width, w.dilation_width, w.stride_width, w.pad_left + w.pad_right);
}

bool is_dilated(const Window& w) {
  return w.dilation_height > 1 || w.dilation_width > 1;
}

}  // namespace

bool max_pool(const Window& w, const ImageSizes& sizes, std::int64_t channels, const float* x, float* y) {
  // For a tap in the padding XNNPACK takes the nearest pixel, which a dilated window may not hold.
  if (!initialized() || !fits(w, sizes) || is_dilated(w)) return false;
  const Operator op = create(xnn_create_max_pooling2d_nhwc_f32, u32(w.pad_top), u32(w.pad_right), u32(w.pad_bottom),
                             u32(w.pad_left), u32(w.kernel_height), u32(w.kernel_width), u32(w.stride_height),
                             u32(w.stride_width), u32(w.dilation_height), u32(w.dilation_width), count(channels),
                             count(channels), count(channels), -kInfinity, kInfinity, std::uint32_t{0});
  return op &&
         set_up(xnn_setup_max_pooling2d_nhwc_f32, op.get(), x, y, count(sizes.batch), count(sizes.height),
                count(sizes.width)) &&
         run(op.get());
}

bool average_pool(const Window& w, const ImageSizes& sizes, std::int64_t channels, Divisor divisor, const float* x,
                  float* y) {
  const bool padded = w.pad_top + w.pad_left + w.pad_bottom + w.pad_right > 0;
  // XNNPACK divides by the taps inside of the image.
  if (!initialized() || !fits(w, sizes) || is_dilated(w) || (padded && divisor == Divisor::AllTaps)) return false;
  const Operator op =
      create(xnn_create_average_pooling2d_nhwc_f32, u32(w.pad_top), u32(w.pad_right), u32(w.pad_bottom),
             u32(w.pad_left), u32(w.kernel_height), u32(w.kernel_width), u32(w.stride_height), u32(w.stride_width),
             count(channels), count(channels), count(channels), -kInfinity, kInfinity, std::uint32_t{0});
  return op &&
         set_up(xnn_setup_average_pooling2d_nhwc_f32, op.get(), x, y, count(sizes.batch), count(sizes.height),
                count(sizes.width)) &&
         run(op.get());
}

bool softmax(std::int64_t rows, std::int64_t columns, const float* x, float* y) {
  if (!initialized()) return false;
  const Operator op =
      create(xnn_create_softmax_nc_f32, count(columns), count(columns), count(columns), std::uint32_t{0});
  return op && set_up(xnn_setup_softmax_nc_f32, op.get(), x, y, count(rows)) && run(op.get());
}

#endif

}  // namespace saliency::kernels::xnnpack
