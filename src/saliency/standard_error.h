// How certain the mean of sampled maps is: the standard error of each pixel's mean, as a root mean square over the
// pixels, relative to that of the mean itself.
//   error² = Σ_pixels (mean of squares − mean²) / (n − 1)    relative: √(error² / Σ_pixels mean²)
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace saliency {

// `sums` and `squares`: of the samples' values and of their squares, by pixel.
inline double relative_standard_error(const std::vector<double>& sums, const std::vector<double>& squares,
                                      std::int64_t count) {
  if (count < 2) return 1;
  const auto n = static_cast<double>(count);
  double error = 0;
  double size = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const double mean = sums[i] / n;
    const double variance = squares[i] / n - mean * mean;
    if (variance > 0) error += variance / (n - 1);
    size += mean * mean;
  }
  return size == 0 ? 0 : std::sqrt(error / size);
}

// Fewer samples say nothing about their spread.
constexpr std::int64_t kFewestSamples = 4;

}  // namespace saliency
