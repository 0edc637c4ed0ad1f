#include "saliency/segments.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "base/error.h"
#include "saliency/resize.h"
#include "tensor/shape.h"

namespace saliency {

std::vector<Labels> xrai_labels(const std::vector<Scalar>& image, const PixelGrid& grid,
                                const std::vector<double>& scales) {
  constexpr std::int64_t kSide = 224;
  const auto [low, high] = std::minmax_element(image.begin(), image.end());
  const double range = static_cast<double>(*high) - static_cast<double>(*low);
  const PixelGrid square{
      .channels = grid.channels, .height = kSide, .width = kSide, .channel_stride = kSide * kSide, .row_stride = kSide};
  std::vector<double> scaled;
  for (std::int64_t channel = 0; channel < grid.channels; ++channel) {
    Plane plane{grid.height, grid.width, {}};
    for (std::int64_t pixel = 0; pixel < grid.pixels(); ++pixel) {
      const double value = image[static_cast<std::size_t>(grid.index(channel, pixel))];
      plane.values.push_back(range > 0 ? (value - static_cast<double>(*low)) * (2 / range) - 1 : 0);
    }
    const Plane small = resized(plane, kSide, kSide, Interpolation::CubicSpline, Bounds{-1, 1});
    scaled.insert(scaled.end(), small.values.begin(), small.values.end());
  }
  std::vector<Labels> result;
  for (const Labels& labels : felzenszwalb(scaled, square, scales, {.sigma = 0.8, .min_size = 150})) {
    const Plane small{kSide, kSide, std::vector<double>(labels.begin(), labels.end())};
    const Plane large = resized(small, grid.height, grid.width, Interpolation::NearestCentre);
    result.emplace_back(large.values.begin(), large.values.end());
  }
  return result;
}

std::vector<Region> xrai_regions(const std::vector<Scalar>& image, const PixelGrid& grid) {
  constexpr std::int64_t kRadius = 5;
  std::vector<Region> regions;
  for (const Labels& labels : xrai_labels(image, grid, {50, 100, 150, 250, 500, 1200})) {
    for (const Region& region : regions_of(labels)) {
      regions.push_back(dilated(region, grid.height, grid.width, kRadius));
    }
  }
  return regions;
}

std::vector<Region> regions_of(const Labels& labels) {
  if (labels.empty()) return {};
  const auto [lowest, highest] = std::minmax_element(labels.begin(), labels.end());
  std::vector<Region> regions(static_cast<std::size_t>(*highest - *lowest + 1));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    regions[static_cast<std::size_t>(labels[i] - *lowest)].push_back(static_cast<std::int32_t>(i));
  }
  return regions;
}

Region dilated(const Region& region, std::int64_t height, std::int64_t width, std::int64_t radius) {
  std::vector<char> inside(static_cast<std::size_t>(height * width), 0);
  for (const std::int32_t pixel : region) inside[static_cast<std::size_t>(pixel)] = 1;
  std::vector<char> grown = inside;
  const auto at = [&](std::int64_t row, std::int64_t column) {
    return row >= 0 && row < height && column >= 0 && column < width &&
           inside[static_cast<std::size_t>(row * width + column)] != 0;
  };
  for (const std::int32_t pixel : region) {
    const std::int64_t row = pixel / width;
    const std::int64_t column = pixel % width;
    // What a pixel in the middle reaches outside, one on the border reaches too.
    if (at(row - 1, column) && at(row + 1, column) && at(row, column - 1) && at(row, column + 1)) continue;
    for (std::int64_t y = std::max<std::int64_t>(0, row - radius); y <= std::min(height - 1, row + radius); ++y) {
      for (std::int64_t x = std::max<std::int64_t>(0, column - radius); x <= std::min(width - 1, column + radius);
           ++x) {
        if ((y - row) * (y - row) + (x - column) * (x - column) > radius * radius) continue;
        grown[static_cast<std::size_t>(y * width + x)] = 1;
      }
    }
  }
  Region result;
  for (std::size_t i = 0; i < grown.size(); ++i) {
    if (grown[i] != 0) result.push_back(static_cast<std::int32_t>(i));
  }
  return result;
}

std::vector<Region> given_regions(const Tensor& tensor, const PixelGrid& grid) {
  const bool masks = tensor.shape.size() == 3;
  const std::size_t first = masks ? 1 : 0;
  if ((tensor.shape.size() != 2 && !masks) || tensor.shape[first] != grid.height ||
      tensor.shape[first + 1] != grid.width) {
    const std::string size = std::to_string(grid.height) + ", " + std::to_string(grid.width) + "]";
    throw Error(ErrorCode::ShapeMismatch,
                "option 'segments' has shape " + to_string(tensor.shape) + ", expected labels [" + size +
                    " or masks [n, " + size,
                {.expected = "[" + size + " or [n, " + size, .actual = to_string(tensor.shape)});
  }
  if (masks) {
    std::vector<Region> regions(static_cast<std::size_t>(tensor.shape[0]));
    const auto pixels = static_cast<std::size_t>(grid.pixels());
    for (std::size_t i = 0; i < tensor.data.size(); ++i) {
      if (tensor.data[i] != 0) regions[i / pixels].push_back(static_cast<std::int32_t>(i % pixels));
    }
    return regions;
  }
  Labels labels;
  for (const Scalar value : tensor.data) {
    if (!(value >= 0 && value < 65536)) {
      throw Error(ErrorCode::InvalidOption, "option 'segments' holds the label " + std::to_string(value),
                  {.expected = "labels from 0 to 65535", .actual = std::to_string(value)});
    }
    labels.push_back(static_cast<std::int32_t>(value));
  }
  return regions_of(labels);
}

}  // namespace saliency
