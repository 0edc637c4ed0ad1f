// GridSample: x read at the points of a grid. https://onnx.ai/onnx/operators/onnx__GridSample.html
//   x: n×h×w×c   grid: n×oh×ow×2, (horizontal, vertical) in −1 … 1   y: n×oh×ow×c
//   y      = Σ_taps wy · wx · x[tap]
//   dx     = the same taps, scattered
//   dgrid  = (Σ wy · wx′ · ⟨dy, x[tap]⟩, Σ wy′ · wx · ⟨dy, x[tap]⟩), ′: by the grid's coordinate; 0 for nearest
// Saves nothing. Rounding and the order of padding and interpolation are PyTorch's.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernels/parallel.h"
#include "ops/pixels.h"
#include "ops/registry.h"
#include "ops/window.h"

namespace saliency::ops {
namespace {

enum class Sampling { Nearest, Linear, Cubic };
enum class Padding { Zeros, Border, Reflection };
enum class Corners { Centres, Aligned };  // −1 and 1: the edges of the outer pixels, or their centres

constexpr int kMaxTaps = 4;
constexpr double kCubic = -0.75;

// The taps of one axis; an index of −1 reads zero.
struct AxisTaps {
  int count = 0;
  std::int64_t index[kMaxTaps] = {};
  Scalar weight[kMaxTaps] = {}, slope[kMaxTaps] = {};  // slope: of the weight, by the grid's coordinate

  void add(std::int64_t at, double w, double s) {
    index[count] = at;
    weight[count] = static_cast<Scalar>(w);
    slope[count] = static_cast<Scalar>(s);
    ++count;
  }
};

struct Coordinate {
  double at;
  double slope;  // by the grid's coordinate
};

Coordinate clipped(Coordinate p, std::int64_t size) {
  const double last = static_cast<double>(size - 1);
  if (!(p.at > 0)) return {0, 0};
  if (p.at >= last) return {last, 0};
  return p;
}

// Mirrored until it lies between low and high.
Coordinate reflected(Coordinate p, double low, double high) {
  const double span = high - low;
  if (span <= 0) return {0, 0};
  const double away = std::abs(p.at - low), turns = std::floor(away / span);
  const double rest = away - turns * span;
  const double sign = p.at < low ? -1 : 1;
  const bool odd = std::fmod(turns, 2) != 0;
  return odd ? Coordinate{high - rest, -sign * p.slope} : Coordinate{low + rest, sign * p.slope};
}

double cubic(double t) {
  t = std::abs(t);
  if (t <= 1) return ((kCubic + 2) * t - (kCubic + 3)) * t * t + 1;
  return t < 2 ? ((kCubic * t - 5 * kCubic) * t + 8 * kCubic) * t - 4 * kCubic : 0;
}

// d cubic / dt
double cubic_slope(double t) {
  const double sign = t < 0 ? -1 : 1;
  t = std::abs(t);
  if (t <= 1) return sign * (3 * (kCubic + 2) * t - 2 * (kCubic + 3)) * t;
  return t < 2 ? sign * ((3 * kCubic * t - 10 * kCubic) * t + 8 * kCubic) : 0;
}

struct Rule {
  Sampling sampling = Sampling::Linear;
  Padding padding = Padding::Zeros;
  Corners corners = Corners::Centres;

  AxisTaps taps(double g, std::int64_t size) const {
    const double n = static_cast<double>(size);
    const double scale = corners == Corners::Aligned ? (n - 1) / 2 : n / 2;
    const Coordinate raw = {corners == Corners::Aligned ? (g + 1) * scale : ((g + 1) * n - 1) / 2, scale};
    AxisTaps result;
    if (sampling == Sampling::Cubic) {
      const double first = std::floor(raw.at) - 1;
      for (int k = 0; k < 4; ++k) {
        const double at = first + k, t = raw.at - at;
        result.add(index(padded({at, 0}, size).at, size), cubic(t), cubic_slope(t) * raw.slope);
      }
      return result;
    }
    const Coordinate p = padded(raw, size);
    if (sampling == Sampling::Nearest) {
      result.add(index(std::nearbyint(p.at), size), 1, 0);  // halves to the even one
      return result;
    }
    const double first = std::floor(p.at), t = p.at - first;
    result.add(index(first, size), 1 - t, -p.slope);
    result.add(index(first + 1, size), t, p.slope);
    return result;
  }

