// Resampling along one axis: each output is a weighted sum of a few inputs. A sparse matrix, hence its own adjoint's
// transpose; the weights do not depend on the numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "base/scalar.h"

namespace saliency::ops {

// Row r has the taps begin[r] … begin[r+1]−1.
struct Taps {
  std::vector<std::int64_t> begin = {0};
  std::vector<std::int64_t> index;
  std::vector<Scalar> weight;

  std::int64_t rows() const { return static_cast<std::int64_t>(begin.size()) - 1; }
  void add(std::int64_t at, double factor);  // to the row that end_row() will close
  void end_row() { begin.push_back(static_cast<std::int64_t>(index.size())); }
};

Taps transposed(const Taps& taps, std::int64_t columns);
bool is_identity(const Taps& taps, std::int64_t columns);

// y[o, r, i] = Σ weight · x[o, index, i] for x: outer×columns×inner, y: outer×rows×inner
void apply(const Taps& taps, std::int64_t outer, std::int64_t columns, std::int64_t inner, const Scalar* x, Scalar* y);

enum class Interpolation { Nearest, Linear, Cubic };
enum class NearestRounding { RoundPreferFloor, RoundPreferCeil, Floor, Ceil };
enum class Coordinates {
  HalfPixel,
  HalfPixelSymmetric,
  PytorchHalfPixel,
  AlignCorners,
  Asymmetric,
  TfHalfPixelForNearest,
  TfCropAndResize,
};

struct ResampleRule {
  Interpolation interpolation = Interpolation::Nearest;
  Coordinates coordinates = Coordinates::HalfPixel;
  NearestRounding rounding = NearestRounding::RoundPreferFloor;
  double cubic_a = -0.75;
  bool exclude_outside = false;  // taps outside weigh nothing, instead of reading the edge
  bool antialias = false;        // the filter grows with the reduction
};

struct ResampleAxis {
  std::int64_t input = 1, output = 1;
  double scale = 1;                   // output / input, as the model states it
  double roi_start = 0, roi_end = 1;  // TfCropAndResize: parts of the input
};

// A row without taps lies outside of the input (TfCropAndResize only).
Taps resampling_taps(const ResampleRule& rule, const ResampleAxis& axis);

}  // namespace saliency::ops
