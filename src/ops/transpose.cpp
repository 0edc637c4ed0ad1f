// Transpose: y's axis i is x's axis perm[i]. https://onnx.ai/onnx/operators/onnx__Transpose.html
//   backward  dx = transpose(dy, perm⁻¹)
#include "ops/transpose.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "ops/registry.h"

namespace saliency::ops {

TransposeOperator::TransposeOperator(std::vector<int> permutation) : permutation_(std::move(permutation)) {}

std::vector<ValueType> TransposeOperator::infer(std::span<const ValueType> inputs) const {
  if (inputs[0].shape.size() != permutation_.size()) {
    throw Error(ErrorCode::ShapeMismatch, "input has shape " + to_string(inputs[0].shape) + ", 'perm' has " +
                                              std::to_string(permutation_.size()) + " axes");
  }
  return {{.shape = permuted(inputs[0].shape, permutation_), .dtype = inputs[0].dtype}};
}

void TransposeOperator::forward(const Forward& context) const {
  const ConstView& x = context.inputs[0];
  kernels::transpose(static_cast<int>(x.rank()), x.shape.data(), permutation_.data(), x.data, context.outputs[0].data);
}

void TransposeOperator::backward(const Backward& context) const {
  const ConstView& dy = context.output_grads[0];
  const std::vector<int> back = inverse(permutation_);
  kernels::transpose(static_cast<int>(dy.rank()), dy.shape.data(), back.data(), dy.data, context.input_grads[0].data);
}

std::optional<int> TransposeOperator::batch_axis(std::span<const int> input_axes, std::span<const ValueType>,
                                                 std::span<const ValueType>) const {
  if (input_axes[0] < 0) return -1;
  return static_cast<int>(std::find(permutation_.begin(), permutation_.end(), input_axes[0]) - permutation_.begin());
}

std::vector<int> inverse(std::span<const int> permutation) {
  std::vector<int> result(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i) result[static_cast<std::size_t>(permutation[i])] = static_cast<int>(i);
  return result;
}

std::unique_ptr<Operator> make_transpose(const NodeInfo& info) {
  const std::size_t rank = info.inputs[0].shape.size();
  std::vector<std::int64_t> reversed(rank);
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  std::vector<int> permutation;
  for (const std::int64_t axis : info.attributes.integers("perm", reversed)) {
    permutation.push_back(normalized_axis(axis, rank));
  }
  std::vector<int> sorted = permutation;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] != static_cast<int>(i)) throw Error(ErrorCode::ModelInvalid, "'perm' is not a permutation");
  }
  return std::make_unique<TransposeOperator>(std::move(permutation));
}

}  // namespace saliency::ops
