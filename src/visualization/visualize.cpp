#include "visualization/visualize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "base/error.h"

namespace saliency {
namespace {

enum class Sign { Kept, Dropped };

std::vector<double> over_channels(std::span<const Scalar> map, const MapLayout& layout, Sign sign) {
  if (static_cast<std::int64_t>(map.size()) != layout.pixels * layout.channels) {
    throw Error(ErrorCode::ShapeMismatch,
                "the map has " + std::to_string(map.size()) + " values, expected " + std::to_string(layout.pixels) +
                    " pixels of " + std::to_string(layout.channels) + " channels",
                {.expected = std::to_string(layout.pixels * layout.channels) + " values",
                 .actual = std::to_string(map.size())});
  }
  std::vector<double> sums(static_cast<std::size_t>(layout.pixels));
  for (std::int64_t pixel = 0; pixel < layout.pixels; ++pixel) {
    double sum = 0;
    for (std::int64_t channel = 0; channel < layout.channels; ++channel) {
      const double value = map[static_cast<std::size_t>(channel * layout.channel_stride + pixel * layout.pixel_stride)];
      if (std::isfinite(value)) sum += sign == Sign::Kept ? value : std::fabs(value);
    }
    sums[static_cast<std::size_t>(pixel)] = sum;
  }
  return sums;
}

}  // namespace

MapLayout channels_last_map(std::int64_t height, std::int64_t width, std::int64_t channels) {
  return {.pixels = height * width, .channels = channels, .channel_stride = 1, .pixel_stride = channels};
}

MapLayout channels_first_map(std::int64_t channels, std::int64_t height, std::int64_t width) {
  return {.pixels = height * width, .channels = channels, .channel_stride = height * width, .pixel_stride = 1};
}

double percentile_of(std::span<const double> values, double percentile) {
  if (!(percentile >= 0 && percentile <= 100)) {
    throw Error(ErrorCode::InvalidOption, "the percentile is " + std::to_string(percentile) + ", expected 0 to 100",
                {.expected = "a number from 0 to 100", .actual = std::to_string(percentile)});
  }
  if (values.empty()) return 0;
  const double rank = static_cast<double>(values.size() - 1) * percentile / 100;
  const auto below = static_cast<std::ptrdiff_t>(rank);
  std::vector<double> sorted(values.begin(), values.end());
  std::nth_element(sorted.begin(), sorted.begin() + below, sorted.end());
  const double low = sorted[static_cast<std::size_t>(below)];
  if (below + 1 == static_cast<std::ptrdiff_t>(sorted.size())) return low;
  const double high = *std::min_element(sorted.begin() + below + 1, sorted.end());
  return low + (rank - static_cast<double>(below)) * (high - low);
}

std::vector<Scalar> visualize_grayscale(std::span<const Scalar> map, const MapLayout& layout, double percentile) {
  const std::vector<double> sums = over_channels(map, layout, Sign::Dropped);
  const double high = percentile_of(sums, percentile);
  const double low = sums.empty() ? 0 : *std::min_element(sums.begin(), sums.end());
  // Of a map that is zero but for less than the percentile's share, that share is shown.
  const double top = high > low ? high : sums.empty() ? 0 : *std::max_element(sums.begin(), sums.end());
  std::vector<Scalar> picture(sums.size(), 0);
  if (!(top > low)) return picture;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    picture[i] = static_cast<Scalar>(std::clamp((sums[i] - low) / (top - low), 0.0, 1.0));
  }
  return picture;
}

std::vector<Scalar> visualize_diverging(std::span<const Scalar> map, const MapLayout& layout, double percentile,
                                        Compat compat) {
  const std::vector<double> sums = over_channels(map, layout, Sign::Kept);
  std::vector<Scalar> picture(sums.size(), 0);
  if (compat == Compat::Pair) {
    const double span = std::fabs(percentile_of(sums, percentile));
    if (span == 0) return picture;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      picture[i] = static_cast<Scalar>(std::clamp((sums[i] + span) / (2 * span), -1.0, 1.0));
    }
    return picture;
  }
  std::vector<double> sizes;
  for (const double sum : sums) sizes.push_back(std::fabs(sum));
  double span = percentile_of(sizes, percentile);
  if (span == 0 && !sizes.empty()) span = *std::max_element(sizes.begin(), sizes.end());
  if (span == 0) return picture;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    picture[i] = static_cast<Scalar>(std::clamp(sums[i] / span, -1.0, 1.0));
  }
  return picture;
}

}  // namespace saliency
