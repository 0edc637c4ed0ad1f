// The first layer of a network: few input channels (colours), which would leave most lanes and most of each loop empty.
//   forward   the image is copied with its padding, so that the kw·ic numbers under one row of the window lie in one
//             piece: kh taps of depth kw·ic instead of kh·kw taps of depth ic.
//   adjoint   a block of m×m pixels of dx, m a multiple of the stride, is one output of m²·ic columns (12 for 2×2
//   pixels
//             of 3 colours): all its pixels read the same dy. Taps that a pixel of the block does not have weigh 0.
#include <algorithm>
#include <vector>

#include "kernels/parallel.h"
#include "kernels/simd/gate.h"
#include "kernels/simd/panels.h"
#include "kernels/simd/pass.h"
#include "kernels/simd/scratch.h"

namespace saliency::kernels::simd {
namespace {

constexpr std::int64_t kBlockRows = 60;  // a multiple of all tile heights
constexpr std::int64_t kMostChannels = 4;
constexpr std::int64_t kMostBlock = 4;          // m
constexpr std::int64_t kUnitFlops = 1'000'000;  // work worth waking a thread for

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

// The pixels of a stack of images in order. Divides once: 64-bit divisions cost more than a pixel's other bookkeeping.
struct Cursor {
  std::int64_t height, width;
  std::int64_t x, y, n;

  Cursor(std::int64_t index, std::int64_t rows, std::int64_t columns)
      : height(rows), width(columns), x(index % columns), y(index / columns % rows), n(index / columns / rows) {}

  void next() {
    if (++x < width) return;
    x = 0;
    if (++y < height) return;
    y = 0;
    ++n;
  }
};

// body(first, count) for blocks of rows that cover 0 … rows−1
template <class Body>
void parallel_blocks(std::int64_t rows, std::int64_t row_flops, const Body& body) {
  const std::int64_t blocks = ceil_div(rows, kBlockRows);
  parallel_for(blocks, ceil_div(kUnitFlops, row_flops * kBlockRows + 1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) body(b * kBlockRows, std::min(kBlockRows, rows - b * kBlockRows));
  });
}

class FewChannelsForward final : public Pass {
 public:
  FewChannelsForward(const ConvGeometry& geometry, const float* weight, const float* bias)
      : geometry_(geometry),
        panels_(geometry.window.kernel_height * row_depth(), geometry.out_channels,
                [&](std::int64_t k, std::int64_t column) {
                  return weight[column * geometry.window.kernel_height * row_depth() + k];
                }),
        bias_(static_cast<std::size_t>(padded_columns(geometry.out_channels)), 0.0f) {
    if (bias != nullptr) std::copy_n(bias, geometry.out_channels, bias_.begin());
  }

  // A forward pass has no gate.
  void run(const PassSizes& sizes, const float* in, Gate, Clamp clamp, float* out) const override {
    const Window& w = geometry_.window;
    const std::int64_t height =
        (sizes.out_height - 1) * w.stride_height + (w.kernel_height - 1) * w.dilation_height + 1;
    const std::int64_t row = ((sizes.out_width - 1) * w.stride_width + w.kernel_width) * geometry_.in_channels;
    float* padded = scratch<float>(Slot::Gated, height * row);
    const std::int64_t pixels = sizes.out_height * sizes.out_width;
    for (std::int64_t n = 0; n < sizes.batch; ++n) {
      pad(in + n * sizes.in_height * sizes.in_width * geometry_.in_channels, sizes, height, row, padded);
      parallel_blocks(pixels, 2 * panels_.depth() * panels_.columns(), [&](std::int64_t first, std::int64_t count) {
        run_block(sizes, padded, row, first, count, clamp, out + n * pixels * geometry_.out_channels);
      });
    }
  }

 private:
  // Numbers under one row of the window.
  std::int64_t row_depth() const { return geometry_.window.kernel_width * geometry_.in_channels; }

