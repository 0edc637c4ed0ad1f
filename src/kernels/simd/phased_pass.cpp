// Any convolution or adjoint as indirect matrix products, without a product by an inserted zero.
// A forward pass has one phase. The adjoint of stride s has one for each residue of (y mod s_h, x mod s_w): the pixels
// of dx with one residue meet the same taps of the filter, so each phase is a convolution of stride 1 whose outputs
// are interleaved:
//   out[i·out_stride + start] = Σ_taps W[tap] · in[i·in_stride + offset[tap]]
#include <algorithm>
#include <vector>

#include "kernels/parallel.h"
#include "kernels/simd/gate.h"
#include "kernels/simd/panels.h"
#include "kernels/simd/pass.h"
#include "kernels/simd/scratch.h"
#include "kernels/simd/tile.h"

namespace saliency::kernels::simd {
namespace {

struct Position {
  std::int64_t y, x;
};

struct Tap {
  Position offset;
  std::int64_t weight;  // ky·kw + kx
};

struct Phase {
  Position start;
  std::vector<Tap> taps;
  std::vector<Panels> panels;  // one a group
};

constexpr std::int64_t kMaxBlockRows = 60;      // a multiple of both tile heights
constexpr std::int64_t kUnitFlops = 1'000'000;  // work worth waking a thread for
constexpr std::int64_t kUnitsPerThread = 4;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

class PhasedPass final : public Pass {
 public:
  PhasedPass(std::int64_t in_channels, std::int64_t out_channels, std::int64_t groups, Position in_stride,
             Position out_stride, std::vector<Phase> phases, const float* bias)
      : in_channels_(in_channels),
        out_channels_(out_channels),
        groups_(groups),
        depth_(in_channels / groups),
        columns_(out_channels / groups),
        in_stride_(in_stride),
        out_stride_(out_stride),
        phases_(std::move(phases)),
        zeros_(static_cast<std::size_t>(depth_), 0.0f) {
    for (std::int64_t g = 0; g < groups; ++g) {
      bias_.emplace_back(static_cast<std::size_t>(padded_columns(columns_)), 0.0f);
      if (bias != nullptr) std::copy_n(bias + g * columns_, columns_, bias_.back().begin());
    }
  }

  void run(const PassSizes& sizes, const float* in, Gate gate, Clamp clamp, float* out) const override {
    const bool one_tap = std::all_of(phases_.begin(), phases_.end(), [](const Phase& p) { return p.taps.size() <= 1; });
    if (gate.is_identity() || one_tap) {  // one tap reads each input once, and gates it as it does
      run_phases(sizes, in, gate, clamp, out);
      return;
    }
    for_gated_parts(sizes, in_channels_, out_channels_, in, gate, out,
                    [&](const PassSizes& part, const float* gated, float* part_out) {
                      run_phases(part, gated, {}, clamp, part_out);
                    });
  }

 private:
  // A grid of rows × columns of output pixels for each image: those of one phase.
  struct Grid {
    std::int64_t height, width;
    std::int64_t rows;  // batch·height·width
  };

  void run_phases(const PassSizes& sizes, const float* in, const Gate& gate, const Clamp& clamp, float* out) const {
    for (const Phase& phase : phases_) {
      Grid grid{ceil_div(sizes.out_height - phase.start.y, out_stride_.y),
                ceil_div(sizes.out_width - phase.start.x, out_stride_.x), 0};
      if (grid.height <= 0 || grid.width <= 0) continue;
      grid.rows = sizes.batch * grid.height * grid.width;
      run_phase(phase, grid, sizes, in, gate, clamp, out);
    }
  }

