#include "saliency/gaussian_blur.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace saliency {
namespace {

std::vector<double> taps(double sigma) {
  const auto radius = static_cast<std::int64_t>(4 * sigma + 0.5);
  std::vector<double> weights;
  double sum = 0;
  for (std::int64_t t = -radius; t <= radius; ++t) {
    const double distance = static_cast<double>(t);
    weights.push_back(sigma > 0 ? std::exp(-0.5 * distance * distance / (sigma * sigma)) : 1);
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

// One pass: `lines` lines of `length` values at `stride`, each starting where `start(line)` says.
template <class Start>
void blur_lines(std::vector<double>& image, std::int64_t lines, Start start, std::int64_t length, std::int64_t stride,
                double sigma, Edge edge) {
  const std::vector<double> weights = taps(sigma);
  const auto radius = static_cast<std::int64_t>(weights.size() / 2);
  if (radius == 0) return;
  // Zeros further out than the line is long meet no value.
  const std::int64_t reach = edge == Edge::Zero ? std::min(radius, length - 1) : radius;
  // The line with what lies outside of it, so that the inner loops have no cases and run over neighbours.
  std::vector<double> padded(static_cast<std::size_t>(length + 2 * reach));
  std::vector<double> sums(static_cast<std::size_t>(length));
  for (std::int64_t line = 0; line < lines; ++line) {
    double* values = image.data() + start(line);
    for (std::int64_t i = 0; i < length + 2 * reach; ++i) {
      const std::int64_t source = edge_index(i - reach, length, edge);
      padded[static_cast<std::size_t>(i)] = source < 0 ? 0 : values[source * stride];
    }
    std::fill(sums.begin(), sums.end(), 0);
    for (std::int64_t t = -reach; t <= reach; ++t) {
      const double weight = weights[static_cast<std::size_t>(t + radius)];
      const double* shifted = padded.data() + t + reach;
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += weight * shifted[i];
    }
    for (std::int64_t i = 0; i < length; ++i) values[i * stride] = sums[static_cast<std::size_t>(i)];
  }
}

}  // namespace

std::int64_t edge_index(std::int64_t index, std::int64_t size, Edge edge) {
  if (index >= 0 && index < size) return index;
  if (edge == Edge::Zero) return -1;
  if (edge == Edge::Nearest || size == 1) return index < 0 ? 0 : size - 1;
  const std::int64_t period = edge == Edge::Reflect ? 2 * size : 2 * size - 2;
  std::int64_t place = index % period;
  if (place < 0) place += period;
  if (place < size) return place;
  return edge == Edge::Reflect ? period - 1 - place : period - place;
}

std::vector<double> gaussian_blur(const std::vector<double>& image, const PixelGrid& grid, double sigma, Edge edge) {
  return gaussian_blur(image, grid, sigma, sigma, edge);
}

std::vector<double> gaussian_blur(const std::vector<double>& image, const PixelGrid& grid, double sigma_height,
                                  double sigma_width, Edge edge) {
  std::vector<double> result = image;
  const auto column = [&](std::int64_t line) { return grid.index(line / grid.width, 0, line % grid.width); };
  const auto row = [&](std::int64_t line) { return grid.index(line / grid.height, line % grid.height, 0); };
  blur_lines(result, grid.channels * grid.width, column, grid.height, grid.row_stride, sigma_height, edge);
  blur_lines(result, grid.channels * grid.height, row, grid.width, grid.column_stride, sigma_width, edge);
  return result;
}

}  // namespace saliency
