#include "saliency/resize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "saliency/gaussian_blur.h"
#include "saliency/pixel_grid.h"

namespace saliency {
namespace {

// The samples of one axis that an output place is made of; index −1 counts as zero.
struct Sample {
  std::array<std::int64_t, 4> index = {-1, -1, -1, -1};
  std::array<double, 4> weight = {};
};

// Zeros around the plane for the spline; z^12 of its recursion is negligible.
constexpr std::int64_t kSplinePad = 12;

std::vector<Sample> samples(std::int64_t in, std::int64_t out, Interpolation interpolation) {
  std::vector<Sample> result(static_cast<std::size_t>(out));
  const double factor = static_cast<double>(in) / static_cast<double>(out);
  for (std::int64_t i = 0; i < out; ++i) {
    Sample& sample = result[static_cast<std::size_t>(i)];
    const double centre = (static_cast<double>(i) + 0.5) * factor - 0.5;
    const auto below = static_cast<std::int64_t>(std::floor(centre));
    const double t = centre - static_cast<double>(below);
    switch (interpolation) {
      case Interpolation::Nearest:
        sample.index[0] = std::min(in - 1, static_cast<std::int64_t>(static_cast<double>(i) * factor));
        sample.weight[0] = 1;
        break;
      case Interpolation::NearestCentre:
        sample.index[0] = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(centre + 0.5)), 0, in - 1);
        sample.weight[0] = 1;
        break;
      case Interpolation::Bilinear:
      case Interpolation::BilinearMirror: {
        const Edge edge = interpolation == Interpolation::Bilinear ? Edge::Nearest : Edge::Mirror;
        sample.index = {edge_index(below, in, edge), edge_index(below + 1, in, edge), -1, -1};
        sample.weight = {1 - t, t, 0, 0};
        break;
      }
      case Interpolation::CubicSpline:
        for (std::int64_t k = 0; k < 4; ++k) sample.index[static_cast<std::size_t>(k)] = below - 1 + k + kSplinePad;
        sample.weight = {(1 - t) * (1 - t) * (1 - t) / 6, (4 - 6 * t * t + 3 * t * t * t) / 6,
                         (1 + 3 * t + 3 * t * t - 3 * t * t * t) / 6, t * t * t / 6};
        break;
    }
  }
  return result;
}

Plane transposed(const Plane& plane) {
  Plane result{plane.width, plane.height, std::vector<double>(plane.values.size())};
  for (std::int64_t row = 0; row < plane.height; ++row) {
    for (std::int64_t column = 0; column < plane.width; ++column) {
      result.values[static_cast<std::size_t>(column * plane.height + row)] =
          plane.values[static_cast<std::size_t>(row * plane.width + column)];
    }
  }
  return result;
}

// Coefficients of the cubic B-spline through the values of a row, with zeros around it: two recursive filters with the
// pole √3 − 2 (Unser, 1999).
std::vector<double> spline_row(const double* values, std::int64_t length) {
  const double pole = std::sqrt(3.0) - 2;
  std::vector<double> c(static_cast<std::size_t>(length + 2 * kSplinePad), 0);
  for (std::int64_t i = 0; i < length; ++i) c[static_cast<std::size_t>(i + kSplinePad)] = 6 * values[i];
  const std::size_t size = c.size();
  double first = 0;
  double power = 1;
  for (std::size_t k = 0; k < size; ++k, power *= pole) first += power * c[k];
  c[0] = first;
  for (std::size_t i = 1; i < size; ++i) c[i] += pole * c[i - 1];
  c[size - 1] = pole / (pole * pole - 1) * (c[size - 1] + pole * c[size - 2]);
  for (std::size_t i = size - 1; i-- > 0;) c[i] = pole * (c[i + 1] - c[i]);
  return c;
}

Plane rows_resized(const Plane& plane, std::int64_t width, Interpolation interpolation) {
  Plane result{plane.height, width, std::vector<double>(static_cast<std::size_t>(plane.height * width))};
  const std::vector<Sample> row_samples = samples(plane.width, width, interpolation);
  std::vector<double> coefficients;
  for (std::int64_t row = 0; row < plane.height; ++row) {
    const double* values = plane.values.data() + row * plane.width;
    if (interpolation == Interpolation::CubicSpline) {
      coefficients = spline_row(values, plane.width);
      values = coefficients.data();
    }
    for (std::int64_t i = 0; i < width; ++i) {
      const Sample& sample = row_samples[static_cast<std::size_t>(i)];
      double sum = 0;
      for (std::size_t k = 0; k < 4; ++k) {
        if (sample.index[k] >= 0) sum += sample.weight[k] * values[sample.index[k]];
      }
      result.values[static_cast<std::size_t>(row * width + i)] = sum;
    }
  }
  return result;
}

}  // namespace

Plane resized(const Plane& plane, std::int64_t height, std::int64_t width, Interpolation interpolation,
              std::optional<Bounds> bounds) {
  if (plane.values.empty()) return {height, width, std::vector<double>(static_cast<std::size_t>(height * width))};
  const bool as_skimage = interpolation == Interpolation::BilinearMirror || interpolation == Interpolation::CubicSpline;
  Plane source = plane;
  if (as_skimage) {
    const auto sigma = [](std::int64_t in, std::int64_t out) {
      return std::max(0.0, (static_cast<double>(in) / static_cast<double>(out) - 1) / 2);
    };
    const PixelGrid grid{.height = plane.height, .width = plane.width, .row_stride = plane.width};
    const Edge edge = interpolation == Interpolation::CubicSpline ? Edge::Zero : Edge::Mirror;
    source.values = gaussian_blur(source.values, grid, sigma(plane.height, height), sigma(plane.width, width), edge);
  }
  Plane result = rows_resized(transposed(rows_resized(source, width, interpolation)), height, interpolation);
  result = transposed(result);
  if (as_skimage) {
    if (!bounds) {
      const auto [low, high] = std::minmax_element(plane.values.begin(), plane.values.end());
      const auto [least, most] = std::minmax_element(result.values.begin(), result.values.end());
      bounds = Bounds{*low, *high};
      if (interpolation == Interpolation::CubicSpline && *least <= 0 && *most >= 0) {
        bounds = Bounds{std::min(*low, 0.0), std::max(*high, 0.0)};
      }
    }
    for (double& value : result.values) value = std::clamp(value, bounds->low, bounds->high);
  }
  return result;
}

}  // namespace saliency
