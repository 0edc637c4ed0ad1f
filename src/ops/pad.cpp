// Pad: a frame of values around x. https://onnx.ai/onnx/operators/onnx__Pad.html
//   constant  y = value outside          reflect  … 2 1 |0 1 2 … (the edge is not repeated)
//   edge      y = the nearest x          wrap     x goes on from its other end
//   backward  dx[j] = Σ dy[i] over all i that show x[j]
// A negative pad cuts.
#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "ops/operator.h"
#include "ops/registry.h"
#include "ops/strided.h"

namespace saliency::ops {
namespace {

enum class PadMode { Constant, Reflect, Edge, Wrap };

struct Pads {
  std::int64_t begin = 0, end = 0;
};

// The element of an axis of `size` that position p shows (p < 0 and p ≥ size are in the frame).
std::int64_t source_of(PadMode mode, std::int64_t p, std::int64_t size) {
  if (mode == PadMode::Edge) return std::clamp<std::int64_t>(p, 0, size - 1);
  const std::int64_t period = mode == PadMode::Wrap ? size : std::max<std::int64_t>(2 * (size - 1), 1);
  const std::int64_t within = ((p % period) + period) % period;
  return within < size ? within : period - within;
}

class PadOperator final : public Operator {
 public:
  PadOperator(PadMode mode, std::vector<Pads> pads, Scalar value)
      : mode_(mode), pads_(std::move(pads)), value_(value) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    ValueType output{.shape = inputs[0].shape, .dtype = inputs[0].dtype};
    for (std::size_t a = 0; a < pads_.size(); ++a) {
      if (mode_ != PadMode::Constant && output.shape[a] == 0 && (pads_[a].begin > 0 || pads_[a].end > 0)) {
        throw Error(ErrorCode::ShapeMismatch, "axis " + std::to_string(a) + " is empty: there is nothing to repeat");
      }
      output.shape[a] += pads_[a].begin + pads_[a].end;
      if (output.shape[a] < 0) {
        throw Error(ErrorCode::ShapeMismatch,
                    "'pads' cut more than axis " + std::to_string(a) + " of " + to_string(inputs[0].shape) + " has");
      }
    }
    return {output};
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const View& y = context.outputs[0];
    if (mode_ == PadMode::Constant) {
      std::fill_n(y.data, y.size(), value_);
      const Overlap overlap = overlap_of(x.shape);
      copy_strided(overlap.shape, x.data + overlap.x_offset(x.shape), strides_of(x.shape),
                   y.data + overlap.y_offset(y.shape), strides_of(y.shape));
      return;
    }
    for_each_row(x.shape, y.shape, [&](std::int64_t from, std::int64_t to, const Shape& columns) {
      for (std::size_t i = 0; i < columns.size(); ++i)
        y.data[to + static_cast<std::int64_t>(i)] = x.data[from + columns[i]];
    });
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    const View& dx = context.input_grads[0];
    std::fill_n(dx.data, dx.size(), Scalar{0});
    if (mode_ == PadMode::Constant) {
      const Overlap overlap = overlap_of(dx.shape);
      copy_strided(overlap.shape, dy.data + overlap.y_offset(dy.shape), strides_of(dy.shape),
                   dx.data + overlap.x_offset(dx.shape), strides_of(dx.shape));
      return;
    }
    for_each_row(dx.shape, dy.shape, [&](std::int64_t to, std::int64_t from, const Shape& columns) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        dx.data[to + columns[i]] += dy.data[from + static_cast<std::int64_t>(i)];
      }
    });
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }

  // Padding with a constant moves the pixels and nothing else.
  std::optional<Reach> reach(int height_axis, int width_axis) const override {
    for (std::size_t a = 0; a < pads_.size(); ++a) {
      const auto axis = static_cast<int>(a);
      const bool spatial = axis == height_axis || axis == width_axis;
      if (!spatial && (pads_[a].begin != 0 || pads_[a].end != 0)) return std::nullopt;
      if (pads_[a].begin < 0 || pads_[a].end < 0) return std::nullopt;
    }
    if (mode_ != PadMode::Constant) return std::nullopt;
    return Reach{.height = {.pad = pads_[static_cast<std::size_t>(height_axis)].begin},
                 .width = {.pad = pads_[static_cast<std::size_t>(width_axis)].begin}};
  }

  void forward_part(const Forward& context, const Outside& /*outside*/) const override {
    std::copy_n(context.inputs[0].data, context.outputs[0].size(), context.outputs[0].data);
  }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    if (input_axes[0] < 0) return -1;
    const Pads& pads = pads_[static_cast<std::size_t>(input_axes[0])];
    if (pads.begin != 0 || pads.end != 0) return std::nullopt;
    return input_axes[0];
  }

  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    std::vector<Pads> pads(pads_.size());
    for (std::size_t a = 0; a < pads_.size(); ++a) pads[static_cast<std::size_t>(permutation[a])] = pads_[a];
    pads_ = std::move(pads);
    return std::vector<int>(permutation.begin(), permutation.end());
  }

 private:
  // The part of x that is in y: where it begins in both, and its sizes.
  struct Overlap {
    Shape shape, x_begin, y_begin;

    static std::int64_t offset(const Shape& begin, std::span<const std::int64_t> shape) {
      const Shape strides = strides_of(shape);
      std::int64_t sum = 0;
      for (std::size_t a = 0; a < begin.size(); ++a) sum += begin[a] * strides[a];
      return sum;
    }
    std::int64_t x_offset(std::span<const std::int64_t> x) const { return offset(x_begin, x); }
    std::int64_t y_offset(std::span<const std::int64_t> y) const { return offset(y_begin, y); }
  };

  Overlap overlap_of(std::span<const std::int64_t> x) const {
    Overlap overlap;
    for (std::size_t a = 0; a < x.size(); ++a) {
      overlap.x_begin.push_back(std::max<std::int64_t>(-pads_[a].begin, 0));
      overlap.y_begin.push_back(std::max<std::int64_t>(pads_[a].begin, 0));
      const std::int64_t end = x[a] + std::min<std::int64_t>(pads_[a].end, 0);
      overlap.shape.push_back(std::max<std::int64_t>(end - overlap.x_begin.back(), 0));
    }
    return overlap;
  }

  // row(offset of x's row, offset of y's row, x's column for each column of y)
  template <class Row>
  void for_each_row(std::span<const std::int64_t> x, std::span<const std::int64_t> y, const Row& row) const {
    if (element_count(y) == 0 || y.empty()) return;
    const Shape x_strides = strides_of(x);
    std::vector<Shape> sources(y.size());
    for (std::size_t a = 0; a < y.size(); ++a) {
      for (std::int64_t i = 0; i < y[a]; ++i) sources[a].push_back(source_of(mode_, i - pads_[a].begin, x[a]));
    }
    const std::size_t last = y.size() - 1;
    const std::int64_t rows = element_count(y.first(last));
    for (std::int64_t r = 0; r < rows; ++r) {
      std::int64_t rest = r, from = 0;
      for (std::size_t a = last; a-- > 0;) {
        from += sources[a][static_cast<std::size_t>(rest % y[a])] * x_strides[a];
        rest /= y[a];
      }
      row(from, r * y[last], sources[last]);
    }
  }

  PadMode mode_;
  std::vector<Pads> pads_;
  Scalar value_;
};

