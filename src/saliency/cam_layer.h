// Which tensor class activation maps look at when none is named.
//   images   the last tensor {channels, h, w} with several positions
//   tokens   in a network that ends with attention, the last tensor {tokens, channels} in front of it that all signals
//            pass: behind it, a class token alone may reach the score, so that the other tokens have no gradient
#pragma once

#include "graph/session.h"

namespace saliency {

// Only tensors that y depends on. Throws InvalidOption where there is none.
const graph::NamedTensor& cam_layer(const graph::Session& session, graph::ValueId y);

}  // namespace saliency
