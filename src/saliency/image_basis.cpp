#include "saliency/image_basis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace saliency {
namespace {

constexpr double kPi = 3.14159265358979323846;

// Columns: 1 · (1, 1, 1)/√3, 0.27 · (1, 0, −1)/√2, 0.13 · (1, −2, 1)/√6.
constexpr std::array<std::array<double, 3>, 3> kColors = {{
    {0.57735026918962576, 0.19091883092036785, 0.053072277760301906},
    {0.57735026918962576, 0, -0.10614455552060381},
    {0.57735026918962576, -0.19091883092036785, 0.053072277760301906},
}};

// Row k: 1/√n, then √(2/n) cos and sin of rising frequencies, and (−1)^x/√n where n is even.
std::int64_t frequency(std::int64_t k) {
  return (k + 1) / 2;
}
std::vector<double> fourier_basis(std::int64_t n) {
  std::vector<double> rows(static_cast<std::size_t>(n * n));
  const auto size = static_cast<double>(n);
  for (std::int64_t k = 0; k < n; ++k) {
    const bool single = k == 0 || 2 * frequency(k) == n;
    const double height = std::sqrt((single ? 1 : 2) / size);
    for (std::int64_t x = 0; x < n; ++x) {
      const double angle = 2 * kPi * static_cast<double>(frequency(k) * x % n) / size;
      rows[static_cast<std::size_t>(k * n + x)] = height * (k % 2 == 1 || k == 0 ? std::cos(angle) : std::sin(angle));
    }
  }
  return rows;
}

enum class Side { Plain, Transposed };

// Post: result = A · b of an n×n matrix A (or its transpose) and an n×m matrix b.
std::vector<double> product(const std::vector<double>& a, Side side, std::int64_t n, const std::vector<double>& b,
                            std::int64_t m) {
  std::vector<double> result(static_cast<std::size_t>(n * m));
  for (std::int64_t i = 0; i < n; ++i) {
    double* to = result.data() + i * m;
    for (std::int64_t k = 0; k < n; ++k) {
      const double factor = a[static_cast<std::size_t>(side == Side::Plain ? i * n + k : k * n + i)];
      const double* from = b.data() + k * m;
      for (std::int64_t j = 0; j < m; ++j) to[j] += factor * from[j];
    }
  }
  return result;
}

std::vector<double> transposed(const std::vector<double>& a, std::int64_t rows, std::int64_t columns) {
  std::vector<double> result(a.size());
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      result[static_cast<std::size_t>(j * rows + i)] = a[static_cast<std::size_t>(i * columns + j)];
    }
  }
  return result;
}

}  // namespace

ImageBasis::ImageBasis(Space space, const PixelGrid& grid, ValueRange range)
    : space_(space), grid_(grid), range_(std::move(range)) {
  if (space_ == Space::Pixel) return;
  rows_ = fourier_basis(grid.height);
  columns_ = fourier_basis(grid.width);
  const double least = 1.0 / static_cast<double>(std::max(grid.height, grid.width));
  for (std::int64_t y = 0; y < grid.height; ++y) {
    for (std::int64_t x = 0; x < grid.width; ++x) {
      const double down = static_cast<double>(frequency(y)) / static_cast<double>(grid.height);
      const double right = static_cast<double>(frequency(x)) / static_cast<double>(grid.width);
      scale_.push_back(1 / (4 * std::max(std::sqrt(down * down + right * right), least)));
    }
  }
}

// One plane after the other, whatever the image's layout.
std::vector<double> ImageBasis::planes(const std::vector<double>& parameters) const {
  if (space_ == Space::Pixel) return parameters;
  const auto pixels = static_cast<std::size_t>(grid_.pixels());
  std::vector<double> result;
  for (std::size_t first = 0; first < parameters.size(); first += pixels) {
    std::vector<double> plane(pixels);
    for (std::size_t i = 0; i < pixels; ++i) plane[i] = parameters[first + i] * scale_[i];
    plane = product(rows_, Side::Transposed, grid_.height, plane, grid_.width);
    plane =
        product(columns_, Side::Transposed, grid_.width, transposed(plane, grid_.height, grid_.width), grid_.height);
    plane = transposed(plane, grid_.width, grid_.height);
    result.insert(result.end(), plane.begin(), plane.end());
  }
  return result;
}

std::vector<Scalar> ImageBasis::image(const std::vector<double>& parameters) const {
  const std::vector<double> flat = planes(parameters);
  std::vector<Scalar> result(size());
  for (std::int64_t pixel = 0; pixel < grid_.pixels(); ++pixel) {
    for (std::int64_t channel = 0; channel < grid_.channels; ++channel) {
      const auto c = static_cast<std::size_t>(channel);
      const auto plane = [&](std::int64_t k) { return flat[static_cast<std::size_t>(k * grid_.pixels() + pixel)]; };
      double color = plane(channel);
      if (grid_.channels == 3) color = kColors[c][0] * plane(0) + kColors[c][1] * plane(1) + kColors[c][2] * plane(2);
      const double share = 1 / (1 + std::exp(-color));
      const double black = range_.black[c];
      result[static_cast<std::size_t>(grid_.index(channel, pixel))] =
          static_cast<Scalar>(black + (static_cast<double>(range_.white[c]) - black) * share);
    }
  }
  return result;
}

// Of the logistic function, from its value: (white − black) · share · (1 − share).
double ImageBasis::slope(std::size_t channel, double value) const {
  const double black = range_.black[channel];
  const double width = static_cast<double>(range_.white[channel]) - black;
  const double share = width == 0 ? 0 : (value - black) / width;
  return width * share * (1 - share);
}

std::vector<double> ImageBasis::pull_back(const std::vector<Scalar>& image,
                                          std::span<const double> image_gradient) const {
  std::vector<double> flat(size());
  for (std::int64_t pixel = 0; pixel < grid_.pixels(); ++pixel) {
    for (std::int64_t channel = 0; channel < grid_.channels; ++channel) {
      const auto c = static_cast<std::size_t>(channel);
      const auto i = static_cast<std::size_t>(grid_.index(channel, pixel));
      const double color = image_gradient[i] * slope(c, image[i]);
      const auto plane = [&](std::int64_t k) -> double& {
        return flat[static_cast<std::size_t>(k * grid_.pixels() + pixel)];
      };
      if (grid_.channels != 3) {
        plane(channel) += color;
        continue;
      }
      for (std::int64_t k = 0; k < 3; ++k) plane(k) += kColors[c][static_cast<std::size_t>(k)] * color;
    }
  }
  if (space_ == Space::Pixel) return flat;
  const auto pixels = static_cast<std::size_t>(grid_.pixels());
  std::vector<double> result;
  for (std::size_t first = 0; first < flat.size(); first += pixels) {
    const auto begin = flat.begin() + static_cast<std::ptrdiff_t>(first);
    std::vector<double> plane(begin, begin + static_cast<std::ptrdiff_t>(pixels));
    plane = product(rows_, Side::Plain, grid_.height, plane, grid_.width);
    plane = product(columns_, Side::Plain, grid_.width, transposed(plane, grid_.height, grid_.width), grid_.height);
    plane = transposed(plane, grid_.width, grid_.height);
    for (std::size_t i = 0; i < pixels; ++i) result.push_back(plane[i] * scale_[i]);
  }
  return result;
}

}  // namespace saliency
