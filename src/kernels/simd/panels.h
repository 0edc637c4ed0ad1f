// A constant matrix of depth×columns, packed for multiply_tile: panels of 8 columns, each depth×8 in one piece. A last
// panel of at most 4 columns is 4 wide; missing columns are 0.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/simd/tile.h"

namespace saliency::kernels::simd {

inline std::int64_t padded_columns(std::int64_t columns) {
  return (columns + kPanelWidth - 1) / kPanelWidth * kPanelWidth;
}

class Panels {
 public:
  // value(k, column)
  template <class Value>
  Panels(std::int64_t depth, std::int64_t columns, const Value& value) : depth_(depth), columns_(columns) {
    data_.reserve(static_cast<std::size_t>(depth * ((columns + 3) / 4 * 4)));
    for (std::int64_t p = 0; p < count(); ++p) {
      for (std::int64_t k = 0; k < depth; ++k) {
        for (std::int64_t j = 0; j < width(p); ++j) {
          const std::int64_t column = p * kPanelWidth + j;
          data_.push_back(column < columns ? value(k, column) : 0.0f);
        }
      }
    }
  }

  std::int64_t depth() const { return depth_; }
  std::int64_t columns() const { return columns_; }
  std::int64_t count() const { return (columns_ + kPanelWidth - 1) / kPanelWidth; }
  int width(std::int64_t p) const { return columns_ - p * kPanelWidth <= 4 ? 4 : kPanelWidth; }
  const float* panel(std::int64_t p) const { return data_.data() + p * kPanelWidth * depth_; }

 private:
  std::int64_t depth_, columns_;
  std::vector<float> data_;
};

// Panel p of the transpose of `matrix`, whose sizes are multiples of 8, made in `panel` (columns × 8 floats).
void transposed_panel(const Panels& matrix, std::int64_t p, float* panel);

}  // namespace saliency::kernels::simd