  void pad(const float* image, const PassSizes& sizes, std::int64_t height, std::int64_t row, float* padded) const {
    const std::int64_t ic = geometry_.in_channels, in_row = sizes.in_width * ic;
    const std::int64_t left = std::min((geometry_.window.pad_left - sizes.cut_left) * ic, row);
    const std::int64_t filled = std::min(in_row, row - left);
    parallel_for(height, 32, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t y = i - geometry_.window.pad_top + sizes.cut_top;
        float* to = padded + i * row;
        if (y < 0 || y >= sizes.in_height) {
          std::fill_n(to, row, 0.0f);
          continue;
        }
        std::fill_n(to, left, 0.0f);
        std::copy_n(image + y * in_row, filled, to + left);
        std::fill_n(to + left + filled, row - left - filled, 0.0f);
      }
    });
  }

  void run_block(const PassSizes& sizes, const float* padded, std::int64_t row, std::int64_t first, std::int64_t count,
                 const Clamp& clamp, float* out) const {
    const Window& w = geometry_.window;
    const float** pointers = scratch<const float*>(Slot::Pointers, (w.kernel_height + 1) * count);
    float** outs = const_cast<float**>(pointers + w.kernel_height * count);
    Cursor at(first, sizes.out_height, sizes.out_width);
    for (std::int64_t r = 0; r < count; ++r, at.next()) {
      const float* corner = padded + at.y * w.stride_height * row + at.x * w.stride_width * geometry_.in_channels;
      for (std::int64_t ky = 0; ky < w.kernel_height; ++ky) {
        pointers[ky * count + r] = corner + ky * w.dilation_height * row;
      }
      outs[r] = out + (first + r) * geometry_.out_channels;
    }
    multiply_rows(panels_, 0, panels_.count(), {pointers, count, w.kernel_height}, bias_.data(), clamp, outs);
  }

  ConvGeometry geometry_;
  Panels panels_;
  std::vector<float> bias_;
};

// Positions of dy, relative to that of a block, that the m pixels of a block meet in one direction.
struct Reach {
  std::int64_t first, count;
};

class FewChannelsAdjoint final : public Pass {
 public:
  FewChannelsAdjoint(const ConvGeometry& geometry, const float* weight)
      : geometry_(geometry),
        block_(block_of(geometry)),
        rows_(reach(geometry.window.kernel_height, geometry.window.stride_height, geometry.window.pad_top)),
        columns_(reach(geometry.window.kernel_width, geometry.window.stride_width, geometry.window.pad_left)),
        panels_(
            rows_.count * columns_.count * geometry.out_channels, block_ * block_ * geometry.in_channels,
            [&](std::int64_t k, std::int64_t column) { return block_weight(weight, k, column); },
            block_ * block_ * geometry.in_channels % kWidePanel == 0 ? kWidePanel : kPanelWidth),
        zeros_(static_cast<std::size_t>(std::max(geometry.out_channels, panels_.columns() + kWidePanel)), 0.0f) {}

  // m: the stride, but at least 2
  static std::int64_t block_of(const ConvGeometry& geometry) {
    return std::max<std::int64_t>(2, geometry.window.stride_height);
  }

  void run(const PassSizes& sizes, const float* in, Gate gate, Clamp clamp, float* out) const override {
    for_gated_parts(sizes, geometry_.out_channels, geometry_.in_channels, in, gate, out,
                    [&](const PassSizes& part, const float* gated, float* part_out) {
                      const std::int64_t height = ceil_div(part.out_height, block_);
                      const std::int64_t width = ceil_div(part.out_width, block_);
                      parallel_blocks(part.batch * height * width, 2 * panels_.depth() * panels_.columns(),
                                      [&](std::int64_t first, std::int64_t count) {
                                        run_block(part, height, width, first, count, gated, clamp, part_out);
                                      });
                    });
  }

 private:
  // dx at m·i + p meets dy at i·m/stride + (p + pad − k)/stride.
  Reach reach(std::int64_t kernel, std::int64_t stride, std::int64_t pad) const {
    const auto floor_div = [&](std::int64_t a) { return a >= 0 ? a / stride : -((-a + stride - 1) / stride); };
    const std::int64_t first = -floor_div(-(pad - (kernel - 1))), last = floor_div(block_ - 1 + pad);
    return {first, last - first + 1};
  }

