// Max and average pooling by their definitions.
#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/reference/window_loops.h"

namespace saliency::kernels::reference {
namespace {

constexpr std::uint16_t kNoWinner = 0xffff;  // a window without any pixel of the image

// Divisor of one output: its taps inside the image, or those inside the padded image.
std::int64_t divisor_at(const Window& window, const ImageSizes& sizes, Divisor divisor, std::int64_t oy,
                        std::int64_t ox) {
  const bool padded = divisor == Divisor::AllTaps;
  const auto taps = [](std::int64_t start, std::int64_t dilation, std::int64_t kernel, std::int64_t first,
                       std::int64_t end) {
    std::int64_t inside = 0;
    for (std::int64_t k = 0; k < kernel; ++k) {
      const std::int64_t at = start + k * dilation;
      inside += at >= first && at < end;
    }
    return inside;
  };
  const std::int64_t rows =
      taps(oy * window.stride_height - window.pad_top, window.dilation_height, window.kernel_height,
           padded ? -window.pad_top : 0, sizes.height + (padded ? window.pad_bottom : 0));
  const std::int64_t columns =
      taps(ox * window.stride_width - window.pad_left, window.dilation_width, window.kernel_width,
           padded ? -window.pad_left : 0, sizes.width + (padded ? window.pad_right : 0));
  return std::max<std::int64_t>(1, rows * columns);
}

}  // namespace

void max_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, const Scalar* x, Scalar* y,
              std::uint16_t* winners) {
  for_each_output(sizes, [&](std::int64_t n, std::int64_t oy, std::int64_t ox, std::int64_t out) {
    for (std::int64_t c = 0; c < channels; ++c) {
      Scalar best = -std::numeric_limits<Scalar>::infinity();
      std::uint16_t winner = kNoWinner;
      for_each_tap(window, sizes, n, oy, ox, [&](std::int64_t tap, std::int64_t in) {
        const Scalar value = x[in * channels + c];
        const bool best_is_number = best == best;
        if (winner == kNoWinner || (best_is_number && !(value <= best))) {
          best = value;
          winner = static_cast<std::uint16_t>(tap);
        }
      });
      y[out * channels + c] = best;
      if (winners != nullptr) winners[out * channels + c] = winner;
    }
  });
}

void max_pool_gradient(const Window& window, const ImageSizes& sizes, std::int64_t channels, const Scalar* dy,
                       const std::uint16_t* winners, Scalar* dx) {
  std::fill_n(dx, sizes.batch * sizes.height * sizes.width * channels, Scalar{0});
  for_each_output(sizes, [&](std::int64_t n, std::int64_t oy, std::int64_t ox, std::int64_t out) {
    for_each_tap(window, sizes, n, oy, ox, [&](std::int64_t tap, std::int64_t in) {
      for (std::int64_t c = 0; c < channels; ++c) {
        if (winners[out * channels + c] == tap) dx[in * channels + c] += dy[out * channels + c];
      }
    });
  });
}

void average_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, Divisor divisor,
                  const Scalar* x, Scalar* y) {
  std::vector<double> sum(static_cast<std::size_t>(channels));
  for_each_output(sizes, [&](std::int64_t n, std::int64_t oy, std::int64_t ox, std::int64_t out) {
    std::fill(sum.begin(), sum.end(), 0.0);
    for_each_tap(window, sizes, n, oy, ox, [&](std::int64_t, std::int64_t in) {
      for (std::int64_t c = 0; c < channels; ++c) sum[c] += double{x[in * channels + c]};
    });
    const double count = static_cast<double>(divisor_at(window, sizes, divisor, oy, ox));
    for (std::int64_t c = 0; c < channels; ++c) y[out * channels + c] = static_cast<Scalar>(sum[c] / count);
  });
}

void average_pool_gradient(const Window& window, const ImageSizes& sizes, std::int64_t channels, Divisor divisor,
                           const Scalar* dy, Scalar* dx) {
  std::fill_n(dx, sizes.batch * sizes.height * sizes.width * channels, Scalar{0});
  for_each_output(sizes, [&](std::int64_t n, std::int64_t oy, std::int64_t ox, std::int64_t out) {
    const Scalar count = static_cast<Scalar>(divisor_at(window, sizes, divisor, oy, ox));
    for_each_tap(window, sizes, n, oy, ox, [&](std::int64_t, std::int64_t in) {
      for (std::int64_t c = 0; c < channels; ++c) dx[in * channels + c] += dy[out * channels + c] / count;
    });
  });
}

}  // namespace saliency::kernels::reference
