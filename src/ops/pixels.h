// Loops over n×…×c tensors whose spatial axes count as one: m pixels a sample.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/scalar.h"
#include "kernels/parallel.h"
#include "tensor/shape.h"

namespace saliency::ops {

struct PixelSizes {
  std::int64_t batch = 1, pixels = 1, channels = 1;
};

inline PixelSizes pixel_sizes(std::span<const std::int64_t> x) {
  const std::int64_t channels = x.back();
  return {x[0], element_count(x.subspan(1, x.size() - 2)), channels};
}

inline constexpr std::int64_t kChannelBlock = 32;  // channels that are summed together

// body(n, first, count): a block of channels of one sample. Sums over pixels are taken within.
template <class Body>
void for_each_channel_block(const PixelSizes& sizes, const Body& body) {
  const std::int64_t blocks = (sizes.channels + kChannelBlock - 1) / kChannelBlock;
  kernels::parallel_for(sizes.batch * blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t first = i % blocks * kChannelBlock;
      body(i / blocks, first, std::min(kChannelBlock, sizes.channels - first));
    }
  });
}

// body(pixel, at, channel_at): the pixel's index within its sample, its first value's offset in x, and that of its
// sample's first channel in an n×c tensor.
template <class Body>
void for_each_pixel(const PixelSizes& sizes, const Body& body) {
  constexpr std::int64_t kGrain = 256;
  kernels::parallel_for(sizes.batch * sizes.pixels, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      body(i % sizes.pixels, i * sizes.channels, i / sizes.pixels * sizes.channels);
    }
  });
}

// total[c] = Σ over the pixels of f(at, c) for a block of `count` channels; `at` counts from the block's first value.
// Runs of 64 pixels are added up first, then the runs, which keeps the error of float32 small.
template <class F>
void sum_pixels(const PixelSizes& sizes, std::int64_t count, const F& f, Scalar* total) {
  constexpr std::int64_t kRun = 64;
  std::fill_n(total, count, Scalar(0));
  for (std::int64_t start = 0; start < sizes.pixels; start += kRun) {
    Scalar partial[kChannelBlock] = {};
    const std::int64_t end = std::min(start + kRun, sizes.pixels);
    for (std::int64_t pixel = start; pixel < end; ++pixel) {
      const std::int64_t at = pixel * sizes.channels;
      for (std::int64_t c = 0; c < count; ++c) partial[c] += f(at + c, c);
    }
    for (std::int64_t c = 0; c < count; ++c) total[c] += partial[c];
  }
}

}  // namespace saliency::ops
