#include "saliency/layer_weights.h"

#include <algorithm>
#include <cstddef>

#include "base/error.h"

namespace saliency {

std::vector<ConstView> constant_inputs(const graph::Graph& graph, const graph::Node& node) {
  std::vector<ConstView> constants;
  for (const graph::ValueId id : node.inputs) {
    const graph::Value* value = id == graph::kNoValue ? nullptr : &graph.values[static_cast<std::size_t>(id)];
    constants.push_back(value != nullptr && value->constant ? ConstView(*value->constant) : ConstView());
  }
  return constants;
}

std::vector<bool> leading_to(const graph::Graph& graph, graph::ValueId y) {
  std::vector<bool> leads(graph.values.size(), false);
  leads[static_cast<std::size_t>(y)] = true;
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    const bool used = std::any_of(node->outputs.begin(), node->outputs.end(), [&](graph::ValueId id) {
      return id != graph::kNoValue && leads[static_cast<std::size_t>(id)];
    });
    if (!used) continue;
    for (const graph::ValueId id : node->inputs) {
      if (id != graph::kNoValue) leads[static_cast<std::size_t>(id)] = true;
    }
  }
  return leads;
}

void require_weights(const graph::Graph& graph, const graph::Node& layer) {
  if (graph.values[static_cast<std::size_t>(layer.inputs[1])].constant) return;
  throw Error(ErrorCode::InvalidOption,
              "the rule of layer '" + layer.name + "' changes weights, which are no longer there",
              {.expected = "a model that keeps its weights",
               .actual = "a model of more than 64 MiB of weights, or one loaded with keepWeights: false",
               .remedy = "load the model with keepWeights: true, or choose a rule that needs the gradient only"});
}

}  // namespace saliency
