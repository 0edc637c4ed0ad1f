// Makes a Graph node by node: infers shapes, computes what is constant, and moves transposes down through the operators
// until they cancel.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "graph/network.h"
#include "ops/transpose.h"

namespace saliency::graph {

using Permutation = std::vector<int>;

// {0, 2, …, rank−1, 1}: n×c×… → n×…×c
Permutation to_channels_last(std::size_t rank);

class GraphBuilder {
 public:
  Graph& graph() { return graph_; }
  Value& value(ValueId id) { return graph_.values[static_cast<std::size_t>(id)]; }

  ValueId add_value(std::string name, const ops::ValueType& type);
  ValueId add_constant(const std::string& name, Tensor tensor);
  // A node that reads constants only is computed at once and becomes constants.
  std::vector<ValueId> add_node(const NetworkNode& node, std::unique_ptr<ops::Operator> op,
                                std::span<const ValueId> inputs);
  std::vector<ops::ValueType> types(std::span<const ValueId> ids);

  // x with its axes reordered: composed with a transpose in front, computed for a constant, made only once.
  ValueId transposed(ValueId x, Permutation permutation);
  // Moves transposes from the inputs of `op` behind it; returns the permutation that its outputs then need.
  Permutation pull(ops::Operator& op, std::vector<ValueId>& inputs);
  // A value as something that ONNX names: seen through the transpose behind which it lies.
  NamedTensor named(ValueId id);
  // `fused` and `parts` are the same tensor, made by a fused node and by the parts it stands for; `inner`: the values
  // between these. Readers of `fused` can be served by either.
  void link_parts(ValueId fused, ValueId parts, std::span<const ValueId> inner);

 private:
  const ops::TransposeOperator* transpose_behind(ValueId id);
  ValueId source_of_transpose(ValueId id);
  bool can_untranspose(std::span<const ValueId> inputs, const Permutation& permutation);
  ValueId untransposed(ValueId x, const Permutation& permutation);
  std::vector<ValueId> fold(const NetworkNode& node, ops::Operator& op, std::span<const ValueId> inputs,
                            std::span<const ops::ValueType> output_types);

  Graph graph_;
  std::map<std::pair<ValueId, Permutation>, ValueId> transposes_;
};

}  // namespace saliency::graph
