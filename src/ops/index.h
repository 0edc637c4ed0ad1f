// Indices that a model computes or holds.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/scalar.h"

namespace saliency::ops {

// A position of an axis of `size`; negative ones count from the end. Throws ModelInvalid outside.
inline std::int64_t checked_index(Scalar value, std::int64_t size) {
  const auto limit = static_cast<Scalar>(size);
  if (!(value >= -limit && value < limit)) {
    throw Error(ErrorCode::ModelInvalid,
                "an index is " + std::to_string(value) + ", outside of an axis of " + std::to_string(size));
  }
  const auto index = static_cast<std::int64_t>(value);
  return index < 0 ? index + size : index;
}

// A count or position that a file gives: far outside of any tensor it is cut, a NaN is 0.
inline std::int64_t bounded_integer(Scalar value) {
  constexpr auto kLimit = std::int64_t{1} << 40;
  if (!(value > -static_cast<Scalar>(kLimit))) return value == value ? -kLimit : 0;
  return value < static_cast<Scalar>(kLimit) ? static_cast<std::int64_t>(value) : kLimit;
}

}  // namespace saliency::ops
