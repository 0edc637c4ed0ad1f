// Product of two computed matrices on the tiles of the convolutions: each thread packs the panels of b that it needs.
#include <algorithm>
#include <limits>

#include "kernels/parallel.h"
#include "kernels/simd/panels.h"
#include "kernels/simd/scratch.h"
#include "kernels/simd/simd_kernels.h"
#include "kernels/simd/tile.h"

namespace saliency::kernels::simd {
namespace {

constexpr std::int64_t kUnitFlops = 1'000'000;  // work worth waking a thread for
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kZeros[kPanelWidth] = {};

// Columns first … first+7 of op(b) as k×8; those beyond n are 0.
void pack_panel(const MatmulSizes& sizes, const float* b, std::int64_t first, float* panel) {
  const std::int64_t columns = std::min<std::int64_t>(kPanelWidth, sizes.n - first);
  for (std::int64_t k = 0; k < sizes.k; ++k) {
    float* to = panel + k * kPanelWidth;
    for (std::int64_t j = 0; j < columns; ++j) {
      to[j] = sizes.transpose_b ? b[(first + j) * sizes.k + k] : b[k * sizes.n + first + j];
    }
    std::fill(to + columns, to + kPanelWidth, 0.0f);
  }
}

}  // namespace

void matmul(const MatmulSizes& sizes, const float* a, const float* b, float* c) {
  if (sizes.m <= 0 || sizes.n <= 0) return;
  if (sizes.transpose_a) {
    float* rows = scratch<float>(Slot::Gated, sizes.m * sizes.k);
    const std::int64_t shape[] = {sizes.k, sizes.m};
    const int permutation[] = {1, 0};
    transpose(2, shape, permutation, a, rows);
    a = rows;
  }
  const std::int64_t panels = padded_columns(sizes.n) / kPanelWidth;
  const std::int64_t panel_flops = 2 * sizes.m * sizes.k * kPanelWidth;
  parallel_for(panels, kUnitFlops / (panel_flops + 1) + 1, [&](std::int64_t begin, std::int64_t end) {
    float* panel = scratch<float>(Slot::Panels, sizes.k * kPanelWidth);
    for (std::int64_t p = begin; p < end; ++p) {
      pack_panel(sizes, b, p * kPanelWidth, panel);
      for (std::int64_t i = 0; i < sizes.m;) {
        const int height = next_tile(sizes.m - i);
        const float* rows[kMaxTileRows];
        float* outs[kMaxTileRows];
        for (int r = 0; r < height; ++r) {
          rows[r] = a + (i + r) * sizes.k;
          outs[r] = c + (i + r) * sizes.n;
        }
        multiply_tile(height, kPanelWidth,
                      {rows, 0, 1, static_cast<std::ptrdiff_t>(sizes.k), panel, kZeros, -kInfinity, kInfinity, outs,
                       static_cast<std::ptrdiff_t>(p * kPanelWidth),
                       static_cast<int>(std::min<std::int64_t>(kPanelWidth, sizes.n - p * kPanelWidth))});
        i += height;
      }
    }
  });
}

}  // namespace saliency::kernels::simd
