// Pooling, four channels at a time. Gradients are gathered: each row of dx sums what its outputs give it, so that rows
// can be split among threads.
#include <algorithm>
#include <limits>

#include "kernels/parallel.h"
#include "kernels/simd/scratch.h"
#include "kernels/simd/simd.h"
#include "kernels/simd/simd_kernels.h"

namespace saliency::kernels::simd {
namespace {

constexpr std::int64_t kUnitValues = 1 << 14;  // values of a work unit that is worth waking a thread for
constexpr std::uint16_t kNoWinner = 0xffff;    // a window without any pixel of the image

// One direction of a window.
struct Axis {
  std::int64_t kernel, stride, dilation, pad, pad_end;
  std::int64_t in, out;  // sizes

  // Taps begin … end−1 of output o lie inside the image.
  std::int64_t begin(std::int64_t o) const {
    const std::int64_t before = pad - o * stride;
    return before <= 0 ? 0 : std::min(kernel, (before + dilation - 1) / dilation);
  }
  std::int64_t end(std::int64_t o) const {
    const std::int64_t room = in - 1 + pad - o * stride;
    return room < 0 ? 0 : std::min(kernel, room / dilation + 1);
  }
  std::int64_t position(std::int64_t o, std::int64_t k) const { return o * stride - pad + k * dilation; }

  // The output that meets input i through tap k; −1: none.
  std::int64_t output(std::int64_t i, std::int64_t k) const {
    const std::int64_t u = i + pad - k * dilation;
    if (u < 0 || u % stride != 0) return -1;
    return u / stride < out ? u / stride : -1;
  }

  // Taps that an average counts.
  std::int64_t counted(std::int64_t o, Divisor divisor) const {
    if (divisor == Divisor::ValidTaps) return std::max<std::int64_t>(0, end(o) - begin(o));
    const std::int64_t room = in - 1 + pad + pad_end - o * stride;
    return room < 0 ? 0 : std::min(kernel, room / dilation + 1);
  }
};

struct Axes {
  Axis y, x;

  Axes(const Window& w, const ImageSizes& s)
      : y{w.kernel_height, w.stride_height, w.dilation_height, w.pad_top, w.pad_bottom, s.height, s.out_height},
        x{w.kernel_width, w.stride_width, w.dilation_width, w.pad_left, w.pad_right, s.width, s.out_width} {}

  float weight(std::int64_t oy, std::int64_t ox, Divisor divisor) const {
    return 1.0f / static_cast<float>(std::max<std::int64_t>(1, y.counted(oy, divisor) * x.counted(ox, divisor)));
  }
};

// body(c, count) for each run of up to four channels.
template <class Body>
SALIENCY_INLINE void for_each_lanes(std::int64_t channels, const Body& body) {
  std::int64_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) body(c, std::integral_constant<int, kLanes>{});
  if (c < channels) body(c, static_cast<int>(channels - c));
}

// Whole vectors, and the rest of a pixel.
SALIENCY_INLINE F32x4 get(const float* p, std::integral_constant<int, kLanes>) {
  return load(p);
}
SALIENCY_INLINE F32x4 get(const float* p, int count) {
  return load_some(p, count);
}
SALIENCY_INLINE void put(float* p, F32x4 v, std::integral_constant<int, kLanes>) {
  store(p, v);
}
SALIENCY_INLINE void put(float* p, F32x4 v, int count) {
  store_some(p, v, count);
}
SALIENCY_INLINE I32x4 get(const std::uint16_t* p, std::integral_constant<int, kLanes>) {
  return load_u16(p);
}
SALIENCY_INLINE I32x4 get(const std::uint16_t* p, int count) {
  I32x4 v = splat(0);
  for (int i = 0; i < count; ++i) v[i] = p[i];
  return v;
}
SALIENCY_INLINE void put(std::uint16_t* p, I32x4 v, std::integral_constant<int, kLanes>) {
  store_u16(p, v);
}
SALIENCY_INLINE void put(std::uint16_t* p, I32x4 v, int count) {
  for (int i = 0; i < count; ++i) p[i] = static_cast<std::uint16_t>(v[i]);
}

// body(row index over all images, n, y)
template <class Body>
void parallel_rows(std::int64_t batch, std::int64_t height, std::int64_t row_values, const Body& body) {
  const std::int64_t grain = std::max<std::int64_t>(1, kUnitValues / std::max<std::int64_t>(1, row_values));
  parallel_for(batch * height, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) body(row, row / height, row % height);
  });
}

}  // namespace

