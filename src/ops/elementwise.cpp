#include "ops/elementwise.h"

namespace saliency::ops {

// Axes are counted from the back, as broadcasting does. An input without a batch must have size 1 or nothing there.
std::optional<int> Elementwise::batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                           std::span<const ValueType> outputs) const {
  const int rank = static_cast<int>(outputs[0].shape.size());
  int axis = -1;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (input_axes[i] < 0) continue;
    const int aligned = input_axes[i] + rank - static_cast<int>(inputs[i].shape.size());
    if (axis >= 0 && axis != aligned) return std::nullopt;
    axis = aligned;
  }
  if (axis < 0) return -1;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].present) continue;
    const int own = axis - rank + static_cast<int>(inputs[i].shape.size());
    const std::int64_t size = own < 0 ? 1 : inputs[i].shape[static_cast<std::size_t>(own)];
    // A longer axis than the batch's own (B·d against d) would broadcast wrongly.
    if (input_axes[i] < 0 && size != 1) return std::nullopt;
    if (input_axes[i] >= 0 && size != outputs[0].shape[static_cast<std::size_t>(axis)]) return std::nullopt;
  }
  return axis;
}

std::optional<std::vector<int>> Elementwise::pull_transpose(std::span<const int> permutation) {
  return std::vector<int>(permutation.begin(), permutation.end());
}

}  // namespace saliency::ops