  void run_phase(const Phase& phase, const Grid& grid, const PassSizes& sizes, const float* in, const Gate& gate,
                 const Clamp& clamp, float* out) const {
    const int tallest = tile_rows();
    const std::int64_t blocks = ceil_div(grid.rows, kMaxBlockRows);
    const std::int64_t block_rows = ceil_div(ceil_div(grid.rows, blocks), tallest) * tallest;
    const std::int64_t panels = phase.panels[0].count();
    const int threads = thread_count();
    // Few blocks: several threads share a block, each with some of its columns.
    const std::int64_t wanted = threads > 1 ? threads * kUnitsPerThread : 1;
    const std::int64_t parts = std::clamp<std::int64_t>(ceil_div(wanted, blocks * groups_), 1, panels);
    const std::int64_t units = groups_ * blocks * parts;
    const std::int64_t taps = static_cast<std::int64_t>(phase.taps.size());
    const std::int64_t flops = 2 * grid.rows * taps * depth_ * columns_ * groups_ / units;
    const std::int64_t grain = ceil_div(kUnitFlops, flops + 1);
    parallel_for(units, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t unit = begin; unit < end; ++unit) {
        const std::int64_t part = unit % parts, block = unit / parts % blocks, group = unit / parts / blocks;
        const std::int64_t first = block * block_rows;
        if (first >= grid.rows) continue;
        const Block rows{first, std::min(block_rows, grid.rows - first), group, panels * part / parts,
                         panels * (part + 1) / parts};
        run_block(phase, grid, sizes, rows, in, gate, clamp, out);
      }
    });
  }

  struct Block {
    std::int64_t first, count;  // rows
    std::int64_t group;
    std::int64_t panel_begin, panel_end;
  };

  void run_block(const Phase& phase, const Grid& grid, const PassSizes& sizes, const Block& block, const float* in,
                 const Gate& gate, const Clamp& clamp, float* out) const {
    const std::int64_t taps = static_cast<std::int64_t>(phase.taps.size());
    const float** pointers = scratch<const float*>(Slot::Pointers, (taps + 1) * block.count);
    float** outs = const_cast<float**>(pointers + taps * block.count);
    find_rows(phase, grid, sizes, block, in, out, pointers, outs);
    if (!gate.is_identity()) gate_rows(taps * block.count, in, gate, pointers);

    const std::size_t group = static_cast<std::size_t>(block.group);
    multiply_rows(phase.panels[group], block.panel_begin, block.panel_end, {pointers, block.count, taps},
                  bias_[group].data(), clamp, outs);
  }

  // Where the block's outputs and, tap by tap, their inputs lie.
  void find_rows(const Phase& phase, const Grid& grid, const PassSizes& sizes, const Block& block, const float* in,
                 float* out, const float** pointers, float** outs) const {
    const float* in_group = in + block.group * depth_;
    float* out_group = out + block.group * columns_;
    std::int64_t x = block.first % grid.width, y = block.first / grid.width % grid.height;
    std::int64_t n = block.first / grid.width / grid.height;
    for (std::int64_t r = 0; r < block.count; ++r) {
      const std::int64_t out_y = y * out_stride_.y + phase.start.y, out_x = x * out_stride_.x + phase.start.x;
      outs[r] = out_group + ((n * sizes.out_height + out_y) * sizes.out_width + out_x) * out_channels_;
      const std::int64_t corner_y = y * in_stride_.y + sizes.cut_top, corner_x = x * in_stride_.x + sizes.cut_left;
      const float** to = pointers + r;
      for (const Tap& tap : phase.taps) {
        const std::int64_t in_y = corner_y + tap.offset.y, in_x = corner_x + tap.offset.x;
        const bool inside = in_y >= 0 && in_y < sizes.in_height && in_x >= 0 && in_x < sizes.in_width;
        *to = inside ? in_group + ((n * sizes.in_height + in_y) * sizes.in_width + in_x) * in_channels_ : zeros_.data();
        to += block.count;
      }
      if (++x == grid.width) {
        x = 0;
        if (++y == grid.height) {
          y = 0;
          ++n;
        }
      }
    }
  }

