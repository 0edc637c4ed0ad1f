// TensorProto and SparseTensorProto: numbers of every type, in raw, typed and external form, become Scalars.
#pragma once

#include <cstdint>
#include <string>

#include "onnx/reader.h"
#include "onnx/wire.h"
#include "tensor/tensor.h"

namespace saliency::onnx {

// TensorProto.DataType
enum class ElementType : std::int32_t {
  Undefined = 0,
  Float = 1,
  Uint8 = 2,
  Int8 = 3,
  Uint16 = 4,
  Int16 = 5,
  Int32 = 6,
  Int64 = 7,
  String = 8,
  Bool = 9,
  Float16 = 10,
  Double = 11,
  Uint32 = 12,
  Uint64 = 13,
  Bfloat16 = 16,
};

std::string to_string(ElementType type);  // "float16"; "type 99" for an unknown one
bool is_representable(ElementType type);  // false: strings, complex numbers, …
DType dtype_of(ElementType type);

struct NamedTensor {
  std::string name;
  ElementType type = ElementType::Undefined;
  Tensor tensor;
  bool has_inexact_integer = false;  // an integer beyond ±2^24 that is not "to the end"
  std::int64_t inexact_integer = 0;  // the first such
};

// Throw UnsupportedOperator for an element type that can't be represented and ModelInvalid for all else that is wrong;
// the messages begin with "tensor 'name'".
NamedTensor read_tensor(Fields fields, const ReadOptions& options);
NamedTensor read_sparse_tensor(Fields fields, const ReadOptions& options);

}  // namespace saliency::onnx
