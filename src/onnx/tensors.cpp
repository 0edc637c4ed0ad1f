#include "onnx/tensors.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "onnx/half.h"

namespace saliency::onnx {
namespace {

// Integers are exact as a float up to here.
constexpr std::int64_t kExactLimit = std::int64_t{1} << 24;
// What exporters write for "to the end" is at least this.
constexpr std::int64_t kEndMarker = (std::int64_t{1} << 31) - 1;

struct ExternalData {
  std::string location;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// The fields of a TensorProto as they come.
struct RawTensor {
  Shape shape;
  ElementType type = ElementType::Undefined;
  std::string name;
  std::optional<std::string_view> raw;
  std::vector<float> floats;
  std::vector<double> doubles;
  std::vector<std::int64_t> integers;
  bool has_strings = false;
  bool is_external = false;
  ExternalData external;
};

std::uint64_t parse_number(const std::string& text, const char* what) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorCode::ModelInvalid, std::string("external data: '") + what + "' is '" + text + "', not a number");
  }
  return value;
}

void read_external_entry(Fields entry, ExternalData& external) {
  std::string key, value;
  while (entry.next()) {
    switch (entry.tag()) {
      case 1: key = entry.text(); break;
      case 2: value = entry.text(); break;
      default: entry.skip();
    }
  }
  if (key == "location") external.location = value;
  if (key == "offset") external.offset = parse_number(value, "offset");
  if (key == "length") external.length = parse_number(value, "length");
}

RawTensor read_fields(Fields fields) {
  RawTensor tensor;
  while (fields.next()) {
    switch (fields.tag()) {
      case 1: fields.append_to(tensor.shape); break;
      case 2: tensor.type = static_cast<ElementType>(fields.integer()); break;
      case 4: fields.append_to(tensor.floats); break;
      case 5:
      case 7:
      case 11: fields.append_to(tensor.integers); break;
      case 6:
        tensor.has_strings = true;
        fields.skip();
        break;
      case 8: tensor.name = fields.text(); break;
      case 9: tensor.raw = fields.bytes(); break;
      case 10: fields.append_to(tensor.doubles); break;
      case 13: read_external_entry(fields.message(), tensor.external); break;
      case 14: tensor.is_external = fields.integer() == 1; break;
      default: fields.skip();
    }
  }
  return tensor;
}

std::size_t bytes_per_element(ElementType type) {
  switch (type) {
    case ElementType::Uint8:
    case ElementType::Int8:
    case ElementType::Bool: return 1;
    case ElementType::Uint16:
    case ElementType::Int16:
    case ElementType::Float16:
    case ElementType::Bfloat16: return 2;
    case ElementType::Int64:
    case ElementType::Uint64:
    case ElementType::Double: return 8;
    default: return 4;
  }
}

void note_integer(NamedTensor& result, std::int64_t value) {
  if (result.has_inexact_integer || (value >= -kExactLimit && value <= kExactLimit)) return;
  if (value >= kEndMarker || value <= -kEndMarker) return;
  result.has_inexact_integer = true;
  result.inexact_integer = value;
}

template <class Stored>
void decode_as(std::string_view raw, NamedTensor& result) {
  std::vector<Scalar>& data = result.tensor.data;
  data.resize(raw.size() / sizeof(Stored));
  if constexpr (std::is_same_v<Stored, Scalar>) {
    if (!raw.empty()) std::memcpy(data.data(), raw.data(), raw.size());
    return;
  }
  for (std::size_t i = 0; i < data.size(); ++i) {
    Stored value;
    std::memcpy(&value, raw.data() + i * sizeof(Stored), sizeof(Stored));
    data[i] = static_cast<Scalar>(value);
    if constexpr (std::is_integral_v<Stored> && sizeof(Stored) >= 4) {
      constexpr auto kLargest = static_cast<Stored>(sizeof(Stored) == 8 ? INT64_MAX : INT32_MAX);
      const bool too_large = std::is_unsigned_v<Stored> && value > kLargest;
      note_integer(result, too_large ? INT64_MAX : static_cast<std::int64_t>(value));
    }
  }
}

void decode_halves(std::string_view raw, float (*convert)(std::uint16_t), std::vector<Scalar>& data) {
  data.resize(raw.size() / 2);
  for (std::size_t i = 0; i < data.size(); ++i) {
    std::uint16_t bits;
    std::memcpy(&bits, raw.data() + 2 * i, 2);
    data[i] = static_cast<Scalar>(convert(bits));
  }
}

