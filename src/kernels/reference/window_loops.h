// The two loops that every windowed primitive consists of.
#pragma once

#include <cstdint>

#include "kernels/kernels.h"

namespace saliency::kernels::reference {

// body(n, oy, ox, index of the output pixel)
template <class Body>
void for_each_output(const ImageSizes& sizes, const Body& body) {
  std::int64_t index = 0;
  for (std::int64_t n = 0; n < sizes.batch; ++n) {
    for (std::int64_t oy = 0; oy < sizes.out_height; ++oy) {
      for (std::int64_t ox = 0; ox < sizes.out_width; ++ox) body(n, oy, ox, index++);
    }
  }
}

// body(tap index ky·kw + kx, index of the input pixel), for the taps of one output that lie inside the image.
template <class Body>
void for_each_tap(const Window& window, const ImageSizes& sizes, std::int64_t n, std::int64_t oy, std::int64_t ox,
                  const Body& body) {
  for (std::int64_t ky = 0; ky < window.kernel_height; ++ky) {
    const std::int64_t y = oy * window.stride_height - window.pad_top + sizes.cut_top + ky * window.dilation_height;
    if (y < 0 || y >= sizes.height) continue;
    for (std::int64_t kx = 0; kx < window.kernel_width; ++kx) {
      const std::int64_t x = ox * window.stride_width - window.pad_left + sizes.cut_left + kx * window.dilation_width;
      if (x < 0 || x >= sizes.width) continue;
      body(ky * window.kernel_width + kx, (n * sizes.height + y) * sizes.width + x);
    }
  }
}

}  // namespace saliency::kernels::reference
