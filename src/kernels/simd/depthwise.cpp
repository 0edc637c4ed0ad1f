// Depthwise convolution, one filter a channel, and its adjoint, four channels at a time.
// A strip of output pixels of one row stays in registers while the rows of the window pass by; each input pixel of a
// row is loaded once and multiplied into every output of the strip that it reaches.
//   forward of stride s and adjoint of stride 1 (a forward with the filter turned by 180°):
//     out[ox] += in[ox·s − pad + kx] · w[kx]
//   adjoint of stride 2:  with u = x + pad,  dx[x] += dy[ox] · w[u − 2·ox]
#include <algorithm>
#include <vector>

#include "kernels/parallel.h"
#include "kernels/simd/gate.h"
#include "kernels/simd/pass.h"
#include "kernels/simd/scratch.h"
#include "kernels/simd/simd.h"

namespace saliency::kernels::simd {
namespace {

constexpr std::int64_t kUnitValues = 1 << 15;  // outputs of a work unit that is worth waking a thread for

// One strip of outputs. rows: for each row of the window the address of the strip's first input pixel, which may lie
// outside of the row; null for a row outside of the image. Columns first_column … end_column − 1 of the strip's inputs
// lie inside the row; a strip at the border reads zeros beyond.
struct Strip {
  const float* const* rows;
  int first_column, end_column;
  const float* weight;  // kh×kw×channels
  const float* bias;    // channels
  std::ptrdiff_t channels;
  std::ptrdiff_t row_weights;  // kw·channels
  int window_rows;
  float low, high;
  float* out;
  int first_output, end_output;  // valid pixels of the strip
};

// Which outputs an input column meets, and with which tap: a strided window reads several inputs an output …
template <int Kernel, int Stride, int Outputs>
struct Gathering {
  static constexpr int kKernel = Kernel, kOutputs = Outputs, kColumns = (Outputs - 1) * Stride + Kernel;
  static constexpr int tap(int column, int output) { return column - output * Stride; }
};
// … its adjoint writes several outputs an input. Output a is at u = u0 + a, u0 even; input column m at
// ox = u0/2 − (K−1)/2 + m.
template <int Kernel, int Outputs>
struct Spreading {
  static constexpr int kKernel = Kernel, kOutputs = Outputs, kColumns = Outputs / 2 + (Kernel - 1) / 2;
  static constexpr int tap(int column, int output) { return output - 2 * (column - (Kernel - 1) / 2); }
};

// Channels c … c+3 of a strip; Whole: every column and every output is valid.
template <class Map, bool Whole>
SALIENCY_INLINE void strip_channels(const Strip& s, std::ptrdiff_t c) {
  F32x4 sum[Map::kOutputs];
  const F32x4 bias = load(s.bias + c);
  unrolled<Map::kOutputs>([&](auto o) __attribute__((always_inline)) { sum[o] = bias; });
  const float* weight = s.weight + c;
  for (int ky = 0; ky < s.window_rows; ++ky, weight += s.row_weights) {
    const float* in = s.rows[ky];
    if (in == nullptr) continue;
    in += c;
    F32x4 w[Map::kKernel];
    unrolled<Map::kKernel>([&](auto k) __attribute__((always_inline)) { w[k] = load(weight + k * s.channels); });
    unrolled<Map::kColumns>([&](auto column) __attribute__((always_inline)) {
      if constexpr (!Whole) {
        if (column < s.first_column || column >= s.end_column) return;
      }
      const F32x4 x = load(in + column * s.channels);
      unrolled<Map::kOutputs>([&](auto o) __attribute__((always_inline)) {
        constexpr int kTap = Map::tap(column, o);
        if constexpr (kTap >= 0 && kTap < Map::kKernel) sum[o] = madd(x, w[kTap], sum[o]);
      });
    });
  }
  const F32x4 low = splat(s.low), high = splat(s.high);
  unrolled<Map::kOutputs>([&](auto o) __attribute__((always_inline)) {
    if (Whole || (o >= s.first_output && o < s.end_output))
      store(s.out + o * s.channels + c, at_most(at_least(sum[o], low), high));
  });
}

template <class Map, bool Whole>
void run_channels(const Strip& s) {
  std::ptrdiff_t c = 0;
  for (; c + kLanes <= s.channels; c += kLanes) strip_channels<Map, Whole>(s, c);
  if (c < s.channels) strip_channels<Map, Whole>(s, s.channels - kLanes);  // the last four, some of them again
}

template <class Map>
void run_strip(const Strip& s) {
  const bool all_columns = s.first_column == 0 && s.end_column == Map::kColumns;
  const bool all_outputs = s.first_output == 0 && s.end_output == Map::kOutputs;
  (all_columns && all_outputs ? run_channels<Map, true> : run_channels<Map, false>)(s);
}

// A strip's kernel and its shape.
struct StripKind {
  void (*run)(const Strip&);
  int outputs, columns;
};
template <class Map>
constexpr StripKind strip_kind() {
  return {run_strip<Map>, Map::kOutputs, Map::kColumns};
}

// null: no such kernel
const StripKind* gathering_kind(std::int64_t kernel, std::int64_t stride) {
  static constexpr StripKind kKinds[3][2] = {
      {strip_kind<Gathering<3, 1, 4>>(), strip_kind<Gathering<3, 2, 4>>()},
      {strip_kind<Gathering<5, 1, 4>>(), strip_kind<Gathering<5, 2, 4>>()},
      {strip_kind<Gathering<7, 1, 4>>(), strip_kind<Gathering<7, 2, 4>>()},
  };
  const bool known = (kernel == 3 || kernel == 5 || kernel == 7) && (stride == 1 || stride == 2);
  return known ? &kKinds[kernel / 2 - 1][stride - 1] : nullptr;
}
const StripKind* spreading_kind(std::int64_t kernel) {
  static constexpr StripKind kKinds[3] = {strip_kind<Spreading<3, 8>>(), strip_kind<Spreading<5, 8>>(),
                                          strip_kind<Spreading<7, 6>>()};
  return kernel == 3 || kernel == 5 || kernel == 7 ? &kKinds[kernel / 2 - 1] : nullptr;
}

constexpr std::int64_t kMaxWindowRows = 16;

// Rows of the input, gated when they are first needed; a ring as high as the window.
class GatedRows {
 public:
  GatedRows(const float* in, const Gate& gate, std::int64_t row_size, std::int64_t window_height)
      : in_(in), gate_(gate), row_size_(row_size), height_(window_height) {
    if (gate.is_identity()) return;
    copies_ = scratch<float>(Slot::Rows, row_size * height_);
    std::fill_n(held_, kMaxWindowRows, std::int64_t{-1});
  }

