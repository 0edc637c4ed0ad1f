// What an operator derives from, too, when it can take a constant's numbers over instead of copying them.
#pragma once

#include <cstddef>
#include <vector>

#include "base/scalar.h"

namespace saliency::ops {

class AdoptsConstants {
 public:
  AdoptsConstants() = default;
  AdoptsConstants(const AdoptsConstants&) = delete;
  AdoptsConstants& operator=(const AdoptsConstants&) = delete;
  virtual ~AdoptsConstants() = default;

  // Called before prepare() with a constant that nobody else reads; moves the numbers, or leaves them. prepare() then
  // sees the constant's shape, and the numbers only where they were left.
  virtual void adopt(std::size_t input, std::vector<Scalar>& numbers) = 0;
};

}  // namespace saliency::ops
