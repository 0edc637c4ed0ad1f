#include "onnx/reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "onnx/arity.h"
#include "onnx/nodes.h"
#include "onnx/opsets.h"
#include "onnx/order.h"
#include "onnx/signature.h"
#include "onnx/tensors.h"
#include "onnx/wire.h"
#include "ops/registry.h"

namespace saliency::onnx {
namespace {

constexpr const char* kExportRemedy = "export it again, for instance by torch.onnx.export(…, opset_version=17)";

// The fields of a ModelProto that matter.
struct Model {
  std::optional<std::string_view> graph;
  std::map<std::string, std::int64_t> opsets;
  std::map<std::string, std::string> metadata;
  std::string producer;
};

// A string-to-string or string-to-integer entry has its key in field 1 and its value in field 2.
void read_opset(Fields fields, std::map<std::string, std::int64_t>& opsets) {
  std::string domain;
  std::int64_t version = 1;
  while (fields.next()) {
    switch (fields.tag()) {
      case 1: domain = fields.text(); break;
      case 2: version = fields.integer(); break;
      default: fields.skip();
    }
  }
  opsets[domain == "ai.onnx" ? "" : domain] = version;
}

void read_metadata(Fields fields, std::map<std::string, std::string>& metadata) {
  std::string key, value;
  while (fields.next()) {
    switch (fields.tag()) {
      case 1: key = fields.text(); break;
      case 2: value = fields.text(); break;
      default: fields.skip();
    }
  }
  metadata[key] = value;
}

Model read_model(Fields fields) {
  Model model;
  std::string version;
  while (fields.next()) {
    switch (fields.tag()) {
      case 2: model.producer = fields.text(); break;
      case 3: version = fields.text(); break;
      case 7: model.graph = fields.bytes(); break;
      case 8: read_opset(fields.message(), model.opsets); break;
      case 14: read_metadata(fields.message(), model.metadata); break;
      default: fields.skip();
    }
  }
  if (!version.empty()) model.producer += " " + version;
  return model;
}

std::int64_t opset_of(const Model& model) {
  const auto found = model.opsets.find("");
  const std::int64_t opset = found == model.opsets.end() ? 1 : found->second;
  check_opset(opset);
  return opset;
}

struct ValueInfo {
  graph::NetworkInput value;
  std::optional<ElementType> type;  // nothing: not a tensor, or no type given
  bool is_tensor = false;
  bool has_shape = false;
};

void read_dimension(Fields fields, graph::NetworkInput& value) {
  std::int64_t size = -1;
  std::string name;
  while (fields.next()) {
    switch (fields.tag()) {
      case 1: size = fields.integer(); break;
      case 2: name = fields.text(); break;
      default: fields.skip();
    }
  }
  value.shape.push_back(size > 0 || (size == 0 && name.empty()) ? size : -1);
  value.dimension_names.push_back(name);
}

void read_tensor_type(Fields fields, ValueInfo& info) {
  info.is_tensor = true;
  while (fields.next()) {
    if (fields.tag() == 1) {
      info.type = static_cast<ElementType>(fields.integer());
    } else if (fields.tag() == 2) {
      info.has_shape = true;
      Fields shape = fields.message();
      while (shape.next()) {
        if (shape.tag() == 1) {
          read_dimension(shape.message(), info.value);
        } else {
          shape.skip();
        }
      }
    } else {
      fields.skip();
    }
  }
}

ValueInfo read_value_info(Fields fields) {
  ValueInfo info;
  while (fields.next()) {
    if (fields.tag() == 1) {
      info.value.name = fields.text();
    } else if (fields.tag() == 2) {
      Fields type = fields.message();
      while (type.next()) {
        if (type.tag() == 1) {
          read_tensor_type(type.message(), info);
        } else {
          type.skip();
        }
      }
    } else {
      fields.skip();
    }
  }
  info.value.dtype = info.type ? dtype_of(*info.type) : DType::Float;
  return info;
}

class GraphReader {
 public:
  GraphReader(const Model& model, const ReadOptions& options) : options_(options), opset_(opset_of(model)) {
    network_.metadata = model.metadata;
    network_.producer = model.producer;
  }

  graph::Network read(Fields fields) {
    while (fields.next()) {
      switch (fields.tag()) {
        case 1: add_node(read_node(fields.message(), options_)); break;
        case 5: add_initializer(read_initializer(fields.bytes(), read_tensor)); break;
        case 11: inputs_.push_back(read_value_info(fields.message())); break;
        case 12: outputs_.push_back(read_value_info(fields.message())); break;
        case 15: add_initializer(read_initializer(fields.bytes(), read_sparse_tensor)); break;
        default: fields.skip();
      }
    }
    take_inputs();
    report_unsupported();
    take_outputs();
    sort_nodes(network_.nodes, known_);
    for (const graph::NetworkNode& node : network_.nodes) check_inputs(node);
    check_outputs();
    check_integers();
    note_quantized_types();
    return std::move(network_);
  }

