// Folds a batch normalisation into the convolution, transposed convolution or fully connected layer in front of it:
//   γ (W·x + b − μ) / √(σ² + ε) + β  =  (s·W)·x + s·(b − μ) + β   with s = γ / √(σ² + ε)
// The tensor between the two stays reachable by name through Network::folded.
#pragma once

#include "graph/network.h"

namespace saliency::graph {

void fold_batch_norm(Network& network);

}  // namespace saliency::graph