 private:
  Coordinate padded(Coordinate p, std::int64_t size) const {
    if (padding == Padding::Zeros) return p;
    if (padding == Padding::Border) return clipped(p, size);
    const double n = static_cast<double>(size);
    const bool aligned = corners == Corners::Aligned;
    return clipped(reflected(p, aligned ? 0 : -0.5, aligned ? n - 1 : n - 0.5), size);
  }

  static std::int64_t index(double at, std::int64_t size) {
    return at >= 0 && at < static_cast<double>(size) ? static_cast<std::int64_t>(at) : -1;
  }
};

Rule read_rule(const NodeInfo& info) {
  Rule rule;
  const auto refuse = [](const char* name, const std::string& value, const char* known) {
    throw Error(ErrorCode::UnsupportedOperator, std::string("'") + name + "' is '" + value + "'",
                {.expected = known, .actual = value});
  };
  const std::string mode = info.attributes.text("mode", "bilinear");
  if (mode == "nearest") {
    rule.sampling = Sampling::Nearest;
  } else if (mode == "cubic" || mode == "bicubic") {
    rule.sampling = Sampling::Cubic;
  } else if (mode != "linear" && mode != "bilinear") {
    refuse("mode", mode, "linear, nearest or cubic");
  }
  const std::string padding = info.attributes.text("padding_mode", "zeros");
  if (padding == "border") {
    rule.padding = Padding::Border;
  } else if (padding == "reflection") {
    rule.padding = Padding::Reflection;
  } else if (padding != "zeros") {
    refuse("padding_mode", padding, "zeros, border or reflection");
  }
  if (info.attributes.integer("align_corners", 0) != 0) rule.corners = Corners::Aligned;
  return rule;
}

class GridSample final : public Operator {
 public:
  explicit GridSample(const NodeInfo& info) : rule_(read_rule(info)) {
    const Shape &x = info.inputs[0].shape, &grid = info.inputs[1].shape;
    if (x.size() != 4) {
      throw Error(ErrorCode::UnsupportedOperator, "input of " + std::to_string(x.size()) + " axes",
                  {.expected = "4 axes: samples, channels, height and width", .actual = to_string(x)});
    }
    if (grid.size() != 4 || grid[3] != 2 || grid[0] != x[0]) {
      const std::string expected = "[" + std::to_string(x[0]) + ", height, width, 2]";
      throw Error(ErrorCode::ShapeMismatch, "grid has shape " + to_string(grid) + ", expected " + expected,
                  {.expected = expected, .actual = to_string(grid)});
    }
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape &x = inputs[0].shape, &grid = inputs[1].shape;
    return {{.shape = {x[0], grid[1], grid[2], x[3]}, .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override {
    const ConstView &x = context.inputs[0], &grid = context.inputs[1];
    const View& y = context.outputs[0];
    const Frame frame(x.shape, grid.shape, y.shape);
    for_each_point(frame, [&](std::int64_t n, std::int64_t point) {
      Scalar* out = y.data + (n * frame.points + point) * frame.channels;
      std::fill_n(out, frame.channels, Scalar(0));
      const PointTaps taps = taps_at(frame, grid, n, point);
      for_each_tap(frame, taps, [&](std::int64_t offset, int j, int i) {
        const Scalar* from = x.data + n * frame.sample() + offset;
        const Scalar weight = taps.rows.weight[j] * taps.columns.weight[i];
        for (std::int64_t c = 0; c < frame.channels; ++c) out[c] += weight * from[c];
      });
    });
  }

  void backward(const Backward& context) const override {
    const ConstView &grid = context.inputs[1], &dy = context.output_grads[0];
    const Frame frame(context.inputs[0].shape, grid.shape, dy.shape);
    if (context.input_grads[0]) scatter(frame, grid, dy, context.input_grads[0].data);
    if (context.input_grads[1]) move(frame, context.inputs[0], grid, dy, context.input_grads[1]);
  }

  bool has_gradient(std::size_t input) const override { return input < 2; }
  BackwardNeeds needs() const override { return {.inputs = 0b11u}; }

  // A grid that all samples share has one sample.
  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                std::span<const ValueType> /*outputs*/) const override {
    const bool shared_grid = input_axes[1] < 0 && inputs[1].shape[0] == 1;
    if (input_axes[0] < 0 && input_axes[1] < 0) return -1;
    if (input_axes[0] == 0 && (input_axes[1] == 0 || shared_grid)) return 0;
    return std::nullopt;
  }

 private:
  struct Frame {
    std::int64_t batch, height, width, channels, points;
    bool shared_grid;

    Frame(std::span<const std::int64_t> x, std::span<const std::int64_t> grid, std::span<const std::int64_t> y)
        : batch(y[0]), height(x[1]), width(x[2]), channels(x[3]), points(y[1] * y[2]), shared_grid(grid[0] != y[0]) {}
    std::int64_t sample() const { return height * width * channels; }
  };

  struct PointTaps {
    AxisTaps rows, columns;
  };

  PointTaps taps_at(const Frame& frame, const ConstView& grid, std::int64_t n, std::int64_t point) const {
    const Scalar* g = grid.data + ((frame.shared_grid ? 0 : n) * frame.points + point) * 2;
    return {rule_.taps(static_cast<double>(g[1]), frame.height), rule_.taps(static_cast<double>(g[0]), frame.width)};
  }

  // body(n, point)
  template <class Body>
  static void for_each_point(const Frame& frame, const Body& body) {
    constexpr std::int64_t kGrain = 32;
    kernels::parallel_for(frame.batch * frame.points, kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) body(i / frame.points, i % frame.points);
    });
  }

