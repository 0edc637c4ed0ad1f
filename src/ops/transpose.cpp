// Transpose: y's axis i is x's axis perm[i]. https://onnx.ai/onnx/operators/onnx__Transpose.html
//   backward  dx = transpose(dy, perm⁻¹)
// The samples of a batch, stacked as blocks of axis 0, stay blocks of axis 0: B·h×n×c → B·n×h×c by [1, 0, 2], as the
// heads of attention need it. Where a sample has size 1 there, the batch axis moves along like any other.
#include "ops/transpose.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "ops/registry.h"

namespace saliency::ops {

namespace {

// Samples that lie one after the other (see below) are transposed one by one.
void transpose_samples(const ConstView& x, const std::vector<int>& permutation, const View& y) {
  const int rank = static_cast<int>(x.rank());
  Shape shape(x.shape.begin(), x.shape.end());
  std::int64_t samples = 1;
  if (rank > 0) {
    const auto moved = static_cast<std::size_t>(inverse(permutation)[0]);
    if (moved != 0 && y.shape[moved] != shape[0]) {
      samples = shape[0] / y.shape[moved];
      shape[0] = y.shape[moved];
    }
  }
  const std::int64_t count = element_count(shape);
  for (std::int64_t i = 0; i < samples; ++i) {
    kernels::transpose(rank, shape.data(), permutation.data(), x.data + i * count, y.data + i * count);
  }
}

}  // namespace

TransposeOperator::TransposeOperator(std::vector<int> permutation) : permutation_(std::move(permutation)) {}

std::vector<ValueType> TransposeOperator::infer(std::span<const ValueType> inputs) const {
  if (inputs[0].shape.size() != permutation_.size()) {
    throw Error(ErrorCode::ShapeMismatch, "input has shape " + to_string(inputs[0].shape) + ", 'perm' has " +
                                              std::to_string(permutation_.size()) + " axes");
  }
  constexpr std::size_t kLargestRank = 8;  // of kernels::transpose
  if (permutation_.size() > kLargestRank) {
    throw Error(ErrorCode::UnsupportedOperator, "input has " + std::to_string(permutation_.size()) + " axes",
                {.expected = "at most 8 axes", .actual = std::to_string(permutation_.size())});
  }
  return {{.shape = permuted(inputs[0].shape, permutation_), .dtype = inputs[0].dtype}};
}

void TransposeOperator::forward(const Forward& context) const {
  transpose_samples(context.inputs[0], permutation_, context.outputs[0]);
}

void TransposeOperator::backward(const Backward& context) const {
  transpose_samples(context.output_grads[0], inverse(permutation_), context.input_grads[0]);
}

std::optional<int> TransposeOperator::batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                                 std::span<const ValueType>) const {
  if (input_axes[0] < 0) return -1;
  if (input_axes[0] == 0 && inputs[0].shape[0] > 1) return 0;
  return static_cast<int>(std::find(permutation_.begin(), permutation_.end(), input_axes[0]) - permutation_.begin());
}

std::vector<int> inverse(std::span<const int> permutation) {
  std::vector<int> result(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i)
    result[static_cast<std::size_t>(permutation[i])] = static_cast<int>(i);
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
