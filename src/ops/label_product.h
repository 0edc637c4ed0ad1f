// The sum of products over labelled axes that Einsum and its gradients consist of.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "tensor/tensor.h"

namespace saliency::ops {

using Labels = std::vector<int>;  // one an axis
using LabelSizes = std::map<int, std::int64_t>;

struct LabelledTensor {
  Labels labels;
  ConstView tensor;
};

// Takes the sizes of a tensor's axes down; size 1 broadcasts. Throws ShapeMismatch.
void add_sizes(const Labels& labels, std::span<const std::int64_t> shape, LabelSizes& sizes);

// result[labels] = Σ Π factors over all labels that the result lacks. What the result repeats is its diagonal, all else
// of it becomes zero. What no factor has is copied along; an axis of size 1 of the result takes the sum.
void label_product(const std::vector<LabelledTensor>& factors, const Labels& labels, const View& result);

}  // namespace saliency::ops
