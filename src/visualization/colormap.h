// Two colour maps that colour-blind people can read and that print in grey: lightness carries the order, and hue runs
// along the blue–yellow axis, which all common colour deficiencies leave. Made from a few points in CIELAB space whose
// lightness is evenly spaced, hence perceptually uniform; no tables.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/scalar.h"

namespace saliency {

using Rgb = std::array<std::uint8_t, 3>;

struct Colormap {
  std::string_view name;  // "ember" (sequential), "tide" (diverging), "gray"
  bool diverging;         // position −1 … 1 instead of 0 … 1
  std::array<Rgb, 256> colors;

  Rgb operator()(double position) const;  // clipped to the map's range
};

// Throws InvalidOption for an unknown name.
const Colormap& colormap(std::string_view name);
std::span<const std::string_view> colormap_names();

// RGBA bytes of a picture: one position a pixel.
std::vector<std::uint8_t> colorize(std::span<const Scalar> picture, const Colormap& colors);

// The coloured picture over an image (RGBA bytes, as many pixels): opacity 0 shows the image only, 1 the map only.
std::vector<std::uint8_t> overlay(std::span<const Scalar> picture, const Colormap& colors,
                                  std::span<const std::uint8_t> image, double opacity);

}  // namespace saliency
