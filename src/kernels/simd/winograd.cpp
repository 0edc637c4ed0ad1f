// Stride-1 3×3 convolution by Winograd's minimal filtering F(M×M, 3×3) (Lavin and Gray, "Fast Algorithms for
// Convolutional Neural Networks", 2016), T = M + 2:
//   y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A      g: 3×3 filter, d: T×T input tile, y: M×M output tile
// Summed over input channels, ⊙ becomes T² matrix products of tiles × ic by ic × oc: (T/M)² products an output instead
// of 9, which is 2.25 for M = 4 and 4 for M = 2. The adjoint is the same with the filter turned by 180° and its
// channels exchanged. For M = 2 turning the filter only exchanges the first and the last row of G, so that the adjoint
// needs no weights of its own: it transposes panels of the forward's as it goes, where weights are so large that memory
// counts.
//
// Error. The transforms add values of both signs, so rounding grows. Over random layers of 16 to 512 channels the
// relative L2 error is at most 1.4·10⁻⁶ for M = 4 (5·10⁻⁶ of the largest output at worst) and 2.4·10⁻⁷ for M = 2;
// tests/kernels/winograd_test.cpp bounds them by twice and four times that.
#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "kernels/parallel.h"
#include "kernels/simd/gate.h"
#include "kernels/simd/panels.h"
#include "kernels/simd/pass.h"
#include "kernels/simd/scratch.h"
#include "kernels/simd/simd.h"
#include "kernels/simd/tile.h"

