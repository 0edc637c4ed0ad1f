#include "ops/reduction.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace saliency::ops {

// Without axes all are reduced, or none where the node says so.
Reduction::Reduction(const NodeInfo& info)
    : keep_(info.attributes.integer("keepdims", 1) != 0 ? KeepAxes::Yes : KeepAxes::No) {
  const std::size_t rank = info.inputs[0].shape.size();
  const auto given = info.integers("axes", 1);
  if (given.has_value() && !given->empty()) {
    for (const std::int64_t axis : *given) axes_.push_back(normalized_axis(axis, rank));
    std::sort(axes_.begin(), axes_.end());
    if (std::adjacent_find(axes_.begin(), axes_.end()) != axes_.end()) {
      throw Error(ErrorCode::ModelInvalid, "'axes' names an axis twice");
    }
  } else if (info.attributes.integer("noop_with_empty_axes", 0) == 0) {
    axes_.resize(rank);
    std::iota(axes_.begin(), axes_.end(), 0);
  }
}

bool Reduction::reduces(int axis) const {
  return std::binary_search(axes_.begin(), axes_.end(), axis);
}

Shape Reduction::result_shape(std::span<const std::int64_t> shape, KeepAxes keep) const {
  Shape result;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (!reduces(static_cast<int>(axis))) {
      result.push_back(shape[axis]);
    } else if (keep == KeepAxes::Yes) {
      result.push_back(1);
    }
  }
  return result;
}

std::vector<ValueType> Reduction::infer(std::span<const ValueType> inputs) const {
  return {{.shape = result_shape(inputs[0].shape, keep_), .dtype = inputs[0].dtype}};
}

std::optional<int> Reduction::batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                         std::span<const ValueType> /*outputs*/) const {
  const int axis = input_axes[0];
  if (axis < 0 || keep_ == KeepAxes::Yes) return axis >= 0 && reduces(axis) ? std::nullopt : std::optional(axis);
  if (reduces(axis)) return std::nullopt;
  return axis - static_cast<int>(std::lower_bound(axes_.begin(), axes_.end(), axis) - axes_.begin());
}

// The kept axes keep their order in the input, so the result's transposition is the input's without the reduced axes.
std::optional<std::vector<int>> Reduction::pull_transpose(std::span<const int> permutation) {
  std::vector<int> pulled;
  for (const int axis : axes_) pulled.push_back(permutation[static_cast<std::size_t>(axis)]);
  std::sort(pulled.begin(), pulled.end());
  axes_ = pulled;
  if (keep_ == KeepAxes::Yes) return std::vector<int>(permutation.begin(), permutation.end());
  std::vector<int> result;
  for (const int axis : permutation) {
    if (reduces(axis)) continue;
    result.push_back(axis - static_cast<int>(std::lower_bound(axes_.begin(), axes_.end(), axis) - axes_.begin()));
  }
  return result;
}

}  // namespace saliency::ops
