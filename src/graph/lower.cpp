#include "graph/lower.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "base/error.h"
#include "graph/release.h"
#include "ops/registry.h"
#include "ops/transpose.h"

namespace saliency::graph {
namespace {

using ops::NodeInfo;
using ops::Operator;
using ops::ValueType;
using Permutation = std::vector<int>;

bool is_identity(std::span<const int> permutation) {
  for (std::size_t i = 0; i < permutation.size(); ++i) {
    if (permutation[i] != static_cast<int>(i)) return false;
  }
  return true;
}

// {0, 2, …, rank−1, 1}: n×c×… → n×…×c
Permutation to_channels_last(std::size_t rank) {
  Permutation permutation(rank, 0);
  for (std::size_t i = 1; i + 1 < rank; ++i) permutation[i] = static_cast<int>(i + 1);
  if (rank > 1) permutation[rank - 1] = 1;
  return permutation;
}

std::string described(const NetworkNode& node) {
  return node.type + " '" + node.name + "'";
}

class Lowering {
 public:
  Lowering(Network network, const LowerOptions& options) : network_(std::move(network)), options_(options) {}

  Graph run() {
    keep_needed_nodes();
    add_inputs();
    for (const NetworkNode& node : network_.nodes) lower_node(node);
    if (!unsupported_.empty()) report_unsupported();
    add_names();
    find_batch_axes(graph_);
    prepare_and_release(graph_);
    return std::move(graph_);
  }

 private:
  // ── Network side ─────────────────────────────────────────────────────────────────────────────────────────────────
  void keep_needed_nodes() {
    std::set<std::string> needed;
    for (const NetworkInput& output : network_.outputs) needed.insert(output.name);
    std::vector<NetworkNode> kept;
    for (auto node = network_.nodes.rbegin(); node != network_.nodes.rend(); ++node) {
      const bool used = std::any_of(node->outputs.begin(), node->outputs.end(),
                                    [&](const std::string& name) { return needed.count(name) != 0; });
      if (!used) continue;
      needed.insert(node->inputs.begin(), node->inputs.end());
      kept.push_back(std::move(*node));
    }
    network_.nodes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
  }

  Shape resolved_shape(const NetworkInput& input) const {
    Shape shape = input.shape;
    auto given = options_.input_shapes.find(input.name);
    const bool is_first = &input == network_.inputs.data();
    if (given == options_.input_shapes.end() && is_first) given = options_.input_shapes.find("");
    if (given != options_.input_shapes.end()) {
      bool fits = given->second.size() == shape.size();
      for (std::size_t i = 0; fits && i < shape.size(); ++i) {
        fits = given->second[i] > 0 && (shape[i] < 0 || shape[i] == given->second[i] || i == 0);
      }
      if (!fits) {
        throw Error(ErrorCode::ShapeMismatch, "input '" + input.name + "': the given shape does not fit the model's",
                    {.expected = described_shape(input),
                     .actual = to_string(given->second),
                     .remedy = "give positive sizes that agree with the model's fixed ones"});
      }
      shape = given->second;
    }
    if (options_.batch == Batch::Stackable && !shape.empty() && shape[0] < 0) shape[0] = 1;
    if (options_.batch == Batch::Stackable && input.dtype == DType::Float && shape.size() >= 2) shape[0] = 1;
    for (const std::int64_t size : shape) {
      if (size < 0) {
        throw Error(ErrorCode::ShapeMismatch, "input '" + input.name + "' has sizes that the model leaves open",
                    {.expected = "a size for each dimension",
                     .actual = described_shape(input),
                     .remedy = "pass the input's shape when loading, e.g. inputShape: [1, 3, 224, 224]"});
      }
    }
    return shape;
  }

  static std::string described_shape(const NetworkInput& input) {
    std::string text = "[";
    for (std::size_t i = 0; i < input.shape.size(); ++i) {
      const std::string name = i < input.dimension_names.size() && !input.dimension_names[i].empty()
                                   ? input.dimension_names[i]
                                   : std::string("?");
      text += (i ? ", " : "") + (input.shape[i] < 0 ? name : std::to_string(input.shape[i]));
    }
    return text + "]";
  }

