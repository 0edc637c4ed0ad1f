// What element-wise operators with NumPy broadcasting have in common: any layout suits them, and samples never mix.
#pragma once

#include "ops/operator.h"

namespace saliency::ops {

class Elementwise : public Operator {
 public:
  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                std::span<const ValueType> outputs) const override;
  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override;
  bool pulls_all_inputs() const override { return true; }
  std::optional<Reach> reach(int /*height_axis*/, int /*width_axis*/) const override { return Reach{}; }
};

}  // namespace saliency::ops
