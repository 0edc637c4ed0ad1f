// Transposition. Axes of size 1 are dropped and axes that stay together are merged first; what remains is nearly
// always a copy, rows that move as a whole, or a stack of matrices to transpose (NCHW ↔ NHWC).
#include <algorithm>
#include <cstring>

#include "kernels/parallel.h"
#include "kernels/simd/simd.h"
#include "kernels/simd/simd_kernels.h"

namespace saliency::kernels::simd {
namespace {

constexpr int kMaxRank = 8;
constexpr std::int64_t kUnitValues = 1 << 14;

// The axes of the output, outermost first.
struct Axis {
  std::int64_t size;
  std::int64_t stride;  // in the input
};
struct Simplified {
  int rank = 0;
  Axis axes[kMaxRank] = {};
};

Simplified simplify(int rank, const std::int64_t* shape, const int* permutation) {
  std::int64_t strides[kMaxRank];
  std::int64_t count = 1;
  for (int axis = rank - 1; axis >= 0; --axis) {
    strides[axis] = count;
    count *= shape[axis];
  }
  Simplified s;
  for (int i = 0; i < rank; ++i) {
    const Axis axis{shape[permutation[i]], strides[permutation[i]]};
    if (axis.size == 1) continue;
    if (s.rank > 0 && s.axes[s.rank - 1].stride == axis.size * axis.stride) {
      s.axes[s.rank - 1] = {s.axes[s.rank - 1].size * axis.size, axis.stride};
    } else {
      s.axes[s.rank++] = axis;
    }
  }
  return s;
}

// y[j][i] = x[i][j] for rows×columns numbers of x, whose rows are x_step apart, those of y y_step.
void transpose_matrix(std::int64_t rows, std::int64_t columns, const float* x, std::int64_t x_step, float* y,
                      std::int64_t y_step) {
  std::int64_t i = 0;
  for (; i + kLanes <= rows; i += kLanes) {
    const float* from = x + i * x_step;
    std::int64_t j = 0;
    for (; j + kLanes <= columns; j += kLanes) {
      F32x4 a = load(from + j), b = load(from + x_step + j), c = load(from + 2 * x_step + j),
            d = load(from + 3 * x_step + j);
      transpose_4x4(a, b, c, d);
      float* to = y + j * y_step + i;
      store(to, a);
      store(to + y_step, b);
      store(to + 2 * y_step, c);
      store(to + 3 * y_step, d);
    }
    for (; j < columns; ++j) {
      float* to = y + j * y_step + i;
      for (int r = 0; r < kLanes; ++r) to[r] = from[r * x_step + j];
    }
  }
  for (; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) y[j * y_step + i] = x[i * x_step + j];
  }
}

// Matrices in blocks, so that the lines that a block writes stay in cache until they are full.
void transpose_matrices(std::int64_t matrices, std::int64_t matrix_step, std::int64_t rows, std::int64_t columns,
                        const float* x, float* y) {
  constexpr std::int64_t kBlock = 64;
  const std::int64_t blocks = (columns + kBlock - 1) / kBlock;
  const std::int64_t grain = std::max<std::int64_t>(1, kUnitValues / (kBlock * rows));
  parallel_for(matrices * blocks, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t unit = begin; unit < end; ++unit) {
      const float* from = x + unit / blocks * matrix_step;
      float* to = y + unit / blocks * rows * columns;
      const std::int64_t j = unit % blocks * kBlock;
      for (std::int64_t i = 0; i < rows; i += kBlock) {
        transpose_matrix(std::min(kBlock, rows - i), std::min(kBlock, columns - j), from + i * columns + j, columns,
                         to + j * rows + i, rows);
      }
    }
  });
}

// Any order: the innermost axis in a loop, those around it as digits of a counter.
void transpose_any(const Simplified& s, const float* x, float* y) {
  const Axis inner = s.axes[s.rank - 1];
  std::int64_t outer = 1;
  for (int a = 0; a + 1 < s.rank; ++a) outer *= s.axes[a].size;
  const std::int64_t grain = std::max<std::int64_t>(1, kUnitValues / inner.size);
  parallel_for(outer, grain, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t digits[kMaxRank] = {};
    std::int64_t from = 0, rest = begin;
    for (int a = s.rank - 2; a >= 0; --a) {
      digits[a] = rest % s.axes[a].size;
      rest /= s.axes[a].size;
      from += digits[a] * s.axes[a].stride;
    }
    for (std::int64_t i = begin; i < end; ++i) {
      float* to = y + i * inner.size;
      if (inner.stride == 1) {
        std::memcpy(to, x + from, static_cast<std::size_t>(inner.size) * sizeof(float));
      } else {
        for (std::int64_t j = 0; j < inner.size; ++j) to[j] = x[from + j * inner.stride];
      }
      for (int a = s.rank - 2; a >= 0; --a) {
        from += s.axes[a].stride;
        if (++digits[a] < s.axes[a].size) break;
        from -= digits[a] * s.axes[a].stride;
        digits[a] = 0;
      }
    }
  });
}

}  // namespace

void transpose(int rank, const std::int64_t* shape, const int* permutation, const float* x, float* y) {
  std::int64_t count = 1;
  for (int axis = 0; axis < rank; ++axis) count *= shape[axis];
  if (count == 0) return;
  const Simplified s = simplify(rank, shape, permutation);
  const Axis* axes = s.axes;
  if (s.rank == 0) {
    y[0] = x[0];
  } else if (s.rank == 1) {
    std::memcpy(y, x, static_cast<std::size_t>(count) * sizeof(float));
  } else if (s.rank == 2) {  // two axes that could not be merged: a matrix
    transpose_matrices(1, 0, axes[1].size, axes[0].size, x, y);
  } else if (s.rank == 3 && axes[1].stride == 1 && axes[2].stride == axes[1].size) {
    transpose_matrices(axes[0].size, axes[0].stride, axes[2].size, axes[1].size, x, y);
  } else {
    transpose_any(s, x, y);
  }
}

}  // namespace saliency::kernels::simd
