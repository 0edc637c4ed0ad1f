#include "tensor/shape.h"

#include <algorithm>

#include "base/error.h"

namespace saliency {

std::int64_t element_count(std::span<const std::int64_t> shape) {
  constexpr std::int64_t kLimit = std::int64_t{1} << 40;
  std::int64_t count = 1;  // of the sizes but 0, so that strides do not overflow either
  bool is_empty = false;
  for (const std::int64_t size : shape) {
    if (size < 0) throw Error(ErrorCode::ModelInvalid, "shape " + to_string(shape) + " has a negative size");
    if (size == 0) {
      is_empty = true;
      continue;
    }
    if (count > kLimit / size) {
      throw Error(ErrorCode::ModelInvalid, "shape " + to_string(shape) + " has more than 2^40 elements");
    }
    count *= size;
  }
  return is_empty ? 0 : count;
}

std::string to_string(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

Shape strides_of(std::span<const std::int64_t> shape) {
  Shape strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

Shape permuted(std::span<const std::int64_t> shape, std::span<const int> permutation) {
  Shape result;
  result.reserve(permutation.size());
  for (const int axis : permutation) result.push_back(shape[static_cast<std::size_t>(axis)]);
  return result;
}

Shape broadcast(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  Shape result(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t in_a = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t in_b = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (in_a != in_b && in_a != 1 && in_b != 1) {
      throw Error(ErrorCode::ShapeMismatch, "shapes " + to_string(a) + " and " + to_string(b) + " do not broadcast");
    }
    result[result.size() - 1 - i] = in_a == 1 ? in_b : in_a;
  }
  return result;
}

int normalized_axis(std::int64_t axis, std::size_t rank) {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) {
    throw Error(ErrorCode::ModelInvalid,
                "axis " + std::to_string(axis) + " is outside of rank " + std::to_string(rank));
  }
  return static_cast<int>(axis < 0 ? axis + signed_rank : axis);
}

}  // namespace saliency
