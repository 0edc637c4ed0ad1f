#include "graph/release.h"

#include <algorithm>
#include <cstdint>
#include <set>

#include "base/error.h"
#include "ops/adopts_constants.h"

namespace saliency::graph {

void find_batch_axes(Graph& graph) {
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    std::vector<int> axes;
    std::vector<ops::ValueType> inputs;
    std::vector<ops::ValueType> outputs;
    for (const ValueId id : node.inputs) {
      if (id == kNoValue) {
        axes.push_back(kShared);
        inputs.push_back({.present = false});
        continue;
      }
      const Value& value = graph.values[static_cast<std::size_t>(id)];
      axes.push_back(value.batch_axis);
      inputs.push_back({.shape = value.shape, .dtype = value.dtype, .constant = value.constant.get()});
    }
    for (const ValueId id : node.outputs) {
      const Value& value = graph.values[static_cast<std::size_t>(id)];
      outputs.push_back({.shape = value.shape, .dtype = value.dtype});
    }
    int axis = kShared;
    if (std::find(axes.begin(), axes.end(), kUnbatched) != axes.end()) {
      axis = kUnbatched;
    } else if (std::any_of(axes.begin(), axes.end(), [](int a) { return a >= 0; })) {
      axis = node.op->batch_axis(axes, inputs, outputs).value_or(kUnbatched);
    }
    for (const ValueId id : node.outputs) {
      Value& made = graph.values[static_cast<std::size_t>(id)];
      // A fused node and its parts make the same value; where they disagree, samples run one by one.
      const bool again = made.parts == static_cast<int>(n);
      made.batch_axis = again && made.batch_axis != axis ? kUnbatched : axis;
    }
  }
}

namespace {

bool keeps(const Graph& graph, Weights weights) {
  constexpr std::int64_t kSmall = std::int64_t{16} << 20;  // numbers of 4 bytes
  if (weights != Weights::KeepSmall) return weights == Weights::Keep;
  std::set<ValueId> found;
  for (const Node& node : graph.nodes) {
    if (node.op->has_weights()) found.insert(node.inputs[1]);
  }
  std::int64_t count = 0;
  for (const ValueId id : found) count += element_count(graph.values[static_cast<std::size_t>(id)].shape);
  return count <= kSmall;
}

}  // namespace

void prepare_and_release(Graph& graph, Weights weights,
                         const std::function<void(std::size_t done, std::size_t total)>& on_prepared) {
  const bool keeps_weights = keeps(graph, weights);
  std::vector<int> readers(graph.values.size(), 0);
  for (const Node& node : graph.nodes) {
    for (const ValueId id : node.inputs) {
      if (id != kNoValue) ++readers[static_cast<std::size_t>(id)];
    }
  }
  // A constant that the caller can ask for by name as an output stays.
  for (const std::string& output : graph.outputs) {
    const auto it = graph.names.find(output);
    if (it != graph.names.end()) ++readers[static_cast<std::size_t>(it->second.value)];
  }
  for (std::size_t i = 0; i < readers.size(); ++i) {
    if (readers[i] == 0) graph.values[i].constant.reset();
  }
  for (Node& node : graph.nodes) {
    if (auto* adopting = dynamic_cast<ops::AdoptsConstants*>(node.op.get()); adopting != nullptr && !keeps_weights) {
      for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const auto id = static_cast<std::size_t>(node.inputs[i]);
        const bool alone = node.inputs[i] != kNoValue && readers[id] == 1;
        if (alone && graph.values[id].constant) adopting->adopt(i, graph.values[id].constant->data);
      }
    }
    std::vector<ConstView> constants;
    for (const ValueId id : node.inputs) {
      const Value* value = id == kNoValue ? nullptr : &graph.values[static_cast<std::size_t>(id)];
      constants.push_back(value != nullptr && value->constant ? ConstView(*value->constant) : ConstView());
    }
    try {
      const std::uint32_t packed = node.op->prepare(constants);
      for (std::size_t i = 0; i < node.inputs.size() && i < 32; ++i) {
        if (node.inputs[i] == kNoValue || (packed >> i & 1U) == 0) continue;
        const auto id = static_cast<std::size_t>(node.inputs[i]);
        if (keeps_weights && i == 1 && node.op->has_weights()) continue;
        if (--readers[id] == 0) graph.values[id].constant.reset();
      }
    } catch (const Error& error) {
      throw error.within(node.type + " '" + node.name + "'");
    }
    if (on_prepared) on_prepared(static_cast<std::size_t>(&node - graph.nodes.data()) + 1, graph.nodes.size());
  }
}

}  // namespace saliency::graph