  void add_inputs() {
    for (const NetworkInput& input : network_.inputs) {
      const ValueId id = add_value(input.name, {.shape = resolved_shape(input), .dtype = input.dtype});
      const Shape& shape = graph_.values[static_cast<std::size_t>(id)].shape;
      const bool batched =
          options_.batch == Batch::Stackable && input.dtype == DType::Float && !shape.empty() && shape[0] == 1;
      value(id).batch_axis = batched ? 0 : kShared;
      logical_[input.name] = id;
      graph_.inputs.push_back({input.name, id, input.shape, input.dimension_names});
    }
    for (const NetworkInput& output : network_.outputs) graph_.outputs.push_back(output.name);
    graph_.metadata = std::move(network_.metadata);
  }

  // The value behind an ONNX name; initializers move into the graph when they are first read.
  ValueId find(const std::string& name) {
    if (name.empty()) return kNoValue;
    if (const auto it = logical_.find(name); it != logical_.end()) return it->second;
    const auto initializer = network_.initializers.find(name);
    if (initializer == network_.initializers.end()) {
      throw Error(ErrorCode::ModelInvalid, "tensor '" + name + "' is read, but nothing makes it");
    }
    const ValueId id = add_constant(name, std::move(initializer->second));
    logical_[name] = id;
    return id;
  }

  void lower_node(const NetworkNode& node) {
    const bool standard = node.domain.empty() || node.domain == "ai.onnx";
    const ops::Registration* registration = standard ? ops::find_registration(node.type) : nullptr;
    if (registration == nullptr) {
      note_unsupported((standard ? "" : node.domain + ".") + node.type + " (node '" + node.name + "')", node);
      return;
    }
    for (const std::string& input : node.inputs) {
      if (poisoned_.count(input) == 0) continue;
      poisoned_.insert(node.outputs.begin(), node.outputs.end());
      return;  // its input can't be made; that has been noted
    }
    try {
      lower_supported(node, *registration);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::UnsupportedOperator) throw error.within(described(node));
      note_unsupported(described(node) + ": " + error.message(), node);
    }
  }