  // k: (row of reach, column of reach, channel of dy); column: (p, q, channel of dx)
  float block_weight(const float* weight, std::int64_t k, std::int64_t column) const {
    const Window& w = geometry_.window;
    const std::int64_t ic = geometry_.in_channels, oc = geometry_.out_channels;
    const std::int64_t offset_y = rows_.first + k / oc / columns_.count,
                       offset_x = columns_.first + k / oc % columns_.count;
    const std::int64_t p = column / ic / block_, q = column / ic % block_;
    const std::int64_t ky = p + w.pad_top - offset_y * w.stride_height, kx = q + w.pad_left - offset_x * w.stride_width;
    if (ky < 0 || ky >= w.kernel_height || kx < 0 || kx >= w.kernel_width) return 0;
    return weight[((k % oc * w.kernel_height + ky) * w.kernel_width + kx) * ic + column % ic];
  }

  void run_block(const PassSizes& sizes, std::int64_t height, std::int64_t width, std::int64_t first,
                 std::int64_t count, const float* in, const Clamp& clamp, float* out) const {
    const std::int64_t taps = rows_.count * columns_.count, oc = geometry_.out_channels;
    const std::int64_t step = block_ / geometry_.window.stride_height;
    const float** pointers = scratch<const float*>(Slot::Pointers, (taps + 1) * count);
    float** outs = const_cast<float**>(pointers + taps * count);
    float* blocks = scratch<float>(Slot::Rows, count * panels_.columns());
    Cursor at(first, height, width);
    for (std::int64_t r = 0; r < count; ++r, at.next()) {
      const float** to = pointers + r;
      for (std::int64_t i = 0; i < rows_.count; ++i) {
        const std::int64_t in_y = at.y * step + rows_.first + i;
        const bool row_inside = in_y >= 0 && in_y < sizes.in_height;
        const float* row = in + (at.n * sizes.in_height + in_y) * sizes.in_width * oc;
        for (std::int64_t j = 0; j < columns_.count; ++j, to += count) {
          const std::int64_t in_x = at.x * step + columns_.first + j;
          *to = row_inside && in_x >= 0 && in_x < sizes.in_width ? row + in_x * oc : zeros_.data();
        }
      }
      outs[r] = blocks + r * panels_.columns();
    }
    multiply_rows(panels_, 0, panels_.count(), {pointers, count, taps}, zeros_.data(), clamp, outs);
    Cursor to(first, height, width);
    for (std::int64_t r = 0; r < count; ++r, to.next()) {
      scatter(sizes, outs[r], to.n, to.y * block_, to.x * block_, out);
    }
  }

  // Writes the rows of one block, as far as they lie in the image.
  void scatter(const PassSizes& sizes, const float* block, std::int64_t n, std::int64_t y, std::int64_t x,
               float* out) const {
    const std::int64_t ic = geometry_.in_channels;
    const std::int64_t rows = std::min(block_, sizes.out_height - y);
    const std::int64_t row = std::min(block_, sizes.out_width - x) * ic;
    for (std::int64_t p = 0; p < rows; ++p) {
      const float* from = block + p * block_ * ic;
      float* to = out + ((n * sizes.out_height + y + p) * sizes.out_width + x) * ic;
      for (std::int64_t i = 0; i < row; ++i) to[i] = from[i];
    }
  }

  ConvGeometry geometry_;
  std::int64_t block_;  // m
  Reach rows_, columns_;
  Panels panels_;
  std::vector<float> zeros_;  // the pixel of dy outside the image, and the start of each sum
};

}  // namespace

std::unique_ptr<Pass> make_few_channels_forward(const ConvGeometry& geometry, const float* weight, const float* bias) {
  const Window& w = geometry.window;
  const bool fits =
      geometry.groups == 1 && geometry.in_channels <= kMostChannels && w.dilation_width == 1 && w.kernel_width > 1;
  return fits ? std::make_unique<FewChannelsForward>(geometry, weight, bias) : nullptr;
}

std::unique_ptr<Pass> make_few_channels_adjoint(const ConvGeometry& geometry, const float* weight) {
  const Window& w = geometry.window;
  const bool fits = geometry.groups == 1 && geometry.in_channels <= kMostChannels && w.dilation_width == 1 &&
                    w.dilation_height == 1 && w.stride_height == w.stride_width && w.kernel_width > 1 &&
                    w.kernel_height > 1 && FewChannelsAdjoint::block_of(geometry) <= kMostBlock &&
                    w.stride_height <= std::min(w.kernel_height, w.kernel_width);
  return fits ? std::make_unique<FewChannelsAdjoint>(geometry, weight) : nullptr;
}

}  // namespace saliency::kernels::simd