namespace saliency::kernels::simd {
namespace {

constexpr std::int64_t kBlockBytes = 1 << 20;   // transformed tiles and products of a block, about the second cache
constexpr std::int64_t kMinBlockTiles = 18;     // fewer would read the weights too often
constexpr std::int64_t kUnitFlops = 1'000'000;  // work worth waking a thread for
constexpr std::int64_t kPlaneGap = 16;          // floats; keeps the planes out of each other's cache sets

// One-dimensional transforms of N vectors. Bᵀd, Aᵀm and G for the points 0, ±1, (±2,) ∞.
template <int M>
struct Transform;

template <>
struct Transform<4> {
  static constexpr double kFilter[6][3] = {{1.0 / 4, 0, 0},
                                           {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                                           {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                                           {1.0 / 24, 1.0 / 12, 1.0 / 6},
                                           {1.0 / 24, -1.0 / 12, 1.0 / 6},
                                           {0, 0, 1}};

  SALIENCY_INLINE static void input(const F32x4 (&d)[6], F32x4 (&t)[6]) {
    const F32x4 even = madd(splat(-4.0f), d[2], d[4]), odd = madd(splat(-4.0f), d[1], d[3]);
    const F32x4 even_step = d[4] - d[2], odd_step = d[3] - d[1];
    t[0] = madd(splat(4.0f), d[0], madd(splat(-5.0f), d[2], d[4]));
    t[1] = even + odd;
    t[2] = even - odd;
    t[3] = madd(splat(2.0f), odd_step, even_step);
    t[4] = madd(splat(-2.0f), odd_step, even_step);
    t[5] = madd(splat(4.0f), d[1], madd(splat(-5.0f), d[3], d[5]));
  }

  SALIENCY_INLINE static void output(const F32x4 (&m)[6], F32x4 (&y)[4]) {
    const F32x4 sum = m[1] + m[2], difference = m[1] - m[2];
    const F32x4 outer_sum = m[3] + m[4], outer_difference = m[3] - m[4];
    y[0] = m[0] + sum + outer_sum;
    y[1] = madd(splat(2.0f), outer_difference, difference);
    y[2] = madd(splat(4.0f), outer_sum, sum);
    y[3] = madd(splat(8.0f), outer_difference, difference) + m[5];
  }
};

template <>
struct Transform<2> {
  static constexpr double kFilter[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};

  SALIENCY_INLINE static void input(const F32x4 (&d)[4], F32x4 (&t)[4]) {
    t[0] = d[0] - d[2];
    t[1] = d[1] + d[2];
    t[2] = d[2] - d[1];
    t[3] = d[1] - d[3];
  }

  SALIENCY_INLINE static void output(const F32x4 (&m)[4], F32x4 (&y)[2]) {
    y[0] = m[0] + m[1] + m[2];
    y[1] = m[1] - m[2] - m[3];
  }
};

template <int M>
class WinogradPass final : public Pass {
  static constexpr int kTile = M + 2;
  static constexpr int kPlanes = kTile * kTile;

 public:
  using Planes = std::vector<Panels>;  // G g Gᵀ, one matrix of ic × oc a plane

  // filter(oc, ic, ky, kx)
  template <class Filter>
  WinogradPass(std::int64_t in_channels, std::int64_t out_channels, std::int64_t pad_top, std::int64_t pad_left,
               const Filter& filter, const float* bias)
      : WinogradPass(in_channels, out_channels, pad_top, pad_left, nullptr) {
    if (bias != nullptr) std::copy_n(bias, out_channels, bias_.begin());
    for (int t = 0; t < kPlanes; ++t) {
      const auto& rows = Transform<M>::kFilter[t / kTile];
      const auto& columns = Transform<M>::kFilter[t % kTile];
      own_planes_.emplace_back(in_channels, out_channels, [&](std::int64_t ic, std::int64_t oc) {
        double sum = 0;
        for (int ky = 0; ky < 3; ++ky) {
          if (rows[ky] == 0) continue;
          for (int kx = 0; kx < 3; ++kx) sum += rows[ky] * columns[kx] * double{filter(oc, ic, ky, kx)};
        }
        return static_cast<float>(sum);
      });
    }
  }

  // The adjoint of `forward`, reading its weights, which must outlive it. M = 2 only.
  struct AdjointOf {
    const WinogradPass& forward;
  };
  explicit WinogradPass(AdjointOf of) requires(M == 2)
      : WinogradPass(of.forward.out_channels_, of.forward.in_channels_, 2 - of.forward.pad_top_,
                     2 - of.forward.pad_left_, &of.forward.own_planes_) {}

  void run(const PassSizes& sizes, const float* in, Gate gate, Clamp clamp, float* out) const override {
    for_gated_parts(
        sizes, in_channels_, out_channels_, in, gate, out,
        [&](const PassSizes& part, const float* gated, float* part_out) {
          run_blocks({part, (part.out_height + M - 1) / M, (part.out_width + M - 1) / M, gated, clamp, part_out});
        });
  }

 private:
  WinogradPass(std::int64_t in_channels, std::int64_t out_channels, std::int64_t pad_top, std::int64_t pad_left,
               const Planes* transposed)
      : in_channels_(in_channels),
        out_channels_(out_channels),
        pad_top_(pad_top),
        pad_left_(pad_left),
        zeros_(static_cast<std::size_t>(std::max<std::int64_t>(in_channels, kPanelWidth)), 0.0f),
        bias_(static_cast<std::size_t>(out_channels), 0.0f),
        transposed_(transposed) {}

  struct Call {
    PassSizes sizes;
    std::int64_t tile_rows, tile_columns;  // of an image
    const float* in;
    Clamp clamp;
    float* out;
  };

  // Some consecutive tiles with their buffers: planes of count × channels.
  struct Block {
    std::int64_t first, count;
    float* tiles;
    float* products;
    std::int64_t tile_plane, product_plane;  // floats of a plane
  };

  void run_blocks(const Call& call) const {
    const std::int64_t tiles = call.sizes.batch * call.tile_rows * call.tile_columns;
    const std::int64_t tile_bytes = kPlanes * (in_channels_ + out_channels_) * static_cast<std::int64_t>(sizeof(float));
    const std::int64_t most = std::max(kMinBlockTiles, kBlockBytes / tile_bytes);
    const std::int64_t blocks = (tiles + most - 1) / most;
    const int rows = tile_rows();
    const std::int64_t block_tiles = ((tiles + blocks - 1) / blocks + rows - 1) / rows * rows;
    const auto run = [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t b = begin; b < end; ++b) {
        if (b * block_tiles < tiles) run_block(call, b * block_tiles, std::min(block_tiles, tiles - b * block_tiles));
      }
    };
    if (blocks >= 2 * thread_count()) {
      parallel_for(blocks, 1, run);  // each thread its own blocks
    } else {
      run(0, blocks);  // all threads in each block
    }
  }

  void run_block(const Call& call, std::int64_t first, std::int64_t count) const {
    Block block{first, count, nullptr, nullptr, count * in_channels_ + kPlaneGap, count * out_channels_ + kPlaneGap};
    block.tiles = scratch<float>(Slot::Tiles, kPlanes * block.tile_plane);
    block.products = scratch<float>(Slot::Products, kPlanes * block.product_plane);

    const std::int64_t tile_work = kPlanes * in_channels_ * 8, product_work = kPlanes * out_channels_ * 8;
    parallel_for(count, kUnitFlops / tile_work + 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) transform_input(call, block, i);
    });
    const std::int64_t plane_flops = 2 * count * in_channels_ * out_channels_;
    parallel_for(kPlanes, kUnitFlops / plane_flops + 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t t = begin; t < end; ++t) multiply_plane(block, t);
    });
    parallel_for(count, kUnitFlops / product_work + 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) transform_output(call, block, i);
    });
  }

  struct Place {
    std::int64_t n, y, x;  // the tile's first output pixel
  };
  static Place place_of(const Call& call, std::int64_t tile) {
    return {tile / call.tile_columns / call.tile_rows, tile / call.tile_columns % call.tile_rows * M,
            tile % call.tile_columns * M};
  }

  void transform_input(const Call& call, const Block& block, std::int64_t i) const {
    const Place place = place_of(call, block.first + i);
    const std::int64_t top = place.y - pad_top_ + call.sizes.cut_top;
    const std::int64_t left = place.x - pad_left_ + call.sizes.cut_left;
    const float* pixels[kPlanes];
    for (int ty = 0; ty < kTile; ++ty) {
      for (int tx = 0; tx < kTile; ++tx) {
        const std::int64_t y = top + ty, x = left + tx;
        const bool inside = y >= 0 && y < call.sizes.in_height && x >= 0 && x < call.sizes.in_width;
        pixels[ty * kTile + tx] =
            inside ? call.in + ((place.n * call.sizes.in_height + y) * call.sizes.in_width + x) * in_channels_
                   : zeros_.data();
      }
    }
    const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(block.tile_plane);
    float* to = block.tiles + i * in_channels_;
    for (std::ptrdiff_t c = 0; c < in_channels_; c += kLanes) {
      F32x4 columns[kTile][kTile];  // Bᵀd, column by column
      unrolled<kTile>([&](auto x) __attribute__((always_inline)) {
        F32x4 d[kTile];
        unrolled<kTile>([&](auto y) __attribute__((always_inline)) { d[y] = load(pixels[y * kTile + x] + c); });
        Transform<M>::input(d, columns[x]);
      });
      unrolled<kTile>([&](auto y) __attribute__((always_inline)) {
        F32x4 d[kTile], t[kTile];
        unrolled<kTile>([&](auto x) __attribute__((always_inline)) { d[x] = columns[x][y]; });
        Transform<M>::input(d, t);
        unrolled<kTile>([&](auto x) __attribute__((always_inline)) { store(to + (y * kTile + x) * plane + c, t[x]); });
      });
    }
  }

  // The row of G that is `row` for a filter read backwards.
  static int turned(std::int64_t row) { return static_cast<int>(row == 0 ? kTile - 1 : row == kTile - 1 ? 0 : row); }

  void multiply_plane(const Block& block, std::int64_t t) const {
    const float** rows = scratch<const float*>(Slot::Pointers, 2 * block.count);
    float** outs = const_cast<float**>(rows + block.count);
    for (std::int64_t i = 0; i < block.count; ++i) {
      rows[i] = block.tiles + t * block.tile_plane + i * in_channels_;
      outs[i] = block.products + t * block.product_plane + i * out_channels_;
    }
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const Panels& panels =
        transposed_ == nullptr
            ? own_planes_[static_cast<std::size_t>(t)]
            : (*transposed_)[static_cast<std::size_t>(turned(t / kTile) * kTile + turned(t % kTile))];
    float* turned_panel = transposed_ == nullptr ? nullptr : scratch<float>(Slot::Panels, in_channels_ * kPanelWidth);
    Tile tile{
        rows, 0, 1,          static_cast<std::ptrdiff_t>(in_channels_), nullptr, zeros_.data(), -kInfinity, kInfinity,
        outs, 0, kPanelWidth};
    for (std::int64_t p = 0; p * kPanelWidth < out_channels_; ++p) {
      if (transposed_ != nullptr) transposed_panel(panels, p, turned_panel);
      tile.panel = transposed_ != nullptr ? turned_panel : panels.panel(p);
      tile.out_offset = static_cast<std::ptrdiff_t>(p * kPanelWidth);
      tile.columns = static_cast<int>(std::min<std::int64_t>(kPanelWidth, out_channels_ - p * kPanelWidth));
      for (std::int64_t i = 0; i < block.count;) {
        const int height = next_tile(block.count - i);
        tile.rows = rows + i;
        tile.out = outs + i;
        multiply_tile(height, tile.columns <= kLanes ? kLanes : kPanelWidth, tile);
        i += height;
      }
    }
  }

  void transform_output(const Call& call, const Block& block, std::int64_t i) const {
    const Place place = place_of(call, block.first + i);
    const std::int64_t rows = std::min<std::int64_t>(M, call.sizes.out_height - place.y);
    const std::int64_t columns = std::min<std::int64_t>(M, call.sizes.out_width - place.x);
    const std::ptrdiff_t row_step = static_cast<std::ptrdiff_t>(call.sizes.out_width * out_channels_);
    float* out =
        call.out + ((place.n * call.sizes.out_height + place.y) * call.sizes.out_width + place.x) * out_channels_;
    const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(block.product_plane);
    const float* from = block.products + i * out_channels_;
    const F32x4 low = splat(call.clamp.low), high = splat(call.clamp.high);
    for (std::ptrdiff_t c = 0; c < out_channels_; c += kLanes) {
      F32x4 halves[kTile][M];  // Aᵀm, column by column
      unrolled<kTile>([&](auto x) __attribute__((always_inline)) {
        F32x4 m[kTile];
        unrolled<kTile>([&](auto y)
                            __attribute__((always_inline)) { m[y] = load(from + (y * kTile + x) * plane + c); });
        Transform<M>::output(m, halves[x]);
      });
      const F32x4 bias = load(bias_.data() + c);
      unrolled<M>([&](auto y) __attribute__((always_inline)) {
        if (y >= rows) return;
        F32x4 m[kTile], result[M];
        unrolled<kTile>([&](auto x) __attribute__((always_inline)) { m[x] = halves[x][y]; });
        Transform<M>::output(m, result);
        unrolled<M>([&](auto x) __attribute__((always_inline)) {
          if (x < columns) {
            store(out + y * row_step + x * out_channels_ + c, at_most(at_least(result[x] + bias, low), high));
          }
        });
      });
    }
  }

  std::int64_t in_channels_, out_channels_, pad_top_, pad_left_;
  std::vector<float> zeros_;  // the pixel outside the image
  std::vector<float> bias_;
  Planes own_planes_;         // or
  const Planes* transposed_;  // those of the pass that this one is the adjoint of
};