  void lower_supported(const NetworkNode& node, const ops::Registration& registration) {
    std::vector<ValueId> inputs;
    for (const std::string& name : node.inputs) inputs.push_back(find(name));
    if (node.type == "Transpose" && !inputs.empty()) {
      const auto op = registration.make(info(node, types(inputs)));
      op->infer(types(inputs));
      logical_[node.outputs.at(0)] = transposed(inputs[0], static_cast<ops::TransposeOperator&>(*op).permutation());
      return;
    }
    const bool channels_last = registration.layout == ops::Layout::ChannelsLast && !inputs.empty();
    if (channels_last) inputs[0] = transposed(inputs[0], to_channels_last(value(inputs[0]).shape.size()));
    std::vector<ValueType> input_types = types(inputs);
    std::unique_ptr<Operator> op = registration.make(info(node, input_types));
    Permutation back;
    if (!channels_last) back = pull(*op, inputs);
    const std::vector<ValueId> outputs = add_node(node, std::move(op), inputs);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i].empty() || i >= outputs.size()) continue;
      ValueId output = outputs[i];
      if (channels_last && i == 0) {
        output = transposed(output, ops::inverse(to_channels_last(value(output).shape.size())));
      }
      if (!back.empty()) output = transposed(output, back);
      logical_[node.outputs[i]] = output;
    }
  }

  NodeInfo info(const NetworkNode& node, std::span<const ValueType> input_types) const {
    return {.type = node.type,
            .opset = node.opset,
            .attributes = node.attributes,
            .inputs = input_types,
            .output_count = node.outputs.size()};
  }

  void note_unsupported(std::string text, const NetworkNode& node) {
    unsupported_.push_back(std::move(text));
    poisoned_.insert(node.outputs.begin(), node.outputs.end());
  }

  [[noreturn]] void report_unsupported() const {
    std::string list;
    for (const std::string& text : unsupported_) list += (list.empty() ? "" : ", ") + text;
    const std::size_t count = unsupported_.size();
    throw Error(ErrorCode::UnsupportedOperator,
                std::to_string(count) + " unsupported operator" + (count == 1 ? "" : "s") + ": " + list,
                {.expected = "operators of ai.onnx opsets 7 to 21 that classifiers use",
                 .actual = list,
                 .remedy = "export the model for inference without these nodes, or cut the graph in front of them"});
  }

  // ── Graph side ───────────────────────────────────────────────────────────────────────────────────────────────────
  Value& value(ValueId id) { return graph_.values[static_cast<std::size_t>(id)]; }

  ValueId add_value(std::string name, const ValueType& type) {
    Value added;
    added.name = std::move(name);
    added.shape = type.shape;
    added.dtype = type.dtype;
    element_count(added.shape);
    graph_.values.push_back(std::move(added));
    return static_cast<ValueId>(graph_.values.size()) - 1;
  }

  ValueId add_constant(const std::string& name, Tensor tensor) {
    const ValueId id = add_value(name, {.shape = tensor.shape, .dtype = tensor.dtype});
    value(id).is_constant = true;
    value(id).constant = std::make_unique<Tensor>(std::move(tensor));
    return id;
  }

  std::vector<ValueType> types(std::span<const ValueId> ids) {
    std::vector<ValueType> result;
    for (const ValueId id : ids) {
      if (id == kNoValue) {
        result.push_back({.present = false});
      } else {
        result.push_back({.shape = value(id).shape, .dtype = value(id).dtype, .constant = value(id).constant.get()});
      }
    }
    return result;
  }

  const ops::TransposeOperator* transpose_behind(ValueId id) {
    if (id == kNoValue || value(id).producer < 0) return nullptr;
    return dynamic_cast<const ops::TransposeOperator*>(
        graph_.nodes[static_cast<std::size_t>(value(id).producer)].op.get());
  }

  ValueId source_of_transpose(ValueId id) {
    return graph_.nodes[static_cast<std::size_t>(value(id).producer)].inputs[0];
  }

  // x with its axes reordered: composed with a transpose in front, computed for a constant, made only once.
  ValueId transposed(ValueId x, Permutation permutation) {
    if (const auto* before = transpose_behind(x)) {
      Permutation composed = permuted_by(before->permutation(), permutation);
      return transposed(source_of_transpose(x), std::move(composed));
    }
    if (is_identity(permutation)) return x;
    const auto key = std::make_pair(x, permutation);
    if (const auto it = transposes_.find(key); it != transposes_.end()) return it->second;
    NetworkNode node;
    node.type = "Transpose";
    node.name = value(x).name + "/transposed";
    const ValueId inputs[] = {x};
    const ValueId y = add_node(node, std::make_unique<ops::TransposeOperator>(permutation), inputs).at(0);
    transposes_[key] = y;
    return y;
  }

  static Permutation permuted_by(const Permutation& first, const Permutation& second) {
    Permutation result;
    for (const int axis : second) result.push_back(first[static_cast<std::size_t>(axis)]);
    return result;
  }

  // Moves transposes from the inputs of `op` behind it; returns the permutation that its outputs then need.
  Permutation pull(Operator& op, std::vector<ValueId>& inputs) {
    const ops::TransposeOperator* found = nullptr;
    for (std::size_t i = 0; i < inputs.size() && found == nullptr; ++i) {
      if (i > 0 && !op.pulls_all_inputs()) break;
      found = transpose_behind(inputs[i]);
    }
    if (found == nullptr) return {};
    const Permutation permutation = found->permutation();
    std::vector<ValueId> changed = inputs;
    if (op.pulls_all_inputs()) {
      if (!can_untranspose(inputs, permutation)) return {};
    }
    const auto behind = op.pull_transpose(permutation);
    if (!behind) return {};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (i == 0 || op.pulls_all_inputs()) changed[i] = untransposed(inputs[i], permutation);
    }
    inputs = std::move(changed);
    return *behind;
  }

  // Whether moving the transpose costs less than it saves: the other inputs are transposed alike, constant, or small.
  bool can_untranspose(std::span<const ValueId> inputs, const Permutation& permutation) {
    std::int64_t largest = 0;
    for (const ValueId id : inputs) {
      if (id != kNoValue) largest = std::max(largest, element_count(value(id).shape));
    }
    for (const ValueId id : inputs) {
      if (id == kNoValue || value(id).is_constant) continue;
      const auto* transpose = transpose_behind(id);
      if (transpose != nullptr && transpose->permutation() == permutation) continue;
      if (value(id).shape.size() != permutation.size() && !value(id).shape.empty()) return false;
      if (element_count(value(id).shape) * 4 > largest) return false;
    }
    for (const ValueId id : inputs) {
      if (id != kNoValue && value(id).shape.size() > permutation.size()) return false;
    }
    return true;
  }

  // The value u with transpose(u, permutation) = x; a constant of lower rank is first given leading axes of size 1.
  ValueId untransposed(ValueId x, const Permutation& permutation) {
    if (x == kNoValue || value(x).shape.empty()) return x;
    if (value(x).is_constant && value(x).shape.size() < permutation.size()) {
      Tensor tensor = *value(x).constant;
      tensor.shape.insert(tensor.shape.begin(), permutation.size() - tensor.shape.size(), 1);
      x = add_constant(value(x).name, std::move(tensor));
    }
    return transposed(x, ops::inverse(permutation));
  }

  std::vector<ValueId> add_node(const NetworkNode& node, std::unique_ptr<Operator> op,
                                std::span<const ValueId> inputs) {
    const std::vector<ValueType> input_types = types(inputs);
    const std::vector<ValueType> output_types = op->infer(input_types);
    const bool constant = op->reads_only_shapes() || std::all_of(inputs.begin(), inputs.end(), [&](ValueId id) {
                            return id == kNoValue || value(id).is_constant;
                          });
    if (constant) return fold(node, *op, inputs, output_types);
    const int index = static_cast<int>(graph_.nodes.size());
    std::vector<ValueId> outputs;
    for (std::size_t i = 0; i < output_types.size(); ++i) {
      const std::string name = i < node.outputs.size() ? node.outputs[i] : node.name;
      outputs.push_back(add_value(name, output_types[i]));
      value(outputs.back()).producer = index;
    }
    graph_.nodes.push_back(
        {node.name, node.type, std::move(op), std::vector<ValueId>(inputs.begin(), inputs.end()), outputs});
    return outputs;
  }

  // A few bytes of a file must not make gigabytes of constants.
  static void check_constant(const Shape& shape) {
    constexpr std::int64_t kLargest = std::int64_t{1} << 28;
    if (element_count(shape) <= kLargest) return;
    throw Error(ErrorCode::OutOfMemory, "a constant of shape " + to_string(shape) + " is too large to compute",
                {.expected = "at most 2^28 elements", .actual = to_string(shape)});
  }

  std::vector<ValueId> fold(const NetworkNode& node, Operator& op, std::span<const ValueId> inputs,
                            std::span<const ValueType> output_types) {
    std::vector<ConstView> constants;
    for (const ValueId id : inputs) {
      if (id == kNoValue) {
        constants.emplace_back();
      } else if (value(id).constant) {
        constants.emplace_back(*value(id).constant);
      } else {
        constants.emplace_back(value(id).shape, nullptr);
      }
    }
    op.prepare(constants);
    std::vector<Tensor> results;
    for (const ValueType& type : output_types) {
      check_constant(type.shape);
      results.emplace_back(type.shape, Scalar{0}, type.dtype);
    }
    std::vector<View> views(results.begin(), results.end());
    op.forward({.inputs = constants, .outputs = views});
    std::vector<ValueId> outputs;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const std::string name = i < node.outputs.size() ? node.outputs[i] : node.name;
      outputs.push_back(add_constant(name, std::move(results[i])));
    }
    return outputs;
  }

  // ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────
  void add_names() {
    for (const std::string& output : graph_.outputs) find(output);
    for (const auto& [name, id] : logical_) graph_.names[name] = named(id);
    for (const auto& [name, folded] : network_.folded) {
      const auto kept = graph_.names.find(folded.kept);
      if (kept == graph_.names.end()) continue;
      NamedTensor tensor = kept->second;
      tensor.scale = folded.scale;
      tensor.shift = folded.shift;
      graph_.names[name] = std::move(tensor);
    }
    for (const NetworkNode& node : network_.nodes) {
      for (const std::string& output : node.outputs) {
        const auto it = graph_.names.find(output);
        if (it == graph_.names.end()) continue;
        const Value& made = value(it->second.value);
        if (!made.is_constant && made.dtype == DType::Float) graph_.order.push_back(output);
      }
    }
  }

  NamedTensor named(ValueId id) {
    if (const auto* transpose = transpose_behind(id)) {
      return {.value = source_of_transpose(id), .permutation = transpose->permutation()};
    }
    return {.value = id};
  }

  Network network_;
  const LowerOptions& options_;
  Graph graph_;
  std::map<std::string, ValueId> logical_;
  std::map<std::pair<ValueId, Permutation>, ValueId> transposes_;
  std::vector<std::string> unsupported_;
  std::set<std::string> poisoned_;
};

}  // namespace

Shape batched_shape(const Value& value, std::int64_t batch) {
  Shape shape = value.shape;
  if (value.batch_axis >= 0) shape[static_cast<std::size_t>(value.batch_axis)] *= batch;
  return shape;
}

Graph lower(Network network, const LowerOptions& options) {
  return Lowering(std::move(network), options).run();
}

}  // namespace saliency::graph
