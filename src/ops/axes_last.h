// A tensor as rows of the numbers that some of its axes hold together: what normalises or reduces over any axes works
// on such rows. Nothing moves when the axes are the last ones already.
#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace saliency::ops {

class AxesLast {
 public:
  // axes: ascending, of a tensor of `shape`
  AxesLast(std::span<const std::int64_t> shape, std::span<const int> axes);

  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }
  bool in_place() const { return in_place_; }

  // The numbers of a tensor of the shape, row by row; `buffer` holds them if they must move.
  const Scalar* gathered(const Scalar* x, std::vector<Scalar>& buffer) const;
  // Calls write(rows) for a buffer of rows, which then becomes the tensor `result`.
  template <class F>
  void scatter(Scalar* result, const F& write) const {
    if (in_place_) return write(result);
    std::vector<Scalar> buffer(static_cast<std::size_t>(rows_ * columns_));
    write(buffer.data());
    restore(buffer.data(), result);
  }

 private:
  void restore(const Scalar* rows, Scalar* result) const;

  Shape shape_;
  std::vector<int> permutation_;
  std::int64_t rows_ = 1, columns_ = 1;
  bool in_place_ = true;
};

}  // namespace saliency::ops
