// The built-in provider's functions, with the meaning that kernels.h gives them.
#pragma once

#include "kernels/kernels.h"

namespace saliency::kernels::simd {

std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, const float* weight, const float* bias);

}  // namespace saliency::kernels::simd
