// The last steps of lowering.
#pragma once

#include <cstddef>
#include <functional>

#include "graph/graph.h"

namespace saliency::graph {

// Whether the weights stay readable once the layers have packed them: for rules that change them (LRP's z⁺, …).
enum class Weights {
  KeepSmall,  // of models with up to 64 MiB of them
  Keep,
  Release,
};

// Sets each computed value's batch_axis from those of the inputs.
void find_batch_axes(Graph& graph);

// Lets every operator pack its constants, and frees those that nobody will read again, but for weights to be kept.
// `on_prepared` is called after each node; it may be empty.
void prepare_and_release(Graph& graph, Weights weights,
                         const std::function<void(std::size_t done, std::size_t total)>& on_prepared);

}  // namespace saliency::graph
