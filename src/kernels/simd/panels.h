// A constant matrix of depth×columns, packed for multiply_tile: panels of 8 columns, each depth×8 in one piece. A last
// panel of at most 4 columns is 4 wide; missing columns are 0. Where 12 divides the columns, panels may be 12 wide.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/simd/tile.h"

namespace saliency::kernels::simd {

constexpr int kWidePanel = 12;

inline std::int64_t padded_columns(std::int64_t columns) {
  return (columns + kPanelWidth - 1) / kPanelWidth * kPanelWidth;
}

class Panels {
 public:
  // value(k, column)
  template <class Value>
  Panels(std::int64_t depth, std::int64_t columns, const Value& value, int width = kPanelWidth)
      : depth_(depth), columns_(columns), width_(width) {
    data_.reserve(static_cast<std::size_t>(depth * ((columns + 3) / 4 * 4)));
    for (std::int64_t p = 0; p < count(); ++p) {
      for (std::int64_t k = 0; k < depth; ++k) {
        for (std::int64_t j = 0; j < width_of(p); ++j) {
          const std::int64_t column = p * width + j;
          data_.push_back(column < columns ? value(k, column) : 0.0f);
        }
      }
    }
  }

  std::int64_t depth() const { return depth_; }
  std::int64_t columns() const { return columns_; }
  std::int64_t count() const { return (columns_ + width_ - 1) / width_; }
  int width() const { return width_; }
  int width_of(std::int64_t p) const { return columns_ - p * width_ <= 4 ? 4 : width_; }
  const float* panel(std::int64_t p) const { return data_.data() + p * width_ * depth_; }

 private:
  std::int64_t depth_, columns_;
  int width_;
  std::vector<float> data_;
};

// Rows to be multiplied: taps × count pointers to floats of the panels' depth / taps.
struct TileRows {
  const float* const* rows;
  std::int64_t count, taps;
};

// outs[r][j] = clamp(start[j] + rows[r] · matrix[…][j]) for the columns of panels begin … end−1. start: as many floats
// as the panels have columns, rounded up to whole panels.
void multiply_rows(const Panels& matrix, std::int64_t begin, std::int64_t end, const TileRows& rows, const float* start,
                   const Clamp& clamp, float* const* outs);

// Panel p of the transpose of `matrix`, whose sizes are multiples of 8, made in `panel` (columns × 8 floats).
void transposed_panel(const Panels& matrix, std::int64_t p, float* panel);

}  // namespace saliency::kernels::simd