 private:
  using TensorReader = NamedTensor (*)(Fields, const ReadOptions&);

  // An initializer of a type that can't be represented joins the list of what is unsupported.
  NamedTensor read_initializer(std::string_view bytes, TensorReader reader) {
    try {
      return reader(Fields(bytes), options_);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::UnsupportedOperator) throw;
      problems_.push_back(error.message());
      return {};
    }
  }

  void add_initializer(NamedTensor tensor) {
    if (tensor.name.empty()) return;
    types_[tensor.name] = tensor.type;
    if (tensor.has_inexact_integer) inexact_[tensor.name] = tensor.inexact_integer;
    if (!network_.initializers.emplace(tensor.name, std::move(tensor.tensor)).second) {
      throw Error(ErrorCode::ModelInvalid, "two initializers are named '" + tensor.name + "'");
    }
  }

  void add_node(ReadNode read) {
    graph::NetworkNode& node = read.node;
    node.opset = opset_;
    check_opset(opset_, node.type);
    const std::string position = std::to_string(network_.nodes.size() + constants_);
    node.name = unique_name(node.name.empty() ? node.type + "_" + position : node.name, names_);
    if (node.type == "Constant" && node.domain.empty() && read.problems.empty()) return add_constant(read);

    std::string reasons;
    for (const std::string& problem : read.problems) reasons += ", " + problem;
    if (!node.domain.empty()) reasons += ", domain '" + node.domain + "'";
    if (!read.sparse_values.empty()) reasons += ", sparse attribute";
    if (!reasons.empty()) {
      problems_.push_back(node.type + " (node '" + node.name + "'" + reasons + ")");
    }
    network_.nodes.push_back(std::move(node));
  }

  void add_constant(ReadNode& read) {
    ++constants_;
    const ops::Attributes& attributes = read.node.attributes;
    if (read.node.outputs.size() != 1) {
      throw Error(ErrorCode::ModelInvalid, "Constant '" + read.node.name + "' has not exactly one output");
    }
    NamedTensor constant;
    if (!read.sparse_values.empty()) constant = std::move(read.sparse_values.begin()->second);
    if (const Tensor* tensor = attributes.tensor("value")) {
      constant.tensor = *tensor;
      constant.type = read.tensor_types["value"];
    } else if (attributes.has("value_float")) {
      constant.tensor = Tensor({}, static_cast<Scalar>(attributes.real("value_float", 0)));
      constant.type = ElementType::Float;
    } else if (attributes.has("value_int")) {
      constant.tensor = Tensor({}, static_cast<Scalar>(attributes.integer("value_int")), DType::Int);
      constant.type = ElementType::Int64;
    } else if (attributes.has("value_floats")) {
      const std::vector<double> values = attributes.reals("value_floats", {});
      constant.tensor = Tensor({static_cast<std::int64_t>(values.size())}, {values.begin(), values.end()});
      constant.type = ElementType::Float;
    } else if (attributes.has("value_ints")) {
      const std::vector<std::int64_t> values = attributes.integers("value_ints", {});
      constant.tensor = Tensor({static_cast<std::int64_t>(values.size())}, {values.begin(), values.end()}, DType::Int);
      constant.type = ElementType::Int64;
    } else if (read.sparse_values.empty()) {
      problems_.push_back("Constant (node '" + read.node.name + "', without a numeric value)");
      return;
    }
    constant.name = read.node.outputs[0];
    add_initializer(std::move(constant));
  }

  void take_inputs() {
    for (const auto& [name, tensor] : network_.initializers) known_.insert(name);
    for (ValueInfo& info : inputs_) {
      const std::string& name = info.value.name;
      if (network_.initializers.count(name) != 0) continue;
      if (!info.is_tensor || (info.type && !is_representable(*info.type))) {
        problems_.push_back("input '" + name + "' (" + (info.is_tensor ? to_string(*info.type) : "not a tensor") + ")");
        continue;
      }
      if (!info.has_shape) {
        throw Error(ErrorCode::ModelInvalid, "input '" + name + "' has no shape in the file",
                    {.expected = "a number of dimensions", .actual = "none", .remedy = kExportRemedy});
      }
      if (!known_.insert(name).second) {
        throw Error(ErrorCode::ModelInvalid, "two inputs are named '" + name + "'");
      }
      if (info.type) types_[name] = *info.type;
      network_.inputs.push_back(std::move(info.value));
    }
  }

  void take_outputs() {
    for (ValueInfo& info : outputs_) network_.outputs.push_back(std::move(info.value));
    if (network_.outputs.empty()) throw Error(ErrorCode::ModelInvalid, "the graph has no outputs");
  }