  // Row number `row`, counted over all images.
  const float* row(std::int64_t row) {
    const float* from = in_ + row * row_size_;
    if (copies_ == nullptr) return from;
    const std::int64_t place = row % height_;
    float* copy = copies_ + place * row_size_;
    if (held_[place] != row) {
      gate_run(row_size_, from, gate_, row * row_size_, copy);
      held_[place] = row;
    }
    return copy;
  }

 private:
  const float* in_;
  Gate gate_;
  std::int64_t row_size_, height_;
  float* copies_ = nullptr;  // null: the gate is the identity
  std::int64_t held_[kMaxWindowRows];
};

enum class Direction { Forward, Adjoint };

class DepthwisePass final : public Pass {
 public:
  // weight: kh×kw×channels, as the strips read it
  DepthwisePass(std::int64_t channels, const Window& window, Direction direction, const StripKind& kind,
                std::vector<float> weight, const float* bias)
      : channels_(channels),
        window_(window),
        direction_(direction),
        spreads_(direction == Direction::Adjoint && window.stride_width == 2),
        kind_(kind),
        weight_(std::move(weight)),
        bias_(static_cast<std::size_t>(channels), 0.0f) {
    if (bias != nullptr) std::copy_n(bias, channels, bias_.begin());
  }

  void run(const PassSizes& sizes, const float* in, Gate gate, Clamp clamp, float* out) const override {
    const std::int64_t out_row = sizes.out_width * channels_;
    const std::int64_t rows = sizes.batch * sizes.out_height;
    const std::int64_t window_height = (window_.kernel_height - 1) * window_.dilation_height + 1;
    parallel_for(rows, std::max<std::int64_t>(1, kUnitValues / out_row), [&](std::int64_t begin, std::int64_t end) {
      GatedRows gated(in, gate, sizes.in_width * channels_, window_height);
      for (std::int64_t row = begin; row < end; ++row) {
        run_row(sizes, row / sizes.out_height, row % sizes.out_height, gated, clamp, out + row * out_row);
      }
    });
  }

