// The primitives for which XNNPACK has an operator, with the meaning that kernels.h gives them.
#pragma once

#include <cstdint>
#include <memory>

#include "kernels/kernels.h"

namespace saliency::kernels::xnnpack {

// Convolution forward, its adjoint as XNNPACK's deconvolution. Null when the library has no operator for it.
std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, const float* weight, const float* bias);

// False: the library has no operator for these sizes, and nothing was written.
bool max_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, const float* x, float* y);
bool average_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, Divisor divisor, const float* x,
                  float* y);
bool softmax(std::int64_t rows, std::int64_t columns, const float* x, float* y);

}  // namespace saliency::kernels::xnnpack
