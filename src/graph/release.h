// The last steps of lowering.
#pragma once

#include "graph/graph.h"

namespace saliency::graph {

// Sets each computed value's batch_axis from those of the inputs.
void find_batch_axes(Graph& graph);

// Lets every operator pack its constants, and frees those that nobody will read again.
void prepare_and_release(Graph& graph);

}  // namespace saliency::graph
