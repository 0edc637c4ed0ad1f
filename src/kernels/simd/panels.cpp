#include "kernels/simd/panels.h"

#include "kernels/simd/simd.h"

namespace saliency::kernels::simd {

void multiply_rows(const Panels& matrix, std::int64_t begin, std::int64_t end, const TileRows& rows, const float* start,
                   const Clamp& clamp, float* const* outs) {
  const std::int64_t width = matrix.width();
  const bool wide = width == kWidePanel;
  Tile tile{rows.rows,
            static_cast<std::ptrdiff_t>(rows.count),
            static_cast<std::ptrdiff_t>(rows.taps),
            rows.taps == 0 ? 0 : static_cast<std::ptrdiff_t>(matrix.depth() / rows.taps),
            nullptr,
            nullptr,
            clamp.low,
            clamp.high,
            outs,
            0,
            0};
  for (std::int64_t p = begin; p < end;) {
    tile.panel = matrix.panel(p);
    tile.start = start + p * width;
    tile.out_offset = static_cast<std::ptrdiff_t>(p * width);
    if (rows.count == 1 && !wide) {
      const std::int64_t whole = std::min(end, matrix.columns() / width) - p;
      if (whole > 0) {
        const std::int64_t together = std::min<std::int64_t>(whole, 4);
        multiply_row(static_cast<int>(together), tile);
        p += together;
        continue;
      }
    }
    tile.columns = static_cast<int>(std::min(width, matrix.columns() - p * width));
    for (std::int64_t r = 0; r < rows.count;) {
      const std::int64_t left = rows.count - r;
      const int height = wide ? static_cast<int>(std::min<std::int64_t>(left, 3)) : next_tile(left);
      tile.rows = rows.rows + r;
      tile.out = outs + r;
      multiply_tile(height, matrix.width_of(p), tile);
      r += height;
    }
    tile.rows = rows.rows;
    tile.out = outs;
    ++p;
  }
}

void transposed_panel(const Panels& matrix, std::int64_t p, float* panel) {
  // Eight rows of the matrix become eight columns: of each of its panels a block of 8×8.
  for (std::int64_t q = 0; q < matrix.count(); ++q) {
    const float* from = matrix.panel(q) + p * kPanelWidth * kPanelWidth;
    float* to = panel + q * kPanelWidth * kPanelWidth;
    unrolled<2>([&](auto row) __attribute__((always_inline)) {
      unrolled<2>([&](auto column) __attribute__((always_inline)) {
        const float* block = from + row * kLanes * kPanelWidth + column * kLanes;
        F32x4 a = load(block), b = load(block + kPanelWidth), c = load(block + 2 * kPanelWidth),
              d = load(block + 3 * kPanelWidth);
        transpose_4x4(a, b, c, d);
        float* turned = to + column * kLanes * kPanelWidth + row * kLanes;
        store(turned, a);
        store(turned + kPanelWidth, b);
        store(turned + 2 * kPanelWidth, c);
        store(turned + 3 * kPanelWidth, d);
      });
    });
  }
}

}  // namespace saliency::kernels::simd