 private:
  void run_row(const PassSizes& sizes, std::int64_t n, std::int64_t y, GatedRows& gated, const Clamp& clamp,
               float* out) const {
    const float* rows[kMaxWindowRows];
    const float* starts[kMaxWindowRows];
    for (std::int64_t ky = 0; ky < window_.kernel_height; ++ky) {
      const std::int64_t in_y = input_row(sizes, y, ky);
      rows[ky] = in_y >= 0 && in_y < sizes.in_height ? gated.row(n * sizes.in_height + in_y) : nullptr;
    }
    Strip strip{starts,
                0,
                0,
                weight_.data(),
                bias_.data(),
                static_cast<std::ptrdiff_t>(channels_),
                static_cast<std::ptrdiff_t>(window_.kernel_width * channels_),
                static_cast<int>(window_.kernel_height),
                clamp.low,
                clamp.high,
                nullptr,
                0,
                0};
    // A spreading strip starts at an even x + pad, hence perhaps at x = −1.
    for (std::int64_t x = spreads_ ? -(window_.pad_left % 2) : 0; x < sizes.out_width; x += kind_.outputs) {
      const std::int64_t in_x = input_column(sizes, x);
      strip.first_column = static_cast<int>(std::clamp<std::int64_t>(-in_x, 0, kind_.columns));
      strip.end_column = static_cast<int>(std::clamp<std::int64_t>(sizes.in_width - in_x, 0, kind_.columns));
      strip.first_output = x < 0 ? 1 : 0;
      strip.end_output = static_cast<int>(std::min<std::int64_t>(kind_.outputs, sizes.out_width - x));
      for (std::int64_t ky = 0; ky < window_.kernel_height; ++ky) {
        starts[ky] = rows[ky] == nullptr ? nullptr : rows[ky] + in_x * channels_;
      }
      strip.out = out + x * channels_;
      kind_.run(strip);
    }
  }

  // The input row that meets output row y through row ky of the window; −1: none.
  std::int64_t input_row(const PassSizes& sizes, std::int64_t y, std::int64_t ky) const {
    const std::int64_t reach = ky * window_.dilation_height;
    if (direction_ == Direction::Forward) {
      return y * window_.stride_height - window_.pad_top + sizes.cut_top + reach;
    }
    const std::int64_t u = y + window_.pad_top - reach;
    return u >= 0 && u % window_.stride_height == 0 ? u / window_.stride_height : -1;
  }
  // The first input column of the strip at output column x.
  std::int64_t input_column(const PassSizes& sizes, std::int64_t x) const {
    if (spreads_) return (x + window_.pad_left) / 2 - (window_.kernel_width - 1) / 2;
    if (direction_ == Direction::Adjoint) return x + window_.pad_left - (window_.kernel_width - 1);
    return x * window_.stride_width - window_.pad_left + sizes.cut_left;
  }

  std::int64_t channels_;
  Window window_;
  Direction direction_;
  bool spreads_;  // the adjoint of stride 2
  StripKind kind_;
  std::vector<float> weight_, bias_;
};

// weight[c][ky][kx] as [ky][kx][c]
std::vector<float> channels_last(const ConvGeometry& geometry, const float* weight) {
  const std::int64_t channels = geometry.out_channels;
  const std::int64_t taps = geometry.window.kernel_height * geometry.window.kernel_width;
  std::vector<float> packed(static_cast<std::size_t>(channels * taps));
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t t = 0; t < taps; ++t) packed[static_cast<std::size_t>(t * channels + c)] = weight[c * taps + t];
  }
  return packed;
}

}  // namespace

bool depthwise_fits(const ConvGeometry& geometry) {
  const Window& w = geometry.window;
  return geometry.groups == geometry.in_channels && geometry.groups == geometry.out_channels &&
         geometry.groups >= kLanes && w.dilation_width == 1 &&
         gathering_kind(w.kernel_width, w.stride_width) != nullptr &&
         (w.kernel_height - 1) * w.dilation_height < kMaxWindowRows;
}

std::unique_ptr<Pass> make_depthwise_forward(const ConvGeometry& geometry, const float* weight, const float* bias) {
  const Window& w = geometry.window;
  return std::make_unique<DepthwisePass>(geometry.groups, w, Direction::Forward,
                                         *gathering_kind(w.kernel_width, w.stride_width),
                                         channels_last(geometry, weight), bias);
}

std::unique_ptr<Pass> make_depthwise_adjoint(const ConvGeometry& geometry, const float* weight) {
  const Window& w = geometry.window;
  std::vector<float> packed = channels_last(geometry, weight);
  if (w.stride_width == 2) {
    return std::make_unique<DepthwisePass>(geometry.groups, w, Direction::Adjoint, *spreading_kind(w.kernel_width),
                                           std::move(packed), nullptr);
  }
  // A gathering strip reads the taps of a row in reverse.
  const std::int64_t row = w.kernel_width * geometry.groups;
  for (std::int64_t ky = 0; ky < w.kernel_height; ++ky) {
    for (std::int64_t kx = 0; kx < w.kernel_width / 2; ++kx) {
      const auto left = packed.begin() + ky * row + kx * geometry.groups;
      const auto right = packed.begin() + ky * row + (w.kernel_width - 1 - kx) * geometry.groups;
      std::swap_ranges(left, left + geometry.groups, right);
    }
  }
  return std::make_unique<DepthwisePass>(geometry.groups, w, Direction::Adjoint, *gathering_kind(w.kernel_width, 1),
                                         std::move(packed), nullptr);
}

}  // namespace saliency::kernels::simd
