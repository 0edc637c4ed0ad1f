#include "saliency/relevance_rule.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "base/error.h"
#include "saliency/layer_weights.h"
#include "saliency/relevance_shares.h"

namespace saliency {
namespace {

bool is_any(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

// What only moves, repeats or selects values: their exact gradient moves relevance in the same way.
bool moves_values(const graph::Node& node) {
  return node.op->is_view() ||
         is_any(node.type,
                {"Cast",      "Compress",        "Concat",         "DepthToSpace", "Dropout", "Expand",  "Flatten",
                 "Gather",    "GatherND",        "GatherElements", "Identity",     "Max",     "Min",     "MaxPool",
                 "Pad",       "GlobalMaxPool",   "ReduceMax",      "ReduceMin",    "Reshape", "Scatter", "ScatterND",
                 "Slice",     "ScatterElements", "SpaceToDepth",   "Split",        "Squeeze", "Tile",    "TopK",
                 "Transpose", "Trilu",           "Unsqueeze",      "Where"});
}

bool normalises(std::string_view type) {
  return is_any(type, {"LayerNormalization", "InstanceNormalization", "GroupNormalization", "LRN", "LpNormalization",
                       "MeanVarianceNormalization"});
}

bool is_softmax(std::string_view type) {
  return is_any(type, {"Softmax", "LogSoftmax", "Hardmax"});
}

}  // namespace

RelevanceRule::RelevanceRule(const graph::Graph& graph, const RelevanceRules& rules, graph::ValueId y)
    : graph_(graph), rules_(rules) {
  for (const graph::Node& node : graph.nodes) {
    Step step{.kind = kind_of(node)};
    if (step.kind == Kind::Linear) step.shares = shares_of(node);
    steps_.emplace(&node, std::move(step));
  }
  choose_layer_rules(y);
  if (rules.batch_norm == RelevanceRules::BatchNorm::Merged) return;
  for (const auto& [name, tensor] : graph.names) {
    const int producer = graph.values[static_cast<std::size_t>(tensor.value)].producer;
    if (tensor.scale.empty() || tensor.channels_are_last || producer < 0) continue;  // a bias is no normalisation
    steps_.at(&graph.nodes[static_cast<std::size_t>(producer)]).normalised = &tensor;
  }
}

void RelevanceRule::choose_layer_rules(graph::ValueId y) {
  const std::vector<bool> leads = leading_to(graph_, y);
  std::vector<bool> behind_layer(graph_.values.size(), false);
  const graph::Node* last = nullptr;
  std::set<const graph::Node*> firsts;
  for (const graph::Node& node : graph_.nodes) {
    bool behind = std::any_of(node.inputs.begin(), node.inputs.end(), [&](graph::ValueId id) {
      return id != graph::kNoValue && behind_layer[static_cast<std::size_t>(id)];
    });
    if (steps_.at(&node).kind == Kind::Layer) {
      if (!behind) firsts.insert(&node);
      if (leads[static_cast<std::size_t>(node.outputs[0])]) last = &node;
      behind = true;
    }
    for (const graph::ValueId id : node.outputs) {
      if (id != graph::kNoValue) behind_layer[static_cast<std::size_t>(id)] = behind;
    }
  }
  std::set<std::string> names;
  for (auto& [node, step] : steps_) {
    if (step.kind != Kind::Layer) continue;
    names.insert(node->name);
    step.rule = &rule_of(*node, firsts.count(node) != 0, node == last);
    if (!step.rule->groups.empty()) require_weights(graph_, *node);
  }
  for (const auto& [name, rule] : rules_.by_name) {
    if (names.count(name) != 0) continue;
    throw Error(ErrorCode::InvalidOption, "no layer with weights is called '" + name + "'",
                {.expected = "first, last, a type (Conv, ConvTranspose, Gemm, MatMul) or the name of such a node",
                 .actual = "'" + name + "'",
                 .remedy = "take the name of the node from the ONNX file"});
  }
}

const LayerRule& RelevanceRule::rule_of(const graph::Node& node, bool first, bool last) const {
  if (const auto named = rules_.by_name.find(node.name); named != rules_.by_name.end()) return named->second;
  if (const auto typed = rules_.by_type.find(node.type); typed != rules_.by_type.end()) return typed->second;
  if (last && rules_.last) return *rules_.last;
  if (first && rules_.first) return *rules_.first;
  return node.type == "Conv" || node.type == "ConvTranspose" ? rules_.convolution : rules_.dense;
}

bool RelevanceRule::is_constant(graph::ValueId id) const {
  return id == graph::kNoValue || graph_.values[static_cast<std::size_t>(id)].is_constant;
}

RelevanceRule::Kind RelevanceRule::kind_of(const graph::Node& node) const {
  if (node.op->has_weights()) return Kind::Layer;
  if (node.type == "BatchNormalization") {  // one that no layer in front took in
    return rules_.batch_norm == RelevanceRules::BatchNorm::Own ? Kind::Linear : Kind::Unchanged;
  }
  if (node.type == "Pow") return is_constant(node.inputs[1]) ? Kind::Unchanged : Kind::Linear;
  const bool pool = node.type == "MaxPool" || node.type == "GlobalMaxPool";
  if (pool && rules_.max_pool == RelevanceRules::MaxPool::Epsilon) return Kind::Linear;
  if (moves_values(node) || node.inputs.empty() || is_constant(node.inputs[0])) {
    return moves_values(node) || node.inputs.empty() ? Kind::Exact : Kind::Linear;
  }
  const auto& shape = [&](graph::ValueId id) -> const Shape& {
    return graph_.values[static_cast<std::size_t>(id)].shape;
  };
  const bool keeps_shape = shape(node.inputs[0]) == shape(node.outputs[0]);
  const bool elementwise = node.op->nonlinearity() != ops::Nonlinearity::None && !is_softmax(node.type);
  return keeps_shape && (elementwise || normalises(node.type)) ? Kind::Unchanged : Kind::Linear;
}

// Whether a value switches others on and off: made by a function with bounds, possibly scaled and reshaped after that.
bool RelevanceRule::is_gate(graph::ValueId id, int depth) const {
  if (id == graph::kNoValue || depth == 0) return false;
  const int producer = graph_.values[static_cast<std::size_t>(id)].producer;
  if (producer < 0) return false;
  const graph::Node& node = graph_.nodes[static_cast<std::size_t>(producer)];
  if (is_softmax(node.type) || is_any(node.type, {"Sigmoid", "HardSigmoid", "Tanh", "Erf", "Softsign"})) return true;
  if (const auto clamp = node.op->as_clamp()) return std::isfinite(clamp->low) && std::isfinite(clamp->high);
  const bool scales =
      is_any(node.type, {"Add", "Sub", "Mul", "Div"}) && is_constant(node.inputs[0]) != is_constant(node.inputs[1]);
  if (scales) return is_gate(node.inputs[is_constant(node.inputs[0]) ? 1 : 0], depth - 1);
  return moves_values(node) && is_gate(node.inputs[0], depth - 1);
}

std::vector<double> RelevanceRule::shares_of(const graph::Node& node) const {
  if (!is_any(node.type, {"Mul", "Div", "MatMul", "FusedMatMul", "Einsum"}) || node.inputs.size() < 2) return {};
  const graph::ValueId a = node.inputs[0];
  const graph::ValueId b = node.inputs[1];
  if (is_constant(a) || is_constant(b)) return {};
  std::vector<double> shares(node.inputs.size(), 0.5);
  const auto takes_all = [&](std::size_t signal) {
    shares[signal] = 1;
    shares[1 - signal] = 0;
  };
  constexpr int kDepth = 6;
  const bool gate_a = is_gate(a, kDepth);
  const bool gate_b = is_gate(b, kDepth);
  const auto size = [&](graph::ValueId id) { return element_count(graph_.values[static_cast<std::size_t>(id)].shape); };
  if (node.type == "Div") {
    takes_all(0);
  } else if (gate_a != gate_b) {
    takes_all(gate_a ? 1 : 0);
  } else if (node.type == "Mul" && size(a) != size(b)) {
    takes_all(size(a) < size(b) ? 1 : 0);
  }
  return shares;
}

bool RelevanceRule::replaces(const graph::Node& node) const {
  return steps_.at(&node).kind != Kind::Exact;
}

void RelevanceRule::replace(const graph::Node& node, const ops::Backward& context) const {
  const Step& step = steps_.at(&node);
  if (step.kind == Kind::Unchanged) {
    const ConstView& relevance = context.output_grads[0];
    std::copy_n(relevance.data, relevance.size(), context.input_grads[0].data);
  } else if (step.kind == Kind::Layer) {
    share_by_rule(graph_, node, *step.rule, rules_, step.normalised, context);
  } else {
    share_linearly(node, rules_, step.shares, context);
  }
}

}  // namespace saliency