  // Replaces the rows by gated copies.
  void gate_rows(std::int64_t count, const float* in, const Gate& gate, const float** pointers) const {
    float* copy = scratch<float>(Slot::Rows, count * depth_);
    for (std::int64_t i = 0; i < count; ++i, copy += depth_) {
      if (pointers[i] == zeros_.data()) continue;
      gate_run(depth_, pointers[i], gate, pointers[i] - in, copy);
      pointers[i] = copy;
    }
  }

  std::int64_t in_channels_, out_channels_, groups_;
  std::int64_t depth_, columns_;  // channels of one group, in and out
  Position in_stride_, out_stride_;
  std::vector<Phase> phases_;
  std::vector<std::vector<float>> bias_;  // one a group, padded with zeros to whole panels
  std::vector<float> zeros_;              // the pixel outside the image
};

}  // namespace

std::unique_ptr<Pass> make_phased_forward(const ConvGeometry& geometry, const float* weight, const float* bias) {
  const Window& w = geometry.window;
  const std::int64_t icg = geometry.in_channels / geometry.groups, ocg = geometry.out_channels / geometry.groups;
  const std::int64_t taps = w.kernel_height * w.kernel_width;
  Phase phase{{0, 0}, {}, {}};
  for (std::int64_t t = 0; t < taps; ++t) {
    phase.taps.push_back(
        {{t / w.kernel_width * w.dilation_height - w.pad_top, t % w.kernel_width * w.dilation_width - w.pad_left}, t});
  }
  for (std::int64_t g = 0; g < geometry.groups; ++g) {
    phase.panels.emplace_back(taps * icg, ocg, [&](std::int64_t k, std::int64_t column) {
      return weight[((g * ocg + column) * taps + k / icg) * icg + k % icg];
    });
  }
  std::vector<Phase> phases;
  phases.push_back(std::move(phase));
  return std::make_unique<PhasedPass>(geometry.in_channels, geometry.out_channels, geometry.groups,
                                      Position{w.stride_height, w.stride_width}, Position{1, 1}, std::move(phases),
                                      bias);
}

std::unique_ptr<Pass> make_phased_adjoint(const ConvGeometry& geometry, const float* weight) {
  const Window& w = geometry.window;
  const std::int64_t icg = geometry.in_channels / geometry.groups, ocg = geometry.out_channels / geometry.groups;
  const std::int64_t taps = w.kernel_height * w.kernel_width;
  std::vector<Phase> phases;
  for (std::int64_t y = 0; y < w.stride_height; ++y) {
    for (std::int64_t x = 0; x < w.stride_width; ++x) {
      Phase phase{{y, x}, {}, {}};
      for (std::int64_t t = 0; t < taps; ++t) {
        // dx at y + stride·i meets dy at i + (y + pad − ky·dilation) / stride, where that is whole.
        const std::int64_t in_y = y + w.pad_top - t / w.kernel_width * w.dilation_height;
        const std::int64_t in_x = x + w.pad_left - t % w.kernel_width * w.dilation_width;
        if (in_y % w.stride_height != 0 || in_x % w.stride_width != 0) continue;
        phase.taps.push_back({{in_y / w.stride_height, in_x / w.stride_width}, t});
      }
      const std::int64_t phase_taps = static_cast<std::int64_t>(phase.taps.size());
      for (std::int64_t g = 0; g < geometry.groups; ++g) {
        phase.panels.emplace_back(phase_taps * ocg, icg, [&](std::int64_t k, std::int64_t column) {
          const std::int64_t tap = phase.taps[static_cast<std::size_t>(k / ocg)].weight;
          return weight[((g * ocg + k % ocg) * taps + tap) * icg + column];
        });
      }
      phases.push_back(std::move(phase));
    }
  }
  return std::make_unique<PhasedPass>(geometry.out_channels, geometry.in_channels, geometry.groups, Position{1, 1},
                                      Position{w.stride_height, w.stride_width}, std::move(phases), nullptr);
}

}  // namespace saliency::kernels::simd
