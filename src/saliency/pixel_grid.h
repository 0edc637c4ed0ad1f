// Where the pixels and channels of an input are, whatever its layout.
#pragma once

#include <cstdint>

#include "saliency/model.h"
#include "tensor/shape.h"

namespace saliency {

struct PixelGrid {
  std::int64_t channels = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;
  // Strides in values.
  std::int64_t channel_stride = 0;
  std::int64_t row_stride = 0;
  std::int64_t column_stride = 1;

  std::int64_t pixels() const { return height * width; }
  std::int64_t index(std::int64_t channel, std::int64_t row, std::int64_t column) const {
    return channel * channel_stride + row * row_stride + column * column_stride;
  }
  std::int64_t index(std::int64_t channel, std::int64_t pixel) const {
    return index(channel, pixel / width, pixel % width);
  }
};

// Rank 3 by the layout, rank 2 as height × width of one channel, rank 1 as one row. Throws ShapeMismatch otherwise;
// `who` needs the grid.
PixelGrid pixel_grid(const Shape& shape, InputLayout layout, const char* who);
inline PixelGrid pixel_grid(const Model& model, const char* who) {
  return pixel_grid(model.input_shape(), model.input_layout(), who);
}

}  // namespace saliency
