// Gives a bias that is added behind a product with a constant matrix to the product:  (x·W) + b  →  MatMul(x, W, b)
// The tensor between the two stays reachable by name through Network::folded. Only one copy of W is packed, which is
// why this replaces the nodes where fuse() keeps them.
#pragma once

#include "graph/network.h"

namespace saliency::graph {

void fold_matmul_bias(Network& network);

}  // namespace saliency::graph
