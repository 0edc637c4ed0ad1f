#include "support/onnx_builder.h"

#include <protozero/pbf_writer.hpp>

namespace saliency::testing {
namespace {

using protozero::pbf_writer;

void add_dims(pbf_writer& tensor, const Shape& shape) {
  for (const std::int64_t size : shape) tensor.add_int64(1, size);
}

std::string value_info(const std::string& name, const Shape& shape, ElementType type,
                       const std::vector<std::string>& dimension_names) {
  std::string dimensions;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    std::string dimension;
    if (shape[i] >= 0) pbf_writer(dimension).add_int64(1, shape[i]);
    if (i < dimension_names.size() && !dimension_names[i].empty()) {
      pbf_writer(dimension).add_string(2, dimension_names[i]);
    }
    dimensions += field(1, dimension);
  }
  const std::string tensor_type = field(1, static_cast<std::int64_t>(type)) + field(2, dimensions);
  return field(1, name) + field(2, field(1, tensor_type));
}

// AttributeProto with its value and its `type`.
struct AttributeWriter {
  pbf_writer& out;

  void type(std::int32_t code) { out.add_enum(20, code); }
  void operator()(std::int64_t value) {
    out.add_int64(3, value);
    type(2);
  }
  void operator()(double value) {
    out.add_float(2, static_cast<float>(value));
    type(1);
  }
  void operator()(const std::string& value) {
    out.add_bytes(4, value);
    type(3);
  }
  void operator()(const std::vector<std::int64_t>& values) {
    for (const std::int64_t value : values) out.add_int64(8, value);
    type(7);
  }
  void operator()(const std::vector<double>& values) {
    for (const double value : values) out.add_float(7, static_cast<float>(value));
    type(6);
  }
  void operator()(const std::vector<std::string>& values) {
    for (const std::string& value : values) out.add_bytes(9, value);
    type(8);
  }
  void operator()(const Tensor& value) {
    if (value.dtype == DType::Float) {
      out.add_message(5, float_tensor_message("", value.shape, {value.data.begin(), value.data.end()}));
    } else {
      const std::vector<std::int64_t> integers(value.data.begin(), value.data.end());
      out.add_message(5, int64_tensor_message("", value.shape, integers));
    }
    type(4);
  }
};

}  // namespace

std::string field(std::uint32_t tag, const std::string& content) {
  std::string data;
  pbf_writer(data).add_bytes(tag, content);
  return data;
}

std::string field(std::uint32_t tag, std::int64_t value) {
  std::string data;
  pbf_writer(data).add_int64(tag, value);
  return data;
}

std::string tensor_message(const std::string& name, const Shape& shape, ElementType type, const std::string& raw_data) {
  std::string data;
  pbf_writer tensor(data);
  add_dims(tensor, shape);
  tensor.add_int32(2, static_cast<std::int32_t>(type));
  tensor.add_string(8, name);
  tensor.add_bytes(9, raw_data);
  return data;
}

std::string float_tensor_message(const std::string& name, const Shape& shape, const std::vector<float>& values) {
  std::string data;
  pbf_writer tensor(data);
  add_dims(tensor, shape);
  tensor.add_int32(2, static_cast<std::int32_t>(ElementType::Float));
  tensor.add_packed_float(4, values.begin(), values.end());
  tensor.add_string(8, name);
  return data;
}

std::string int64_tensor_message(const std::string& name, const Shape& shape, const std::vector<std::int64_t>& values) {
  std::string data;
  pbf_writer tensor(data);
  add_dims(tensor, shape);
  tensor.add_int32(2, static_cast<std::int32_t>(ElementType::Int64));
  tensor.add_packed_int64(7, values.begin(), values.end());
  tensor.add_string(8, name);
  return data;
}

ModelBuilder::ModelBuilder(std::int64_t opset) {
  this->opset("", opset);
}

ModelBuilder& ModelBuilder::opset(const std::string& domain, std::int64_t version) {
  opsets_ += field(8, field(1, domain) + field(2, version));
  return *this;
}

ModelBuilder& ModelBuilder::input(const std::string& name, const Shape& shape, ElementType type,
                                  const std::vector<std::string>& dimension_names) {
  return graph_fields(field(11, value_info(name, shape, type, dimension_names)));
}

ModelBuilder& ModelBuilder::output(const std::string& name, const Shape& shape, ElementType type) {
  return graph_fields(field(12, value_info(name, shape, type, {})));
}

ModelBuilder& ModelBuilder::initializer(const std::string& name, const Shape& shape, const std::vector<float>& values) {
  return graph_fields(field(5, float_tensor_message(name, shape, values)));
}

ModelBuilder& ModelBuilder::integers(const std::string& name, const Shape& shape,
                                     const std::vector<std::int64_t>& values) {
  return graph_fields(field(5, int64_tensor_message(name, shape, values)));
}

ModelBuilder& ModelBuilder::node(const std::string& type, const std::vector<std::string>& inputs,
                                 const std::vector<std::string>& outputs, const AttributeList& attributes,
                                 const std::string& name, const std::string& domain) {
  std::string data;
  pbf_writer node(data);
  for (const std::string& input : inputs) node.add_string(1, input);
  for (const std::string& output : outputs) node.add_string(2, output);
  node.add_string(3, name);
  node.add_string(4, type);
  for (const auto& [key, value] : attributes) {
    std::string attribute;
    pbf_writer writer(attribute);
    writer.add_string(1, key);
    std::visit(AttributeWriter{writer}, value);
    node.add_message(5, attribute);
  }
  node.add_string(7, domain);
  return graph_fields(field(1, data));
}

ModelBuilder& ModelBuilder::metadata(const std::string& key, const std::string& value) {
  metadata_ += field(14, field(1, key) + field(2, value));
  return *this;
}

ModelBuilder& ModelBuilder::graph_fields(const std::string& fields) {
  graph_ += fields;
  return *this;
}

std::vector<std::uint8_t> ModelBuilder::bytes() const {
  const std::string data = field(1, std::int64_t{8}) + field(2, std::string("saliency tests")) +
                           field(7, graph_ + field(2, std::string("graph"))) + opsets_ + metadata_;
  return {data.begin(), data.end()};
}

}  // namespace saliency::testing
