#include "kernels/simd/panels.h"

#include "kernels/simd/simd.h"

namespace saliency::kernels::simd {

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