  // body(offset within the sample, index of the row's tap, index of the column's tap), inside the image.
  template <class Body>
  static void for_each_tap(const Frame& frame, const PointTaps& taps, const Body& body) {
    const auto& [rows, columns] = taps;
    for (int j = 0; j < rows.count; ++j) {
      for (int i = 0; i < columns.count; ++i) {
        if (rows.index[j] < 0 || columns.index[i] < 0) continue;
        body((rows.index[j] * frame.width + columns.index[i]) * frame.channels, j, i);
      }
    }
  }

  // Blocks of channels, not points, are shared out among threads: several points may read one pixel.
  void scatter(const Frame& frame, const ConstView& grid, const ConstView& dy, Scalar* dx) const {
    const PixelSizes sizes{frame.batch, frame.height * frame.width, frame.channels};
    for_each_channel_block(sizes, [&](std::int64_t n, std::int64_t first, std::int64_t count) {
      Scalar* to = dx + n * frame.sample() + first;
      for (std::int64_t pixel = 0; pixel < sizes.pixels; ++pixel)
        std::fill_n(to + pixel * frame.channels, count, Scalar(0));
      for (std::int64_t point = 0; point < frame.points; ++point) {
        const Scalar* grad = dy.data + (n * frame.points + point) * frame.channels + first;
        const PointTaps taps = taps_at(frame, grid, n, point);
        for_each_tap(frame, taps, [&](std::int64_t offset, int j, int i) {
          const Scalar weight = taps.rows.weight[j] * taps.columns.weight[i];
          for (std::int64_t c = 0; c < count; ++c) to[offset + c] += weight * grad[c];
        });
      }
    });
  }

  void move(const Frame& frame, const ConstView& x, const ConstView& grid, const ConstView& dy,
            const View& dgrid) const {
    const std::int64_t samples = frame.shared_grid ? frame.batch : 1;  // that one point of the grid serves
    constexpr std::int64_t kGrain = 32;
    kernels::parallel_for(dgrid.size() / 2, kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t at = begin; at < end; ++at) {
        Scalar across = 0, down = 0;
        for (std::int64_t s = 0; s < samples; ++s) {
          const std::int64_t n = frame.shared_grid ? s : at / frame.points, point = at % frame.points;
          const Scalar* grad = dy.data + (n * frame.points + point) * frame.channels;
          const PointTaps taps = taps_at(frame, grid, n, point);
          for_each_tap(frame, taps, [&](std::int64_t offset, int j, int i) {
            const Scalar* from = x.data + n * frame.sample() + offset;
            Scalar product = 0;
            for (std::int64_t c = 0; c < frame.channels; ++c) product += grad[c] * from[c];
            across += taps.rows.weight[j] * taps.columns.slope[i] * product;
            down += taps.rows.slope[j] * taps.columns.weight[i] * product;
          });
        }
        dgrid.data[2 * at] = across;
        dgrid.data[2 * at + 1] = down;
      }
    });
  }

  Rule rule_;
};

}  // namespace

std::unique_ptr<Operator> make_grid_sample(const NodeInfo& info) {
  return std::make_unique<GridSample>(info);
}

}  // namespace saliency::ops
