// Convolutions that take their weights over, so that these do not lie in memory twice while a model loads.
#pragma once

#include <memory>
#include <vector>

#include "kernels/kernels.h"

namespace saliency::kernels {

// As make_convolution() of a pointer; the numbers are moved where the provider keeps them as they are.
std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, std::vector<Scalar> weight,
                                              const Scalar* bias);

}  // namespace saliency::kernels
