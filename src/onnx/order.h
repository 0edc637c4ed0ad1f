// The order of the nodes.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "graph/network.h"

namespace saliency::onnx {

// Reorders the nodes so that each value is made before it is read, and otherwise keeps the order of the file.
// Throws ModelInvalid for a value that is made twice, one that nothing makes, and a cycle, naming them.
// known: initializers and inputs of the graph.
void sort_nodes(std::vector<graph::NetworkNode>& nodes, const std::set<std::string>& known);

}  // namespace saliency::onnx