void decode_raw(std::string_view raw, NamedTensor& result) {
  switch (result.type) {
    case ElementType::Float: return decode_as<float>(raw, result);
    case ElementType::Double: return decode_as<double>(raw, result);
    case ElementType::Uint8: return decode_as<std::uint8_t>(raw, result);
    case ElementType::Int8: return decode_as<std::int8_t>(raw, result);
    case ElementType::Uint16: return decode_as<std::uint16_t>(raw, result);
    case ElementType::Int16: return decode_as<std::int16_t>(raw, result);
    case ElementType::Int32: return decode_as<std::int32_t>(raw, result);
    case ElementType::Uint32: return decode_as<std::uint32_t>(raw, result);
    case ElementType::Int64: return decode_as<std::int64_t>(raw, result);
    case ElementType::Uint64: return decode_as<std::uint64_t>(raw, result);
    case ElementType::Float16: return decode_halves(raw, float_from_half, result.tensor.data);
    case ElementType::Bfloat16: return decode_halves(raw, float_from_bfloat16, result.tensor.data);
    case ElementType::Bool:
      decode_as<std::uint8_t>(raw, result);
      for (Scalar& value : result.tensor.data) value = value != 0 ? Scalar{1} : Scalar{0};
      return;
    default: return;
  }
}

// int32_data holds the small types, float16 as its bits; int64_data and uint64_data the large ones.
Scalar decode_integer(ElementType type, std::int64_t value, NamedTensor& result) {
  switch (type) {
    case ElementType::Float16: return static_cast<Scalar>(float_from_half(static_cast<std::uint16_t>(value)));
    case ElementType::Bfloat16: return static_cast<Scalar>(float_from_bfloat16(static_cast<std::uint16_t>(value)));
    case ElementType::Bool: return value != 0 ? Scalar{1} : Scalar{0};
    case ElementType::Uint8: return static_cast<Scalar>(static_cast<std::uint8_t>(value));
    case ElementType::Int8: return static_cast<Scalar>(static_cast<std::int8_t>(value));
    case ElementType::Uint16: return static_cast<Scalar>(static_cast<std::uint16_t>(value));
    case ElementType::Int16: return static_cast<Scalar>(static_cast<std::int16_t>(value));
    case ElementType::Int32: value = static_cast<std::int32_t>(value); break;
    case ElementType::Uint32: value = static_cast<std::uint32_t>(value); break;
    case ElementType::Uint64:
      if (value < 0) return static_cast<Scalar>(static_cast<std::uint64_t>(value));
      break;
    default: break;
  }
  note_integer(result, value);
  return static_cast<Scalar>(value);
}

void require_count(std::uint64_t actual, std::int64_t expected, const Shape& shape, const char* unit) {
  if (actual == static_cast<std::uint64_t>(expected)) return;
  throw Error(ErrorCode::ModelInvalid,
              "shape " + saliency::to_string(shape) + " needs " + std::to_string(expected) + " " + unit +
                  ", the file has " + std::to_string(actual),
              {.expected = std::to_string(expected),
               .actual = std::to_string(actual),
               .remedy = "the file is damaged: export or download it again"});
}

// In parts, so that a large tensor's bytes do not lie beside all its numbers.
void decode_external(const RawTensor& raw, std::uint64_t bytes, const ReadOptions& options, NamedTensor& result) {
  constexpr std::uint64_t kPartBytes = std::uint64_t{4} << 20;
  const ExternalData& external = raw.external;
  if (!options.external_data) {
    throw Error(ErrorCode::ModelInvalid, "its numbers are in another file, '" + external.location + "'",
                {.expected = "a model in one file, or access to '" + external.location + "'",
                 .actual = "the .onnx file alone",
                 .remedy = "pass the file along, or save the model with all weights inside"});
  }
  if (external.location.empty() || external.location.front() == '/' ||
      external.location.find("..") != std::string::npos) {
    throw Error(ErrorCode::ModelInvalid, "external data '" + external.location + "' is not a path below the model");
  }
  if (external.length != 0) {
    require_count(external.length, static_cast<std::int64_t>(bytes), raw.shape, "bytes of external data");
  }
  std::vector<Scalar>& numbers = result.tensor.data;
  for (std::uint64_t at = 0; at < bytes; at += kPartBytes) {
    const std::uint64_t size = std::min(kPartBytes, bytes - at);
    const std::vector<std::uint8_t> data = options.external_data(external.location, external.offset + at, size);
    require_count(at + data.size(), static_cast<std::int64_t>(at + size), raw.shape, "bytes of external data");
    NamedTensor part;
    part.type = result.type;
    decode_raw({reinterpret_cast<const char*>(data.data()), data.size()}, part);
    // What the file claims about another one's length is not believed before that has come.
    if (external.length != 0) numbers.reserve(static_cast<std::size_t>(element_count(raw.shape)));
    numbers.insert(numbers.end(), part.tensor.data.begin(), part.tensor.data.end());
    if (part.has_inexact_integer && !result.has_inexact_integer) {
      result.has_inexact_integer = true;
      result.inexact_integer = part.inexact_integer;
    }
  }
}

template <class Value>
void take_values(std::vector<Value>& values, std::vector<Scalar>& data) {
  if constexpr (std::is_same_v<Value, Scalar>) {
    data = std::move(values);
  } else {
    data.assign(values.begin(), values.end());
  }
}

