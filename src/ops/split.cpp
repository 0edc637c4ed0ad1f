// Split: pieces of x along `axis`. https://onnx.ai/onnx/operators/onnx__Split.html
//   backward  dx is the pieces' gradients one after the other, 0 for a piece that nobody reads
#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "ops/operator.h"
#include "ops/registry.h"
#include "ops/strided.h"

namespace saliency::ops {
namespace {

class SplitOperator final : public Operator {
 public:
  SplitOperator(std::size_t axis, std::vector<std::int64_t> sizes) : axis_(axis), sizes_(std::move(sizes)) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const std::int64_t sum = std::accumulate(sizes_.begin(), sizes_.end(), std::int64_t{0});
    if (sum != inputs[0].shape.at(axis_)) {
      throw Error(ErrorCode::ShapeMismatch, "pieces of sizes " + to_string(sizes_) + " do not make up axis " +
                                                std::to_string(axis_) + " of " + to_string(inputs[0].shape));
    }
    std::vector<ValueType> outputs;
    for (const std::int64_t size : sizes_) {
      outputs.push_back({.shape = inputs[0].shape, .dtype = inputs[0].dtype});
      outputs.back().shape[axis_] = size;
    }
    return outputs;
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const Shape strides = strides_of(x.shape);
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      const Shape shape = piece(x.shape, i);
      if (i < context.outputs.size() && context.outputs[i]) {
        copy_strided(shape, x.data + offset, strides, context.outputs[i].data, strides_of(shape));
      }
      offset += sizes_[i] * strides[axis_];
    }
  }

  void backward(const Backward& context) const override {
    const View& dx = context.input_grads[0];
    const Shape strides = strides_of(dx.shape);
    constexpr Scalar kZero = 0;
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      const Shape shape = piece(dx.shape, i);
      const bool read = i < context.output_grads.size() && context.output_grads[i];
      const Shape from = read ? strides_of(shape) : Shape(shape.size(), 0);
      copy_strided(shape, read ? context.output_grads[i].data : &kZero, from, dx.data + offset, strides);
      offset += sizes_[i] * strides[axis_];
    }
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    if (input_axes[0] == static_cast<int>(axis_) && sizes_.size() > 1) return std::nullopt;
    return input_axes[0];
  }

  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    axis_ = static_cast<std::size_t>(permutation[axis_]);
    return std::vector<int>(permutation.begin(), permutation.end());
  }

 private:
  Shape piece(std::span<const std::int64_t> whole, std::size_t i) const {
    Shape shape(whole.begin(), whole.end());
    if (sizes_.size() > 1) shape[axis_] = sizes_[i];
    return shape;
  }

  std::size_t axis_;
  std::vector<std::int64_t> sizes_;
};

}  // namespace

std::unique_ptr<Operator> make_split(const NodeInfo& info) {
  const Shape& input = info.inputs[0].shape;
  const auto axis = static_cast<std::size_t>(normalized_axis(info.attributes.integer("axis", 0), input.size()));
  constexpr std::int64_t kLargest = std::int64_t{1} << 40;
  if (auto sizes = info.integers("split", 1)) {
    if (std::any_of(sizes->begin(), sizes->end(), [](std::int64_t size) { return size < 0 || size > kLargest; })) {
      throw Error(ErrorCode::ModelInvalid, "'split' is " + to_string(*sizes) + ", with a size that no tensor has");
    }
    return std::make_unique<SplitOperator>(axis, std::move(*sizes));
  }
  // Equal pieces; the last one may be smaller.
  constexpr std::int64_t kLargestCount = 1 << 16;
  const std::int64_t count = info.attributes.integer("num_outputs", static_cast<std::int64_t>(info.output_count));
  if (count < 1 || count > kLargestCount)
    throw Error(ErrorCode::ModelInvalid, "'num_outputs' is " + std::to_string(count));
  const std::int64_t size = (input[axis] + count - 1) / count;
  std::vector<std::int64_t> sizes;
  for (std::int64_t begin = 0, i = 0; i < count; ++i, begin += size) {
    sizes.push_back(std::clamp<std::int64_t>(input[axis] - begin, 0, size));
  }
  return std::make_unique<SplitOperator>(axis, std::move(sizes));
}

}  // namespace saliency::ops