void max_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, const float* x, float* y,
              std::uint16_t* winners) {
  const Axes axes(window, sizes);
  const std::int64_t in_row = sizes.width * channels, out_row = sizes.out_width * channels;
  parallel_rows(sizes.batch, sizes.out_height, out_row * window.kernel_height,
                [&](std::int64_t row, std::int64_t n, std::int64_t oy) {
                  const std::int64_t ky0 = axes.y.begin(oy), ky1 = axes.y.end(oy);
                  for (std::int64_t ox = 0; ox < sizes.out_width; ++ox) {
                    const std::int64_t kx0 = axes.x.begin(ox), kx1 = axes.x.end(ox);
                    const std::int64_t out = row * out_row + ox * channels;
                    if (ky0 >= ky1 || kx0 >= kx1) {
                      std::fill_n(y + out, channels, -std::numeric_limits<float>::infinity());
                      if (winners != nullptr) std::fill_n(winners + out, channels, kNoWinner);
                      continue;
                    }
                    const float* first = x + (n * sizes.height + axes.y.position(oy, ky0)) * in_row +
                                         axes.x.position(ox, kx0) * channels;
                    for_each_lanes(
                        channels, [&](std::int64_t c, auto count) __attribute__((always_inline)) {
                          F32x4 best = get(first + c, count);
                          I32x4 winner = splat(static_cast<std::int32_t>(ky0 * window.kernel_width + kx0));
                          const float* line = first + c;
                          for (std::int64_t ky = ky0; ky < ky1; ++ky, line += window.dilation_height * in_row) {
                            const float* pixel = line;
                            for (std::int64_t kx = kx0; kx < kx1; ++kx, pixel += window.dilation_width * channels) {
                              const F32x4 value = get(pixel, count);
                              const I32x4 wins = ~(value <= best) & (best == best);  // NOLINT: NaN differs from itself
                              best = select(wins, value, best);
                              const I32x4 tap = splat(static_cast<std::int32_t>(ky * window.kernel_width + kx));
                              winner = (tap & wins) | (winner & ~wins);
                            }
                          }
                          put(y + out + c, best, count);
                          if (winners != nullptr) put(winners + out + c, winner, count);
                        });
                  }
                });
}

void max_pool_gradient(const Window& window, const ImageSizes& sizes, std::int64_t channels, const float* dy,
                       const std::uint16_t* winners, float* dx) {
  const Axes axes(window, sizes);
  const std::int64_t in_row = sizes.width * channels, out_row = sizes.out_width * channels;
  // For each column of dx its outputs and the taps through which it meets them, one list after the other.
  struct Meeting {
    std::int32_t output, tap;
  };
  const std::int64_t most = std::min(window.kernel_width, sizes.out_width);
  Meeting* meetings = scratch<Meeting>(Slot::Pointers, sizes.width * most);
  std::int32_t* counts = scratch<std::int32_t>(Slot::Rows, sizes.width);
  for (std::int64_t w = 0; w < sizes.width; ++w) {
    counts[w] = 0;
    for (std::int64_t kx = 0; kx < window.kernel_width; ++kx) {
      const std::int64_t ox = axes.x.output(w, kx);
      if (ox < 0) continue;
      meetings[w * most + counts[w]++] = {static_cast<std::int32_t>(ox), static_cast<std::int32_t>(kx)};
    }
  }
  parallel_rows(sizes.batch, sizes.height, in_row, [&](std::int64_t row, std::int64_t n, std::int64_t h) {
    float* line = dx + row * in_row;
    bool first_row = true;
    for (std::int64_t ky = window.kernel_height; ky-- > 0;) {  // outputs from top to bottom
      const std::int64_t oy = axes.y.output(h, ky);
      if (oy < 0) continue;
      const std::int64_t out = (n * sizes.out_height + oy) * out_row;
      for (std::int64_t w = 0; w < sizes.width; ++w) {
        const Meeting* met = meetings + w * most;
        const std::int32_t count_met = counts[w];
        for_each_lanes(
            channels, [&](std::int64_t c, auto count) __attribute__((always_inline)) {
              float* to = line + w * channels + c;
              F32x4 sum = first_row ? zero() : get(to, count);
              for (std::int32_t i = 0; i < count_met; ++i) {
                const std::int64_t from = out + met[i].output * channels + c;
                const I32x4 tap = splat(static_cast<std::int32_t>(ky * window.kernel_width) + met[i].tap);
                sum += only_where(get(winners + from, count) == tap, get(dy + from, count));
              }
              put(to, sum, count);
            });
      }
      first_row = false;
    }
    if (first_row) std::fill_n(line, in_row, 0.0f);
  });
}

