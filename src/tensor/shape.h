// Sizes of a tensor, outermost first. A scalar has rank 0 and one element.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace saliency {

using Shape = std::vector<std::int64_t>;

// Product of the sizes; throws ModelInvalid for a negative size or a product beyond 2^40 elements.
std::int64_t element_count(std::span<const std::int64_t> shape);

// "[1, 3, 224, 224]"
std::string to_string(std::span<const std::int64_t> shape);

// Row-major strides in elements.
Shape strides_of(std::span<const std::int64_t> shape);

// `shape` with its axes reordered: result[i] = shape[permutation[i]].
Shape permuted(std::span<const std::int64_t> shape, std::span<const int> permutation);

// NumPy's broadcasting rule; throws ShapeMismatch when the shapes do not fit.
Shape broadcast(std::span<const std::int64_t> a, std::span<const std::int64_t> b);

// Maps an axis of −rank … rank−1 onto 0 … rank−1; throws ModelInvalid outside.
int normalized_axis(std::int64_t axis, std::size_t rank);

}  // namespace saliency
