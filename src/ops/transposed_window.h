// The window of a transposed convolution: read_window() and output_extent() depend on each other there.
#pragma once

#include "ops/window.h"

namespace saliency::ops {

struct TransposedWindow {
  kernels::Window window;  // of the convolution that leads from the output back to the input
  Extent output;
};

// strides, dilations, pads, output_padding, output_shape and auto_pad of a ConvTranspose node.
TransposedWindow read_transposed_window(const NodeInfo& info, Extent kernel, Extent input);

}  // namespace saliency::ops