// Estimated time of a pass over one image, in units of a multiply-add of one vector. Of one image, so that the choice
// and with it the rounding does not depend on the batch.
struct Cost {
  double direct, two, four;
};
Cost cost_of(std::int64_t in_channels, std::int64_t out_channels, const PassSizes& s) {
  const double ic = static_cast<double>(in_channels), oc = static_cast<double>(out_channels);
  const auto winograd = [&](std::int64_t m, double transform) {
    const std::int64_t tile_count = (s.out_height + m - 1) / m * ((s.out_width + m - 1) / m);
    const auto tiles = static_cast<double>(tile_count);
    const double planes = static_cast<double>((m + 2) * (m + 2));
    const double products = planes * std::max(tiles, 4.0) * ic * oc / 4;
    // Weights beyond the second cache arrive at about 1 float a multiply-add.
    const double weights = planes * ic * oc;
    return products + tiles * (ic + oc) / 4 * transform + (weights > 3e5 ? weights * 0.5 : 0);
  };
  const double pixels = static_cast<double>(s.out_height * s.out_width);
  return {pixels * 9 * ic * oc / 4, winograd(2, 60), winograd(4, 160)};
}

// Weights of at most this size (ic·oc) may take four times their place in each direction (M = 4). Beyond, the 16/9
// times of M = 2 serve both directions.
constexpr std::int64_t kMostWeightsFour = 128 * 128;

