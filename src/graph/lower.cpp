#include "graph/lower.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "graph/builder.h"
#include "graph/release.h"
#include "ops/axis_broadcast.h"
#include "ops/registry.h"
#include "ops/transpose.h"

namespace saliency::graph {
namespace {

using ops::NodeInfo;
using ops::Operator;
using ops::ValueType;
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
    leave_out_unavailable();
    add_names();
    find_batch_axes(graph_);
    prepare_and_release(graph_, options_.weights, options_.on_prepared);
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
      const ValueId id = builder_.add_value(input.name, {.shape = resolved_shape(input), .dtype = input.dtype});
      const Shape& shape = graph_.values[static_cast<std::size_t>(id)].shape;
      const bool batched =
          options_.batch == Batch::Stackable && input.dtype == DType::Float && !shape.empty() && shape[0] == 1;
      builder_.value(id).batch_axis = batched ? 0 : kShared;
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
    const ValueId id = builder_.add_constant(name, std::move(initializer->second));
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
      const auto missing = graph_.unavailable.find(input);
      if (missing == graph_.unavailable.end()) continue;
      for (const std::string& output : node.outputs) graph_.unavailable.emplace(output, missing->second);
      return;  // its input can't be made; that has been noted
    }
    try {
      lower_supported(node, *registration);
      if (!node.outputs.empty()) lower_fusion(node.outputs[0]);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::UnsupportedOperator) throw error.within(described(node));
      note_unsupported(described(node) + ": " + error.message(), node);
    }
  }

  void lower_supported(const NetworkNode& node, const ops::Registration& registration) {
    std::vector<ValueId> inputs;
    for (const std::string& name : node.inputs) inputs.push_back(find(name));
    if (node.type == "Transpose" && !inputs.empty()) {
      const auto op = registration.make(info(node, builder_.types(inputs)));
      op->infer(builder_.types(inputs));
      logical_[node.outputs.at(0)] =
          builder_.transposed(inputs[0], static_cast<ops::TransposeOperator&>(*op).permutation());
      return;
    }
    const bool channels_last = registration.layout == ops::Layout::ChannelsLast && !inputs.empty();
    if (channels_last)
      inputs[0] = builder_.transposed(inputs[0], to_channels_last(builder_.value(inputs[0]).shape.size()));
    std::vector<ValueType> input_types = builder_.types(inputs);
    std::unique_ptr<Operator> op = ops::make_operator(registration, info(node, input_types));
    Permutation back;
    if (!channels_last) back = builder_.pull(*op, inputs);
    const std::vector<ValueId> outputs = builder_.add_node(node, std::move(op), inputs);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i].empty() || i >= outputs.size()) continue;
      ValueId output = outputs[i];
      if (channels_last && i == 0) {
        output = builder_.transposed(output, ops::inverse(to_channels_last(builder_.value(output).shape.size())));
      }
      if (!back.empty()) output = builder_.transposed(output, back);
      logical_[node.outputs[i]] = output;
    }
  }

  // Beside the parts, which have just been lowered, the node that they amount to, if the shapes admit it.
  void lower_fusion(const std::string& name) {
    const auto found = network_.fusions.find(name);
    if (found == network_.fusions.end()) return;
    const Fusion& fusion = found->second;
    const ValueId parts = logical_.at(name);
    const std::size_t rank = builder_.value(find(fusion.nodes.front().inputs.at(0))).shape.size();
    if (builder_.value(parts).is_constant || (fusion.input_rank != 0 && fusion.input_rank != rank)) return;
    try {
      for (const NetworkNode& node : fusion.nodes) lower_supported(node, *ops::find_registration(node.type));
    } catch (const Error&) {
      logical_[name] = parts;
      return;
    }
    const ValueId fused = logical_.at(name);
    if (builder_.value(fused).shape != builder_.value(parts).shape) {
      logical_[name] = parts;
      return;
    }
    std::vector<ValueId> inner;
    for (const std::string& between : fusion.inner) inner.push_back(logical_.at(between));
    builder_.link_parts(fused, parts, inner);
  }

  NodeInfo info(const NetworkNode& node, std::span<const ValueType> input_types) const {
    return {.type = node.type,
            .opset = node.opset,
            .attributes = node.attributes,
            .inputs = input_types,
            .output_count = node.outputs.size()};
  }

  void note_unsupported(std::string text, const NetworkNode& node) {
    for (const std::string& output : node.outputs) graph_.unavailable.emplace(output, text);
    unsupported_.push_back(std::move(text));
  }

  // A model whose first output can be made loads; what else needs an unsupported operator (boxes behind a
  // NonMaxSuppression, say) is refused when somebody asks for it.
  void leave_out_unavailable() {
    graph_.unavailable.erase("");
    const auto is_unavailable = [&](const std::string& name) { return graph_.unavailable.count(name) != 0; };
    if (!graph_.outputs.empty() && is_unavailable(graph_.outputs[0])) report_unsupported();
    graph_.outputs.erase(std::remove_if(graph_.outputs.begin(), graph_.outputs.end(), is_unavailable),
                         graph_.outputs.end());
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

  // ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────
  void add_names() {
    for (const std::string& output : graph_.outputs) find(output);
    for (const auto& [name, id] : logical_) graph_.names[name] = builder_.named(id);
    for (const auto& [name, folded] : network_.folded) {
      const auto kept = graph_.names.find(folded.kept);
      if (kept == graph_.names.end()) continue;
      NamedTensor tensor = kept->second;
      tensor.scale = folded.scale;
      tensor.shift = folded.shift;
      tensor.channels_are_last = folded.axis == FoldedTensor::Axis::Last;
      graph_.names[name] = std::move(tensor);
    }
    for (const NetworkNode& node : network_.nodes) {
      for (const std::string& output : node.outputs) {
        const auto it = graph_.names.find(output);
        if (it == graph_.names.end()) continue;
        const Value& made = builder_.value(it->second.value);
        if (!made.is_constant && made.dtype == DType::Float) graph_.order.push_back(output);
      }
    }
  }

  Network network_;
  const LowerOptions& options_;
  GraphBuilder builder_;
  Graph& graph_ = builder_.graph();
  std::map<std::string, ValueId> logical_;
  std::vector<std::string> unsupported_;
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
