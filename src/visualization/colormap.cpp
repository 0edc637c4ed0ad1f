#include "visualization/colormap.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "base/error.h"

namespace saliency {
namespace {

using Lab = std::array<double, 3>;  // lightness 0 … 100, a (green to red), b (blue to yellow)

std::uint8_t to_byte(double linear) {
  const double clipped = std::clamp(linear, 0.0, 1.0);
  const double encoded = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * std::pow(clipped, 1 / 2.4) - 0.055;
  return static_cast<std::uint8_t>(std::lround(255 * encoded));
}

// https://www.w3.org/TR/css-color-4/#color-conversion-code, with D65, the white of sRGB, throughout.
Rgb to_rgb(const Lab& lab) {
  const double fy = (lab[0] + 16) / 116;
  const std::array<double, 3> f = {fy + lab[1] / 500, fy, fy - lab[2] / 200};
  constexpr std::array<double, 3> kWhite = {0.95047, 1, 1.08883};
  std::array<double, 3> xyz = {};
  for (std::size_t i = 0; i < 3; ++i) {
    const double cube = f[i] * f[i] * f[i];
    xyz[i] = kWhite[i] * (cube > 216.0 / 24389 ? cube : (116 * f[i] - 16) / (24389.0 / 27));
  }
  return {to_byte(3.2404542 * xyz[0] - 1.5371385 * xyz[1] - 0.4985314 * xyz[2]),
          to_byte(-0.969266 * xyz[0] + 1.8760108 * xyz[1] + 0.041556 * xyz[2]),
          to_byte(0.0556434 * xyz[0] - 0.2040259 * xyz[1] + 1.0572252 * xyz[2])};
}

Colormap through(std::string_view name, bool diverging, std::span<const Lab> points) {
  Colormap map{name, diverging, {}};
  for (std::size_t i = 0; i < map.colors.size(); ++i) {
    const double at = static_cast<double>(i * (points.size() - 1)) / static_cast<double>(map.colors.size() - 1);
    const std::size_t from = std::min(static_cast<std::size_t>(at), points.size() - 2);
    const double part = at - static_cast<double>(from);
    Lab mixed = {};
    for (std::size_t c = 0; c < 3; ++c) mixed[c] = points[from][c] + (points[from + 1][c] - points[from][c]) * part;
    map.colors[i] = to_rgb(mixed);
  }
  return map;
}

constexpr std::string_view kNames[] = {"ember", "tide", "gray"};

const std::array<Colormap, 3>& colormaps() {
  static const std::array<Colormap, 3> kMaps = [] {
    constexpr Lab kEmber[] = {{4, 3, -10}, {22, 26, -38}, {40, 46, -18}, {58, 50, 26}, {76, 18, 58}, {94, -6, 34}};
    constexpr Lab kTide[] = {{34, 12, -50}, {65, -6, -34}, {96, 0, 0}, {65, 32, 44}, {34, 42, 38}};
    constexpr Lab kGray[] = {{0, 0, 0}, {100, 0, 0}};
    return std::array<Colormap, 3>{through("ember", false, kEmber), through("tide", true, kTide),
                                   through("gray", false, kGray)};
  }();
  return kMaps;
}

void check_sizes(std::size_t pixels, std::size_t bytes) {
  if (bytes == 4 * pixels) return;
  throw Error(ErrorCode::ShapeMismatch,
              "the image has " + std::to_string(bytes) + " bytes, the picture's " + std::to_string(pixels) +
                  " pixels need " + std::to_string(4 * pixels) + " (RGBA)",
              {.expected = std::to_string(4 * pixels) + " bytes", .actual = std::to_string(bytes) + " bytes"});
}

}  // namespace

Rgb Colormap::operator()(double position) const {
  const double unit = diverging ? (position + 1) / 2 : position;
  const double clipped = unit > 0 ? std::min(unit, 1.0) : 0;  // NaN becomes the lowest
  return colors[static_cast<std::size_t>(std::lround(clipped * static_cast<double>(colors.size() - 1)))];
}

const Colormap& colormap(std::string_view name) {
  for (const Colormap& map : colormaps()) {
    if (map.name == name) return map;
  }
  throw Error(ErrorCode::InvalidOption, "unknown colour map '" + std::string(name) + "', expected ember, tide or gray",
              {.expected = "ember, tide or gray", .actual = std::string(name)});
}

std::span<const std::string_view> colormap_names() {
  return kNames;
}

std::vector<std::uint8_t> colorize(std::span<const Scalar> picture, const Colormap& colors) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(4 * picture.size());
  for (const Scalar position : picture) {
    const Rgb rgb = colors(position);
    bytes.insert(bytes.end(), {rgb[0], rgb[1], rgb[2], 255});
  }
  return bytes;
}

std::vector<std::uint8_t> overlay(std::span<const Scalar> picture, const Colormap& colors,
                                  std::span<const std::uint8_t> image, double opacity) {
  check_sizes(picture.size(), image.size());
  if (!(opacity >= 0 && opacity <= 1)) {
    throw Error(ErrorCode::InvalidOption, "the opacity is " + std::to_string(opacity) + ", expected 0 to 1",
                {.expected = "a number from 0 to 1", .actual = std::to_string(opacity)});
  }
  std::vector<std::uint8_t> bytes = colorize(picture, colors);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const double mixed = opacity * bytes[i] + (1 - opacity) * image[i];
    bytes[i] = static_cast<std::uint8_t>(std::lround(mixed));
  }
  return bytes;
}

}  // namespace saliency