// Below so many products of four a layer takes a fraction of a millisecond anyway; small networks then keep the
// rounding of direct sums, and their maps agree with PyTorch's to the last rectifier.
constexpr double kWorthRounding = 3e6;

enum class Algorithm { Direct, Two, Four };

Algorithm choose(const ConvGeometry& geometry, const PassSizes& sizes) {
  const Cost cost = cost_of(geometry.in_channels, geometry.out_channels, sizes);
  if (cost.direct < kWorthRounding) return Algorithm::Direct;
  const bool whole_panels = geometry.in_channels % kPanelWidth == 0 && geometry.out_channels % kPanelWidth == 0;
  const bool few_weights = geometry.in_channels * geometry.out_channels <= kMostWeightsFour;
  if (few_weights && cost.four < cost.direct && cost.four <= cost.two) return Algorithm::Four;
  if (whole_panels && cost.two < cost.direct) return Algorithm::Two;
  return Algorithm::Direct;
}

bool fits(const ConvGeometry& geometry) {
  const Window& w = geometry.window;
  return geometry.groups == 1 && w.kernel_height == 3 && w.kernel_width == 3 && w.stride_height == 1 &&
         w.stride_width == 1 && w.dilation_height == 1 && w.dilation_width == 1 && geometry.in_channels % kLanes == 0 &&
         geometry.out_channels % kLanes == 0;
}

}  // namespace