void average_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, Divisor divisor, const float* x,
                  float* y) {
  const Axes axes(window, sizes);
  const std::int64_t in_row = sizes.width * channels, out_row = sizes.out_width * channels;
  parallel_rows(sizes.batch, sizes.out_height, out_row * window.kernel_height,
                [&](std::int64_t row, std::int64_t n, std::int64_t oy) {
                  const std::int64_t ky0 = axes.y.begin(oy), ky1 = axes.y.end(oy);
                  for (std::int64_t ox = 0; ox < sizes.out_width; ++ox) {
                    const std::int64_t kx0 = axes.x.begin(ox), kx1 = axes.x.end(ox);
                    const std::int64_t first =
                        (n * sizes.height + axes.y.position(oy, ky0)) * in_row + axes.x.position(ox, kx0) * channels;
                    const F32x4 weight = splat(axes.weight(oy, ox, divisor));
                    for_each_lanes(
                        channels, [&](std::int64_t c, auto count) __attribute__((always_inline)) {
                          F32x4 sum = zero();
                          std::int64_t line = first + c;
                          for (std::int64_t ky = ky0; ky < ky1; ++ky, line += window.dilation_height * in_row) {
                            std::int64_t pixel = line;
                            for (std::int64_t kx = kx0; kx < kx1; ++kx, pixel += window.dilation_width * channels) {
                              sum += get(x + pixel, count);
                            }
                          }
                          put(y + row * out_row + ox * channels + c, sum * weight, count);
                        });
                  }
                });
}

void average_pool_gradient(const Window& window, const ImageSizes& sizes, std::int64_t channels, Divisor divisor,
                           const float* dy, float* dx) {
  const Axes axes(window, sizes);
  const std::int64_t in_row = sizes.width * channels, out_row = sizes.out_width * channels;
  parallel_rows(sizes.batch, sizes.height, in_row, [&](std::int64_t row, std::int64_t n, std::int64_t h) {
    float* line = dx + row * in_row;
    std::fill_n(line, in_row, 0.0f);
    for (std::int64_t ky = 0; ky < window.kernel_height; ++ky) {
      const std::int64_t oy = axes.y.output(h, ky);
      if (oy < 0) continue;
      for (std::int64_t ox = 0; ox < sizes.out_width; ++ox) {
        const float* from = dy + (n * sizes.out_height + oy) * out_row + ox * channels;
        const std::int64_t kx0 = axes.x.begin(ox), kx1 = axes.x.end(ox);
        const F32x4 weight = splat(axes.weight(oy, ox, divisor));
        for_each_lanes(
            channels, [&](std::int64_t c, auto count) __attribute__((always_inline)) {
              const F32x4 share = get(from + c, count) * weight;
              for (std::int64_t kx = kx0; kx < kx1; ++kx) {
                float* to = line + axes.x.position(ox, kx) * channels + c;
                put(to, get(to, count) + share, count);
              }
            });
      }
    }
  });
}

}  // namespace saliency::kernels::simd
