// Broadcasting as before opset 7: the second operand's axes follow those of the first one from 'axis' on.
#pragma once

#include <memory>

#include "ops/registry.h"

namespace saliency::ops {

// The operator that `registration` makes; if the node broadcasts in the old way, with its second operand given the
// trailing axes of size 1 with which NumPy's rule means the same.
std::unique_ptr<Operator> make_operator(const Registration& registration, const NodeInfo& info);

}  // namespace saliency::ops
