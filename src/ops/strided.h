// Copies between tensors whose axes step differently: the one loop behind Slice, Concat, Split, Pad, Expand and Tile.
#pragma once

#include <cstdint>
#include <span>

#include "tensor/tensor.h"

namespace saliency::ops {

// y[Σ i·y_strides] = x[Σ i·x_strides] for all indices i below `shape`. Strides in elements: a negative one walks
// backwards, 0 in x repeats. Elements of y must be distinct.
void copy_strided(std::span<const std::int64_t> shape, const Scalar* x, std::span<const std::int64_t> x_strides,
                  Scalar* y, std::span<const std::int64_t> y_strides);

// The same with +=.
void add_strided(std::span<const std::int64_t> shape, const Scalar* x, std::span<const std::int64_t> x_strides,
                 Scalar* y, std::span<const std::int64_t> y_strides);

}  // namespace saliency::ops
