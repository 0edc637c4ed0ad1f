// The last steps of lowering.
#pragma once

#include <cstddef>
#include <functional>

#include "graph/graph.h"

namespace saliency::graph {

// Sets each computed value's batch_axis from those of the inputs.
void find_batch_axes(Graph& graph);

// Lets every operator pack its constants, and frees those that nobody will read again. `on_prepared` is
// called after each node; it may be empty.
void prepare_and_release(Graph& graph, const std::function<void(std::size_t done, std::size_t total)>& on_prepared);

}  // namespace saliency::graph
