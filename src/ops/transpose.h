// Transpose, which the layout pass of the graph creates and looks for.
#pragma once

#include <vector>

#include "ops/operator.h"

namespace saliency::ops {

class TransposeOperator final : public Operator {
 public:
  explicit TransposeOperator(std::vector<int> permutation);

  const std::vector<int>& permutation() const { return permutation_; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override;
  void forward(const Forward& context) const override;
  void backward(const Backward& context) const override;
  bool has_gradient(std::size_t input) const override { return input == 0; }
  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                std::span<const ValueType> outputs) const override;

 private:
  std::vector<int> permutation_;
};

std::vector<int> inverse(std::span<const int> permutation);

}  // namespace saliency::ops
