#include "kernels/simd/tile.h"

#include "kernels/simd/simd.h"

namespace saliency::kernels::simd {
namespace {

// Sums are taken in blocks of this many products, which are then added up: the rounding error of n products grows with
// √(n · block) instead of n, for one addition in kBlock.
constexpr std::ptrdiff_t kBlock = 32;

// One step of k: columns of the panel times one float of each row.
template <int R, int V, class Row>
SALIENCY_INLINE void step(const float* panel, const Row& row, F32x4 (&sum)[R][V]) {
  F32x4 column[V];
  unrolled<V>([&](auto v) __attribute__((always_inline)) { column[v] = load(panel + v * kLanes); });
  unrolled<R>([&](auto r) __attribute__((always_inline)) {
    const F32x4 a = load_splat(row(r));
    unrolled<V>([&](auto v) __attribute__((always_inline)) { sum[r][v] = madd(a, column[v], sum[r][v]); });
  });
}

template <int R, int V>
void multiply(const Tile& t) {
  constexpr int kWidth = V * kLanes;
  constexpr int kUnroll = 4;
  F32x4 total[R][V];
  F32x4 sum[R][V];
  unrolled<V>([&](auto v) __attribute__((always_inline)) {
    const F32x4 start = load(t.start + v * kLanes);
    unrolled<R>([&](auto r) __attribute__((always_inline)) {
      total[r][v] = start;
      sum[r][v] = zero();
    });
  });
  const auto add_block = [&]() __attribute__((always_inline)) {
    unrolled<R>([&](auto r) __attribute__((always_inline)) {
      unrolled<V>([&](auto v) __attribute__((always_inline)) {
        total[r][v] += sum[r][v];
        sum[r][v] = zero();
      });
    });
  };

  const float* panel = t.panel;
  const float* const* rows = t.rows;
  std::ptrdiff_t room = kBlock;  // products until the block is full
  for (std::ptrdiff_t tap = t.taps; tap > 0; --tap, rows += t.row_step) {
    const float* row[R];
    unrolled<R>([&](auto r) __attribute__((always_inline)) { row[r] = rows[r]; });
    for (std::ptrdiff_t left = t.depth; left > 0;) {
      std::ptrdiff_t k = left < room ? left : room;
      left -= k;
      room -= k;
      for (; k >= kUnroll; k -= kUnroll) {
        unrolled<kUnroll>([&](auto u) __attribute__((always_inline)) {
          step<R, V>(
              panel + u * kWidth, [&](auto r) __attribute__((always_inline)) { return row[r] + u; }, sum);
        });
        unrolled<R>([&](auto r) __attribute__((always_inline)) { row[r] += kUnroll; });
        panel += kUnroll * kWidth;
      }
      for (; k > 0; --k) {
        step<R, V>(
            panel, [&](auto r) __attribute__((always_inline)) { return row[r]; }, sum);
        unrolled<R>([&](auto r) __attribute__((always_inline)) { ++row[r]; });
        panel += kWidth;
      }
      if (room == 0) {
        add_block();
        room = kBlock;
      }
    }
  }
  add_block();

  const F32x4 low = splat(t.low), high = splat(t.high);
  unrolled<R>([&](auto r) __attribute__((always_inline)) {
    float* out = t.out[r] + t.out_offset;
    if (t.columns == kWidth) {
      unrolled<V>([&](auto v) __attribute__((always_inline)) {
        store(out + v * kLanes, at_most(at_least(total[r][v], low), high));
      });
    } else {
      float whole[kWidth];
      unrolled<V>([&](auto v) __attribute__((always_inline)) {
        store(whole + v * kLanes, at_most(at_least(total[r][v], low), high));
      });
      for (int j = 0; j < t.columns; ++j) out[j] = whole[j];
    }
  });
}

template <int P>
void multiply_panels(const Tile& t) {
  const std::ptrdiff_t panel_size = t.taps * t.depth * kPanelWidth;
  F32x4 total[P][2];
  F32x4 sum[P][2];
  unrolled<P>([&](auto p) __attribute__((always_inline)) {
    unrolled<2>([&](auto v) __attribute__((always_inline)) {
      total[p][v] = load(t.start + p * kPanelWidth + v * kLanes);
      sum[p][v] = zero();
    });
  });
  const auto add_block = [&]() __attribute__((always_inline)) {
    unrolled<P>([&](auto p) __attribute__((always_inline)) {
      unrolled<2>([&](auto v) __attribute__((always_inline)) {
        total[p][v] += sum[p][v];
        sum[p][v] = zero();
      });
    });
  };
  const float* panel[P];
  unrolled<P>([&](auto p) __attribute__((always_inline)) { panel[p] = t.panel + p * panel_size; });
  std::ptrdiff_t room = kBlock;
  for (std::ptrdiff_t tap = 0; tap < t.taps; ++tap) {
    const float* row = t.rows[tap * t.row_step];
    for (std::ptrdiff_t k = 0; k < t.depth; ++k) {
      const F32x4 a = load_splat(row + k);
      unrolled<P>([&](auto p) __attribute__((always_inline)) {
        unrolled<2>([&](auto v) __attribute__((always_inline)) {
          sum[p][v] = madd(a, load(panel[p] + v * kLanes), sum[p][v]);
        });
        panel[p] += kPanelWidth;
      });
      if (--room == 0) {
        add_block();
        room = kBlock;
      }
    }
  }
  add_block();
  const F32x4 low = splat(t.low), high = splat(t.high);
  float* out = t.out[0] + t.out_offset;
  unrolled<P>([&](auto p) __attribute__((always_inline)) {
    unrolled<2>([&](auto v) __attribute__((always_inline)) {
      store(out + p * kPanelWidth + v * kLanes, at_most(at_least(total[p][v], low), high));
    });
  });
}

// Whether madd() rounds once: (1 + ε)(1 − ε) − 1 is −ε² then, and 0 otherwise.
bool madd_is_fused() {
  volatile float epsilon = 0x1p-20f;
  const F32x4 a = splat(1 + epsilon), b = splat(1 - epsilon);
  return madd(a, b, splat(-1.0f))[0] != 0;
}

}  // namespace

void multiply_tile(int rows, int panel_width, const Tile& tile) {
  using Multiply = void (*)(const Tile&);
  static constexpr Multiply kNarrow[] = {multiply<1, 1>, multiply<2, 1>, multiply<3, 1>,
                                         multiply<4, 1>, multiply<5, 1>, multiply<6, 1>};
  static constexpr Multiply kUsual[] = {multiply<1, 2>, multiply<2, 2>, multiply<3, 2>,
                                        multiply<4, 2>, multiply<5, 2>, multiply<6, 2>};
  static constexpr Multiply kWide[] = {multiply<1, 3>, multiply<2, 3>, multiply<3, 3>};
  (panel_width == 8 ? kUsual : panel_width == 4 ? kNarrow : kWide)[rows - 1](tile);
}

void multiply_row(int panels, const Tile& tile) {
  using Multiply = void (*)(const Tile&);
  static constexpr Multiply kPanels[] = {multiply_panels<1>, multiply_panels<2>, multiply_panels<3>,
                                         multiply_panels<4>};
  kPanels[panels - 1](tile);
}

int tile_rows() {
  static const int rows = madd_is_fused() ? 6 : 4;
  return rows;
}

// 7 and 8 become 4 + 3 and 4 + 4, for a tile of 1 or 2 rows takes as long as one of 4: the products of one sum wait for
// each other.
int next_tile(std::int64_t left) {
  const int tallest = tile_rows();
  if (left <= tallest) return static_cast<int>(left);
  if (left >= tallest + 3) return tallest;
  return tallest == 6 ? 4 : static_cast<int>((left + 1) / 2);
}

}  // namespace saliency::kernels::simd