void decode(RawTensor& raw, const ReadOptions& options, NamedTensor& result) {
  const std::int64_t count = element_count(raw.shape);
  const auto bytes = static_cast<std::int64_t>(bytes_per_element(raw.type)) * count;
  if (raw.is_external) {
    if (count == 0) return;
    decode_external(raw, static_cast<std::uint64_t>(bytes), options, result);
  } else if (raw.raw && (!raw.raw->empty() || count == 0)) {
    require_count(raw.raw->size(), bytes, raw.shape, "bytes");
    decode_raw(*raw.raw, result);
  } else if (!raw.floats.empty()) {
    take_values(raw.floats, result.tensor.data);
  } else if (!raw.doubles.empty()) {
    take_values(raw.doubles, result.tensor.data);
  } else if (!raw.integers.empty()) {
    result.tensor.data.reserve(raw.integers.size());
    for (const std::int64_t value : raw.integers) {
      result.tensor.data.push_back(decode_integer(raw.type, value, result));
    }
  } else if (count > 0) {
    if (!options.fill_missing || !options.fill_missing(raw.name, result.tensor)) {
      throw Error(ErrorCode::ModelInvalid, "has shape " + saliency::to_string(raw.shape) + " but no data in the file",
                  {.expected = std::to_string(count) + " numbers",
                   .actual = "none",
                   .remedy = "export the model again, with its weights"});
    }
  }
  require_count(result.tensor.data.size(), count, raw.shape, "numbers");
}

}  // namespace

std::string to_string(ElementType type) {
  constexpr const char* kNames[] = {"undefined", "float",  "uint8",     "int8",       "uint16",  "int16",
                                    "int32",     "int64",  "string",    "bool",       "float16", "double",
                                    "uint32",    "uint64", "complex64", "complex128", "bfloat16"};
  const auto code = static_cast<std::int32_t>(type);
  if (code >= 0 && code < static_cast<std::int32_t>(std::size(kNames))) return kNames[code];
  return "type " + std::to_string(code);
}

bool is_representable(ElementType type) {
  const auto code = static_cast<std::int32_t>(type);
  return code >= 1 && code <= 16 && type != ElementType::String && code != 14 && code != 15;
}

DType dtype_of(ElementType type) {
  switch (type) {
    case ElementType::Float:
    case ElementType::Double:
    case ElementType::Float16:
    case ElementType::Bfloat16: return DType::Float;
    case ElementType::Bool: return DType::Bool;
    default: return DType::Int;
  }
}

NamedTensor read_tensor(Fields fields, const ReadOptions& options) {
  RawTensor raw = read_fields(fields);
  NamedTensor result;
  result.name = raw.name;
  result.type = raw.type;
  try {
    if (raw.has_strings || !is_representable(raw.type)) {
      throw Error(ErrorCode::UnsupportedOperator, "has elements of " + to_string(raw.type) + ", which is not supported",
                  {.expected = "floating-point numbers, integers or booleans", .actual = to_string(raw.type)});
    }
    result.tensor.shape = raw.shape;
    result.tensor.dtype = dtype_of(raw.type);
    decode(raw, options, result);
  } catch (const Error& error) {
    throw error.within("tensor '" + raw.name + "'");
  }
  return result;
}

// values: nnz numbers; indices: nnz linear indices, or nnz×rank coordinates.
NamedTensor read_sparse_tensor(Fields fields, const ReadOptions& options) {
  NamedTensor values, indices;
  Shape shape;
  while (fields.next()) {
    switch (fields.tag()) {
      case 1: values = read_tensor(fields.message(), options); break;
      case 2: indices = read_tensor(fields.message(), options); break;
      case 3: fields.append_to(shape); break;
      default: fields.skip();
    }
  }
  const auto fail = [&](const std::string& what) {
    throw Error(ErrorCode::ModelInvalid, "sparse tensor '" + values.name + "': " + what);
  };
  const std::int64_t count = element_count(shape);
  const std::int64_t stored = values.tensor.size();
  // A few bytes must not claim gigabytes.
  if (count > (std::int64_t{1} << 24) + 1024 * stored) fail("shape " + saliency::to_string(shape) + " is too sparse");
  const auto rank = static_cast<std::int64_t>(shape.size());
  const bool linear = indices.tensor.shape.size() == 1;
  if (indices.tensor.size() != stored * (linear ? 1 : rank)) fail("values and indices differ in length");

  NamedTensor result{.name = values.name, .type = values.type};
  result.tensor = Tensor(shape, 0, values.tensor.dtype);
  const Shape strides = strides_of(shape);
  for (std::int64_t i = 0; i < stored; ++i) {
    std::int64_t position = 0;
    for (std::int64_t k = 0; k < (linear ? 1 : rank); ++k) {
      const Scalar index = indices.tensor.data[static_cast<std::size_t>(linear ? i : i * rank + k)];
      const std::int64_t size = linear ? count : shape[static_cast<std::size_t>(k)];
      if (!(index >= 0 && index < static_cast<Scalar>(size))) fail("an index is outside of its shape");
      position += static_cast<std::int64_t>(index) * (linear ? 1 : strides[static_cast<std::size_t>(k)]);
    }
    if (position >= count) fail("an index is outside of its shape");
    result.tensor.data[static_cast<std::size_t>(position)] = values.tensor.data[static_cast<std::size_t>(i)];
  }
  return result;
}

}  // namespace saliency::onnx
