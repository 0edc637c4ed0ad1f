// A grid of cells, resized bilinearly to an image, and the adjoint of that: what a mask that is optimised at a low
// resolution needs.
//   plane = rows · cells · columnsᵀ     cells' = rowsᵀ · plane' · columns
#pragma once

#include <cstdint>
#include <vector>

namespace saliency {

class Upsampling {
 public:
  Upsampling(std::int64_t cell_rows, std::int64_t cell_columns, std::int64_t height, std::int64_t width);

  std::int64_t cell_rows() const { return cell_rows_; }
  std::int64_t cell_columns() const { return cell_columns_; }

  std::vector<double> forward(const std::vector<double>& cells) const;   // → height × width
  std::vector<double> backward(const std::vector<double>& plane) const;  // → cell rows × cell columns

 private:
  std::int64_t cell_rows_;
  std::int64_t cell_columns_;
  std::int64_t height_;
  std::int64_t width_;
  std::vector<double> rows_;     // height × cell rows
  std::vector<double> columns_;  // width × cell columns
};

}  // namespace saliency