PadMode mode_named(const std::string& name) {
  constexpr std::array<std::pair<const char*, PadMode>, 4> kModes = {{{"constant", PadMode::Constant},
                                                                      {"reflect", PadMode::Reflect},
                                                                      {"edge", PadMode::Edge},
                                                                      {"wrap", PadMode::Wrap}}};
  for (const auto& [text, mode] : kModes) {
    if (name == text) return mode;
  }
  throw Error(ErrorCode::ModelInvalid, "'mode' is '" + name + "'",
              {.expected = "constant, reflect, edge or wrap", .actual = name});
}

}  // namespace

// Up to opset 10 pads and value are attributes, since then inputs 1 and 2; opset 18 added `axes`, input 3.
std::unique_ptr<Operator> make_pad(const NodeInfo& info) {
  const std::size_t rank = info.inputs[0].shape.size();
  const auto given = info.integers("pads", 1);
  if (!given) throw Error(ErrorCode::ModelInvalid, "'pads' is missing");
  Scalar value = static_cast<Scalar>(info.attributes.real("value", 0));
  if (info.has_input(2) && info.inputs[2].shape != Shape{0})
    value = info.constant_input(2, "constant_value").data.at(0);

  std::vector<std::int64_t> axes(rank);
  for (std::size_t a = 0; a < rank; ++a) axes[a] = static_cast<std::int64_t>(a);
  axes = info.integers("axes", 3).value_or(axes);
  if (given->size() != 2 * axes.size()) {
    throw Error(ErrorCode::ModelInvalid, "'pads' is " + to_string(*given) + ": it needs two numbers for each of " +
                                             std::to_string(axes.size()) + " axes");
  }
  constexpr std::int64_t kLargest = std::int64_t{1} << 31;
  std::vector<Pads> pads(rank);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const Pads pair{.begin = (*given)[i], .end = (*given)[axes.size() + i]};
    if (std::max(pair.begin, pair.end) > kLargest || std::min(pair.begin, pair.end) < -kLargest) {
      throw Error(ErrorCode::ModelInvalid, "'pads' is " + to_string(*given) + ": too large");
    }
    pads[static_cast<std::size_t>(normalized_axis(axes[i], rank))] = pair;
  }
  return std::make_unique<PadOperator>(mode_named(info.attributes.text("mode", "constant")), std::move(pads), value);
}

}  // namespace saliency::ops
