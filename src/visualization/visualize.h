// Maps for eyes: from attributions to one number a pixel, and from those to colours.
//   grayscale  v = Σ_c |a|;  (v − min v) / (P − min v), clipped to [0, 1], P the percentile of v
//   diverging  v = Σ_c a;    v / P, clipped to [−1, 1], P the percentile of |v|; zero stays zero
// A map without contrast (constant, all zero) gives zeros.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/scalar.h"

namespace saliency {

// The attributions' layout: value (channel, pixel) is at channel · channel_stride + pixel · pixel_stride.
// {h, w, c}: channel_stride 1, pixel_stride c. {c, h, w}: channel_stride h·w, pixel_stride 1.
struct MapLayout {
  std::int64_t pixels = 0;
  std::int64_t channels = 1;
  std::int64_t channel_stride = 0;
  std::int64_t pixel_stride = 1;
};
MapLayout channels_last_map(std::int64_t height, std::int64_t width, std::int64_t channels);
MapLayout channels_first_map(std::int64_t channels, std::int64_t height, std::int64_t width);

enum class Compat { None, Pair };

// One value a pixel. Pair: zero lands on 0.5, the percentile is of the signed values, and what would be 0/0 is 0.
std::vector<Scalar> visualize_grayscale(std::span<const Scalar> map, const MapLayout& layout, double percentile = 99);
std::vector<Scalar> visualize_diverging(std::span<const Scalar> map, const MapLayout& layout, double percentile = 99,
                                        Compat compat = Compat::None);

// The value at rank (n − 1) · percentile / 100 of the sorted values, linearly interpolated. Throws InvalidOption
// outside of 0 … 100; 0 for no values.
double percentile_of(std::span<const double> values, double percentile);

}  // namespace saliency
