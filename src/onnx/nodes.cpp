#include "onnx/nodes.h"

#include <optional>
#include <utility>

#include "base/error.h"

namespace saliency::onnx {
namespace {

// AttributeProto.AttributeType
enum class Kind : std::int32_t {
  Unknown = 0,
  Float = 1,
  Int = 2,
  String = 3,
  Tensor = 4,
  Graph = 5,
  Floats = 6,
  Ints = 7,
  Strings = 8,
  Tensors = 9,
  Graphs = 10,
  SparseTensor = 11,
  SparseTensors = 12,
  TypeProto = 13,
  TypeProtos = 14,
};

// Field numbers that hold a value, and the kind that they mean where a (very old) file names none.
Kind kind_of_field(std::uint32_t tag) {
  switch (tag) {
    case 2: return Kind::Float;
    case 3: return Kind::Int;
    case 4: return Kind::String;
    case 5: return Kind::Tensor;
    case 6: return Kind::Graph;
    case 7: return Kind::Floats;
    case 8: return Kind::Ints;
    case 9: return Kind::Strings;
    case 10: return Kind::Tensors;
    case 11: return Kind::Graphs;
    case 14: return Kind::TypeProto;
    case 15: return Kind::TypeProtos;
    case 22: return Kind::SparseTensor;
    case 23: return Kind::SparseTensors;
    default: return Kind::Unknown;
  }
}

struct RawAttribute {
  std::string name;
  std::string reference;  // ref_attr_name, legal in functions only
  Kind kind = Kind::Unknown;
  float real = 0;
  std::int64_t integer = 0;
  std::string text;
  std::optional<std::string_view> tensor, sparse_tensor;
  std::vector<float> reals;
  std::vector<std::int64_t> integers;
  std::vector<std::string> texts;
};

RawAttribute read_attribute(Fields fields) {
  RawAttribute raw;
  Kind implied = Kind::Unknown;
  while (fields.next()) {
    if (kind_of_field(fields.tag()) != Kind::Unknown) implied = kind_of_field(fields.tag());
    switch (fields.tag()) {
      case 1: raw.name = fields.text(); break;
      case 2: raw.real = fields.real(); break;
      case 3: raw.integer = fields.integer(); break;
      case 4: raw.text = fields.text(); break;
      case 5: raw.tensor = fields.bytes(); break;
      case 7: fields.append_to(raw.reals); break;
      case 8: fields.append_to(raw.integers); break;
      case 9: raw.texts.push_back(fields.text()); break;
      case 20: raw.kind = static_cast<Kind>(fields.integer()); break;
      case 21: raw.reference = fields.text(); break;
      case 22: raw.sparse_tensor = fields.bytes(); break;
      default: fields.skip();
    }
  }
  if (raw.kind == Kind::Unknown) raw.kind = implied;
  return raw;
}

void add_attribute(RawAttribute raw, const ReadOptions& options, ReadNode& result) {
  ops::Attributes& attributes = result.node.attributes;
  const auto problem = [&](const std::string& what) { result.problems.push_back(what + " '" + raw.name + "'"); };
  if (!raw.reference.empty()) return problem("attribute reference");
  switch (raw.kind) {
    case Kind::Float: return attributes.set(raw.name, static_cast<double>(raw.real));
    case Kind::Int: return attributes.set(raw.name, raw.integer);
    case Kind::String: return attributes.set(raw.name, std::move(raw.text));
    case Kind::Floats: return attributes.set(raw.name, std::vector<double>(raw.reals.begin(), raw.reals.end()));
    case Kind::Ints: return attributes.set(raw.name, std::move(raw.integers));
    case Kind::Strings: return attributes.set(raw.name, std::move(raw.texts));
    case Kind::Tensor: {
      if (!raw.tensor) throw Error(ErrorCode::ModelInvalid, "attribute '" + raw.name + "' has no tensor");
      NamedTensor tensor = read_tensor(Fields(*raw.tensor), options);
      result.tensor_types[raw.name] = tensor.type;
      return attributes.set(raw.name, std::move(tensor.tensor));
    }
    case Kind::SparseTensor:
      if (!raw.sparse_tensor) throw Error(ErrorCode::ModelInvalid, "attribute '" + raw.name + "' has no tensor");
      result.sparse_values[raw.name] = read_sparse_tensor(Fields(*raw.sparse_tensor), options);
      return;
    case Kind::Graph:
    case Kind::Graphs: return problem("sub-graph");
    case Kind::Tensors:
    case Kind::SparseTensors: return problem("list of tensors");
    case Kind::TypeProto:
    case Kind::TypeProtos: return problem("type attribute");
    case Kind::Unknown: break;
  }
  problem("attribute of an unknown type");
}

}  // namespace

ReadNode read_node(Fields fields, const ReadOptions& options) {
  ReadNode result;
  graph::NetworkNode& node = result.node;
  std::vector<std::string_view> attributes;
  while (fields.next()) {
    switch (fields.tag()) {
      case 1: node.inputs.push_back(fields.text()); break;
      case 2: node.outputs.push_back(fields.text()); break;
      case 3: node.name = fields.text(); break;
      case 4: node.type = fields.text(); break;
      case 5: attributes.push_back(fields.bytes()); break;
      case 7: node.domain = fields.text(); break;
      default: fields.skip();
    }
  }
  if (node.domain == "ai.onnx") node.domain.clear();
  try {
    for (const std::string_view attribute : attributes) {
      add_attribute(read_attribute(Fields(attribute)), options, result);
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::UnsupportedOperator) throw error.within(node.type + " '" + node.name + "'");
    result.problems.push_back(error.message());
  }
  return result;
}

std::string unique_name(const std::string& wanted, std::set<std::string>& taken) {
  std::string name = wanted;
  for (int i = 2; !taken.insert(name).second; ++i) name = wanted + "_" + std::to_string(i);
  return name;
}

}  // namespace saliency::onnx
