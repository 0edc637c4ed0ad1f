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

}  // namespace saliency::ops