  void check_outputs() const {
    std::set<std::string> made = known_;
    for (const graph::NetworkNode& node : network_.nodes) made.insert(node.outputs.begin(), node.outputs.end());
    for (const graph::NetworkInput& output : network_.outputs) {
      if (made.count(output.name) == 0) {
        throw Error(ErrorCode::ModelInvalid,
                    "output '" + output.name + "' of the graph is made by no node, input or initializer");
      }
    }
  }

  // One message for all; once something is unsupported, unknown operator types are listed along with it.
  void report_unsupported() {
    if (problems_.empty()) return;
    for (const graph::NetworkNode& node : network_.nodes) {
      if (node.domain.empty() && ops::find_registration(node.type) == nullptr) {
        const std::string entry = node.type + " (node '" + node.name + "'";
        const auto same = [&](const std::string& problem) { return problem.compare(0, entry.size(), entry) == 0; };
        if (std::none_of(problems_.begin(), problems_.end(), same)) problems_.push_back(entry + ")");
      }
    }
    std::string list;
    for (const std::string& problem : problems_) list += (list.empty() ? "" : ", ") + problem;
    const std::string count = std::to_string(problems_.size());
    throw Error(ErrorCode::UnsupportedOperator,
                count + (problems_.size() == 1 ? " unsupported part: " : " unsupported parts: ") + list,
                {.expected = "operators of the default ONNX domain on tensors of numbers",
                 .actual = list,
                 .remedy = "export the model without control flow, custom operators and strings"});
  }

  // Where an inexact integer becomes a floating-point number anyhow it does no harm.
  static bool reads_as_float(const graph::NetworkNode& node) {
    if (node.type == "DequantizeLinear") return true;
    return node.type == "Cast" && dtype_of(static_cast<ElementType>(node.attributes.integer("to", 0))) == DType::Float;
  }

  void check_integers() const {
    if (inexact_.empty()) return;
    for (const graph::NetworkNode& node : network_.nodes) {
      if (reads_as_float(node)) continue;
      for (const std::string& input : node.inputs) {
        const auto found = inexact_.find(input);
        if (found == inexact_.end()) continue;
        throw Error(ErrorCode::UnsupportedOperator,
                    node.type + " '" + node.name + "': its constant '" + input + "' contains the integer " +
                        std::to_string(found->second) + "; integers are exact up to 2^24 = 16777216 here",
                    {.expected = "integers within ±16777216", .actual = std::to_string(found->second)});
      }
    }
  }

  // An integer tensor does not remember its width, which QuantizeLinear needs.
  void note_quantized_types() {
    for (graph::NetworkNode& node : network_.nodes) {
      if (node.type != "QuantizeLinear" || node.inputs.size() < 3 || node.attributes.has("output_dtype")) continue;
      const auto type = types_.find(node.inputs[2]);
      if (type != types_.end()) node.attributes.set("output_dtype", static_cast<std::int64_t>(type->second));
    }
  }

  const ReadOptions& options_;
  std::int64_t opset_;
  graph::Network network_;
  std::vector<ValueInfo> inputs_, outputs_;
  std::set<std::string> names_;  // of nodes
  std::set<std::string> known_;  // values that no node makes
  std::map<std::string, ElementType> types_;
  std::map<std::string, std::int64_t> inexact_;
  std::vector<std::string> problems_;
  std::size_t constants_ = 0;
};

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[noreturn]] void not_onnx(std::span<const std::uint8_t> bytes, const std::string& reason) {
  const std::string format = recognised_format(text_of(bytes));
  throw Error(ErrorCode::ModelInvalid, "this is not an ONNX file: " + (format.empty() ? reason : "it is " + format),
              {.expected = "an ONNX model",
               .actual = format.empty() ? std::to_string(bytes.size()) + " bytes that do not parse" : format,
               .remedy = kExportRemedy});
}

}  // namespace

graph::Network read(std::span<const std::uint8_t> bytes, const ReadOptions& options) {
  if (bytes.empty()) not_onnx(bytes, "the file is empty");
  try {
    const Model model = read_model(Fields(text_of(bytes)));
    if (!model.graph) not_onnx(bytes, "it contains no graph");
    return GraphReader(model, options).read(Fields(*model.graph));
  } catch (const protozero::end_of_buffer_exception&) {
    not_onnx(bytes, "its data ends too early (a truncated download?)");
  } catch (const protozero::exception& error) {
    not_onnx(bytes, std::string("its bytes are damaged (") + error.what() + ")");
  }
}

Tensor read_tensor(std::span<const std::uint8_t> bytes) {
  try {
    return read_tensor(Fields(text_of(bytes)), {}).tensor;
  } catch (const protozero::exception& error) {
    throw Error(ErrorCode::ModelInvalid, std::string("this is not a TensorProto: ") + error.what());
  }
}

}  // namespace saliency::onnx
