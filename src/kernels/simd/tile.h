// The innermost product: a tile of output rows × one panel of packed columns, kept in registers.
//   out[r][j] = clamp(start[j] + Σ_t Σ_k rows[t][r][k] · panel[t·depth + k][j])
// A row is a pixel, a column an output channel, a tap t one position of the filter: rows are given by pointers, one a
// tap and row, so that strides, padding (a row of zeros) and dilation cost nothing (Dukhan, "The Indirect Convolution
// Algorithm", 2019). Every sum runs over t and k in order, whatever the tile's size.
#pragma once

#include <cstddef>
#include <cstdint>

namespace saliency::kernels::simd {

// V8 on x86-64 gives 15 vector registers: 6×8 + 2 columns + 1 row with fused multiply-add; without it each product
// needs a register of its own, and 4×8 is faster.
constexpr int kMaxTileRows = 6;
constexpr int kPanelWidth = 8;

struct Tile {
  const float* const* rows;  // taps × row_step pointers to `depth` floats each
  std::ptrdiff_t row_step;   // pointers from one tap to the next
  std::ptrdiff_t taps;
  std::ptrdiff_t depth;
  const float* panel;  // taps·depth × panel width
  const float* start;  // panel width
  float low, high;     // limits of the clamp
  float* const* out;   // one pointer a row
  std::ptrdiff_t out_offset;
  int columns;  // valid columns, at most the panel's width
};

// rows: 1 … 6 for panels of 4 and 8 columns, 1 … 3 for panels of 12 columns.
void multiply_tile(int rows, int panel_width, const Tile& tile);

// One row times `panels` panels of 8 columns; from one panel to the next are taps·depth·8 floats. Memory-bound: it
// reads several panels side by side.
void multiply_row(int panels, const Tile& tile);

// Rows of the best tile on this machine: 6, or 4 where madd() is a product and a sum.
int tile_rows();

// Rows of the next tile when `left` are left.
int next_tile(std::int64_t left);

}  // namespace saliency::kernels::simd
