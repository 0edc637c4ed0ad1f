// What an ONNX element type (the codes of TensorProto.DataType, as in Cast's attribute `to`) means for a Scalar.
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace saliency::ops {

struct ElementRange {
  DType dtype = DType::Float;
  bool is_narrow = false;  // an integer of 8 or 16 bits, within low … high
  std::int64_t low = 0, high = 0;
};

// Throws UnsupportedOperator for strings, complex numbers and 8-bit floating-point numbers.
ElementRange element_type(std::int64_t code);

}  // namespace saliency::ops
