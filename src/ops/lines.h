// A tensor as lines along one axis: outer × size × inner, element k of line (o, i) at (o·size + k)·inner + i.
#pragma once

#include <cstdint>
#include <span>

#include "tensor/shape.h"

namespace saliency::ops {

struct Lines {
  std::int64_t outer = 1, size = 1, inner = 1;

  Lines(std::span<const std::int64_t> shape, std::size_t axis)
      : outer(element_count(shape.first(axis))), size(shape[axis]), inner(element_count(shape.subspan(axis + 1))) {}

  std::int64_t count() const { return outer * inner; }
  // Where line l begins; its elements are `inner` apart.
  std::int64_t begin(std::int64_t line) const { return line / inner * size * inner + line % inner; }
};

}  // namespace saliency::ops
