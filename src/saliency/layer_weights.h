// What rules that change the weights of layers need to know of a graph.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace saliency {

// The constant inputs of a node as ops::Operator::with_weights() takes them; others have no data.
std::vector<ConstView> constant_inputs(const graph::Graph& graph, const graph::Node& node);

// By value: whether y depends on it.
std::vector<bool> leading_to(const graph::Graph& graph, graph::ValueId y);

// Throws InvalidOption, with the remedy, when the weights of a layer were released.
void require_weights(const graph::Graph& graph, const graph::Node& layer);

}  // namespace saliency
