// Makes the bytes of small ONNX files for tests:
//   const auto bytes = ModelBuilder(13)
//                          .input("x", {1, 3, 8, 8})
//                          .initializer("w", {4, 3, 3, 3}, weights)
//                          .node("Conv", {"x", "w"}, {"y"}, {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}})
//                          .output("y", {1, 4, 8, 8})
//                          .bytes();
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ops/attributes.h"
#include "tensor/tensor.h"

namespace saliency::testing {

// TensorProto.DataType
enum class ElementType : std::int32_t {
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
  Complex64 = 14,
  Bfloat16 = 16,
};

using AttributeList = std::vector<std::pair<std::string, ops::Attribute>>;

// Serialised messages; the field numbers of a wrong one are the test's own business.
std::string tensor_message(const std::string& name, const Shape& shape, ElementType type, const std::string& raw_data);
std::string float_tensor_message(const std::string& name, const Shape& shape, const std::vector<float>& values);
std::string int64_tensor_message(const std::string& name, const Shape& shape, const std::vector<std::int64_t>& values);
// A message with one length-delimited field, and one with one integer field.
std::string field(std::uint32_t tag, const std::string& content);
std::string field(std::uint32_t tag, std::int64_t value);

class ModelBuilder {
 public:
  explicit ModelBuilder(std::int64_t opset = 13);

  // A size of −1 is dynamic, named by `dimension_names` ("" or missing: nameless).
  ModelBuilder& input(const std::string& name, const Shape& shape, ElementType type = ElementType::Float,
                      const std::vector<std::string>& dimension_names = {});
  ModelBuilder& output(const std::string& name, const Shape& shape = {}, ElementType type = ElementType::Float);
  ModelBuilder& initializer(const std::string& name, const Shape& shape, const std::vector<float>& values);
  ModelBuilder& integers(const std::string& name, const Shape& shape, const std::vector<std::int64_t>& values);
  ModelBuilder& node(const std::string& type, const std::vector<std::string>& inputs,
                     const std::vector<std::string>& outputs, const AttributeList& attributes = {},
                     const std::string& name = "", const std::string& domain = "");
  ModelBuilder& metadata(const std::string& key, const std::string& value);
  ModelBuilder& opset(const std::string& domain, std::int64_t version);

  // Appends ready-made fields to the GraphProto, for instance field(5, tensor_message(…)) for an initializer.
  ModelBuilder& graph_fields(const std::string& fields);

  std::vector<std::uint8_t> bytes() const;

 private:
  std::string opsets_;
  std::string graph_;
  std::string metadata_;
};

}  // namespace saliency::testing
