// Concat: the inputs one after the other along `axis`. https://onnx.ai/onnx/operators/onnx__Concat.html
//   backward  each input's gradient is its piece of dy
// An input that the samples of a batch share has size d where the output has B·d: it is repeated for each sample.
#include <algorithm>

#include "base/error.h"
#include "ops/operator.h"
#include "ops/registry.h"
#include "ops/strided.h"

namespace saliency::ops {
namespace {

// The piece of y that input x fills, as a walk: the axis along which x is repeated, if any, is cut into B×d.
struct Piece {
  Shape shape, part_strides, whole_strides;
  std::int64_t repeats = 1, whole_repeat_stride = 0;
};

Piece piece_of(std::span<const std::int64_t> part, std::span<const std::int64_t> whole, std::size_t axis) {
  Piece piece{
      .shape = Shape(part.begin(), part.end()), .part_strides = strides_of(part), .whole_strides = strides_of(whole)};
  for (std::size_t a = 0; a < part.size(); ++a) {
    if (a == axis || part[a] == whole[a] || part[a] == 0) continue;
    piece.repeats = whole[a] / part[a];
    piece.whole_repeat_stride = part[a] * piece.whole_strides[a];
  }
  return piece;
}

class ConcatOperator final : public Operator {
 public:
  explicit ConcatOperator(std::size_t axis) : axis_(axis) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    ValueType output{.shape = inputs[0].shape, .dtype = inputs[0].dtype};
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      const Shape& shape = inputs[i].shape;
      bool fits = shape.size() == output.shape.size();
      for (std::size_t a = 0; fits && a < shape.size(); ++a) fits = a == axis_ || shape[a] == output.shape[a];
      if (!fits) {
        throw Error(ErrorCode::ShapeMismatch, "input " + std::to_string(i) + " has shape " + to_string(shape) +
                                                  ", which does not continue " + to_string(inputs[0].shape) +
                                                  " along axis " + std::to_string(axis_));
      }
      output.shape[axis_] += shape[axis_];
    }
    return {output};
  }

  void forward(const Forward& context) const override {
    const View& y = context.outputs[0];
    std::int64_t offset = 0;
    for (const ConstView& x : context.inputs) {
      const Piece piece = piece_of(x.shape, y.shape, axis_);
      for (std::int64_t b = 0; b < piece.repeats; ++b) {
        copy_strided(piece.shape, x.data, piece.part_strides, y.data + offset + b * piece.whole_repeat_stride,
                     piece.whole_strides);
      }
      offset += x.shape[axis_] * piece.whole_strides[axis_];
    }
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < context.inputs.size(); ++i) {
      const View& dx = context.input_grads[i];
      const Piece piece = piece_of(context.inputs[i].shape, dy.shape, axis_);
      for (std::int64_t b = 0; dx && b < piece.repeats; ++b) {
        const auto put = b == 0 ? copy_strided : add_strided;
        put(piece.shape, dy.data + offset + b * piece.whole_repeat_stride, piece.whole_strides, dx.data,
            piece.part_strides);
      }
      offset += context.inputs[i].shape[axis_] * piece.whole_strides[axis_];
    }
  }

  bool has_gradient(std::size_t /*input*/) const override { return true; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    int axis = -1;
    for (const int input_axis : input_axes) {
      if (input_axis < 0) continue;
      if (input_axis == static_cast<int>(axis_) || (axis >= 0 && axis != input_axis)) return std::nullopt;
      axis = input_axis;
    }
    return axis;
  }

  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    axis_ = static_cast<std::size_t>(permutation[axis_]);
    return std::vector<int>(permutation.begin(), permutation.end());
  }
  bool pulls_all_inputs() const override { return true; }

  std::optional<Reach> reach(int height_axis, int width_axis) const override {
    const auto axis = static_cast<int>(axis_);
    return axis == height_axis || axis == width_axis ? std::nullopt : std::optional(Reach{});
  }

 private:
  std::size_t axis_;
};

}  // namespace

std::unique_ptr<Operator> make_concat(const NodeInfo& info) {
  const std::int64_t axis = info.attributes.integer("axis", 1);
  return std::make_unique<ConcatOperator>(static_cast<std::size_t>(normalized_axis(axis, info.inputs[0].shape.size())));
}

}  // namespace saliency::ops
