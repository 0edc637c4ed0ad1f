#include "ops/axes_last.h"

#include <algorithm>

#include "kernels/kernels.h"
#include "ops/transpose.h"

namespace saliency::ops {

AxesLast::AxesLast(std::span<const std::int64_t> shape, std::span<const int> axes)
    : shape_(shape.begin(), shape.end()) {
  for (int axis = 0; axis < static_cast<int>(shape.size()); ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) != axes.end()) continue;
    permutation_.push_back(axis);
    rows_ *= shape[static_cast<std::size_t>(axis)];
  }
  for (const int axis : axes) columns_ *= shape[static_cast<std::size_t>(axis)];
  permutation_.insert(permutation_.end(), axes.begin(), axes.end());

  // Axes of size 1 lie anywhere.
  int last = -1;
  for (const int axis : permutation_) {
    if (shape[static_cast<std::size_t>(axis)] == 1) continue;
    in_place_ = in_place_ && axis > last;
    last = axis;
  }
}

const Scalar* AxesLast::gathered(const Scalar* x, std::vector<Scalar>& buffer) const {
  if (in_place_) return x;
  buffer.resize(static_cast<std::size_t>(rows_ * columns_));
  kernels::transpose(static_cast<int>(shape_.size()), shape_.data(), permutation_.data(), x, buffer.data());
  return buffer.data();
}

void AxesLast::restore(const Scalar* rows, Scalar* result) const {
  const Shape from = permuted(shape_, permutation_);
  const std::vector<int> back = inverse(permutation_);
  kernels::transpose(static_cast<int>(from.size()), from.data(), back.data(), rows, result);
}

}  // namespace saliency::ops
