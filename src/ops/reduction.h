// What reductions over axes have in common: the axes by any opset, shapes, batches and layouts.
#pragma once

#include <vector>

#include "ops/operator.h"

namespace saliency::ops {

enum class KeepAxes { No, Yes };

class Reduction : public Operator {
 public:
  explicit Reduction(const NodeInfo& info);

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override;
  bool has_gradient(std::size_t input) const override { return input == 0; }
  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                std::span<const ValueType> outputs) const override;
  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override;

 protected:
  // The input's shape with 1 for each reduced axis.
  Shape kept_shape(std::span<const std::int64_t> shape) const { return result_shape(shape, KeepAxes::Yes); }
  const std::vector<int>& axes() const { return axes_; }  // ascending

 private:
  Shape result_shape(std::span<const std::int64_t> shape, KeepAxes keep) const;
  bool reduces(int axis) const;

  std::vector<int> axes_;
  KeepAxes keep_;
};

}  // namespace saliency::ops
