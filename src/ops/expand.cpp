// Operators that repeat x.
//   Expand  https://onnx.ai/onnx/operators/onnx__Expand.html   axes of size 1 grow, as NumPy broadcasts
//   Tile    https://onnx.ai/onnx/operators/onnx__Tile.html     x repeats[a] times along each axis a
//   backward  dx[j] = Σ dy[i] over all i that show x[j]
#include <algorithm>
#include <utility>

#include "base/error.h"
#include "ops/broadcast.h"
#include "ops/operator.h"
#include "ops/registry.h"
#include "ops/strided.h"

namespace saliency::ops {
namespace {

constexpr auto copy_run = [](const Run& run, Scalar* result) {
  if (run.steps[0] != 0) {
    std::copy_n(run.operands[0], run.count, result);
  } else {
    std::fill_n(result, run.count, *run.operands[0]);
  }
};

class ExpandOperator final : public Operator {
 public:
  explicit ExpandOperator(Shape shape) : shape_(std::move(shape)) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return {{.shape = broadcast(inputs[0].shape, shape_), .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override {
    const View& y = context.outputs[0];
    broadcast_map(y.shape, {context.inputs[0]}, copy_run, y.data);
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    const View& dx = context.input_grads[0];
    broadcast_sum(dy.shape, {dy}, dx.shape, copy_run, dx.data);
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                std::span<const ValueType> outputs) const override {
    if (input_axes[0] < 0) return -1;
    const auto axis = static_cast<std::size_t>(input_axes[0]);
    const std::size_t aligned = axis + outputs[0].shape.size() - inputs[0].shape.size();
    if (inputs[0].shape[axis] != outputs[0].shape[aligned]) return std::nullopt;
    return static_cast<int>(aligned);
  }

  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    if (shape_.size() > permutation.size()) return std::nullopt;
    Shape shape(permutation.size(), 1);
    const std::size_t missing = permutation.size() - shape_.size();
    for (std::size_t a = 0; a < shape_.size(); ++a)
      shape[static_cast<std::size_t>(permutation[a + missing])] = shape_[a];
    shape_ = std::move(shape);
    return std::vector<int>(permutation.begin(), permutation.end());
  }

 private:
  Shape shape_;
};

class TileOperator final : public Operator {
 public:
  explicit TileOperator(std::vector<std::int64_t> repeats) : repeats_(std::move(repeats)) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    if (inputs[0].shape.size() != repeats_.size()) {
      throw Error(ErrorCode::ShapeMismatch,
                  "'repeats' is " + to_string(repeats_) + ", the input has shape " + to_string(inputs[0].shape));
    }
    Shape shape = inputs[0].shape;
    for (std::size_t a = 0; a < shape.size(); ++a) shape[a] *= repeats_[a];
    return {{.shape = std::move(shape), .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override {
    const Walk walk = walk_of(context.inputs[0].shape, context.outputs[0].shape);
    copy_strided(walk.shape, context.inputs[0].data, walk.x_strides, context.outputs[0].data, walk.y_strides);
  }

  // One repetition after the other, so that no two threads add to the same element.
  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    const View& dx = context.input_grads[0];
    std::fill_n(dx.data, dx.size(), Scalar{0});
    const Shape x_strides = strides_of(dx.shape), y_strides = strides_of(dy.shape);
    const std::int64_t repetitions = element_count(repeats_);
    for (std::int64_t r = 0; r < repetitions; ++r) {
      std::int64_t rest = r, offset = 0;
      for (std::size_t a = repeats_.size(); a-- > 0;) {
        offset += rest % repeats_[a] * dx.shape[a] * y_strides[a];
        rest /= repeats_[a];
      }
      add_strided(dx.shape, dy.data + offset, y_strides, dx.data, x_strides);
    }
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    if (input_axes[0] >= 0 && repeats_[static_cast<std::size_t>(input_axes[0])] != 1) return std::nullopt;
    return input_axes[0];
  }

  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    std::vector<std::int64_t> repeats(repeats_.size());
    for (std::size_t a = 0; a < repeats.size(); ++a) repeats[static_cast<std::size_t>(permutation[a])] = repeats_[a];
    repeats_ = std::move(repeats);
    return std::vector<int>(permutation.begin(), permutation.end());
  }

 private:
  // Each axis of y as repeats × size.
  struct Walk {
    Shape shape, x_strides, y_strides;
  };

  Walk walk_of(std::span<const std::int64_t> x, std::span<const std::int64_t> y) const {
    const Shape x_strides = strides_of(x), y_strides = strides_of(y);
    Walk walk;
    for (std::size_t a = 0; a < x.size(); ++a) {
      walk.shape.insert(walk.shape.end(), {repeats_[a], x[a]});
      walk.x_strides.insert(walk.x_strides.end(), {0, x_strides[a]});
      walk.y_strides.insert(walk.y_strides.end(), {x[a] * y_strides[a], y_strides[a]});
    }
    return walk;
  }

  std::vector<std::int64_t> repeats_;
};

}  // namespace

std::unique_ptr<Operator> make_expand(const NodeInfo& info) {
  return std::make_unique<ExpandOperator>(info.integers("shape", 1).value_or(Shape()));
}

std::unique_ptr<Operator> make_tile(const NodeInfo& info) {
  constexpr std::int64_t kLargest = std::int64_t{1} << 22;
  std::vector<std::int64_t> repeats = info.integers("repeats", 1).value_or(Shape());
  for (const std::int64_t count : repeats) {
    if (count < 0 || count > kLargest) throw Error(ErrorCode::ModelInvalid, "'repeats' is " + to_string(repeats));
  }
  return std::make_unique<TileOperator>(std::move(repeats));
}

}  // namespace saliency::ops
