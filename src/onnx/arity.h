// How many inputs an operator cannot do without.
#pragma once

#include "graph/network.h"

namespace saliency::onnx {

// Throws ModelInvalid when the node lacks inputs that every version of its operator requires, so that operators may
// rely on them.
void check_inputs(const graph::NetworkNode& node);

}  // namespace saliency::onnx