std::unique_ptr<Pass> make_winograd_forward(const ConvGeometry& geometry, const PassSizes& sizes, const float* weight,
                                            const float* bias) {
  if (!fits(geometry)) return nullptr;
  const std::int64_t ic = geometry.in_channels, oc = geometry.out_channels;
  const std::int64_t pad_top = geometry.window.pad_top, pad_left = geometry.window.pad_left;
  const auto filter = [&](std::int64_t o, std::int64_t i, int ky, int kx) {
    return weight[(o * 9 + ky * 3 + kx) * ic + i];
  };
  switch (choose(geometry, sizes)) {
    case Algorithm::Four: return std::make_unique<WinogradPass<4>>(ic, oc, pad_top, pad_left, filter, bias);
    case Algorithm::Two: return std::make_unique<WinogradPass<2>>(ic, oc, pad_top, pad_left, filter, bias);
    case Algorithm::Direct: break;
  }
  return nullptr;
}

std::unique_ptr<Pass> make_winograd_adjoint(const ConvGeometry& geometry, const Pass& forward, const float* weight) {
  if (const auto* two = dynamic_cast<const WinogradPass<2>*>(&forward)) {
    return std::make_unique<WinogradPass<2>>(WinogradPass<2>::AdjointOf{*two});
  }
  if (dynamic_cast<const WinogradPass<4>*>(&forward) == nullptr) return nullptr;
  const std::int64_t ic = geometry.in_channels;
  return std::make_unique<WinogradPass<4>>(
      geometry.out_channels, ic, 2 - geometry.window.pad_top, 2 - geometry.window.pad_left,
      [&](std::int64_t o, std::int64_t i, int ky, int kx) { return weight[(i * 9 + 8 - ky * 3 - kx) * ic + o]; },
      nullptr);
}

}  // namespace saliency::kernels::simd
