// The number type of every tensor. float in the product; the same sources built with SALIENCY_DOUBLE compute in
// double precision (reference kernels only), which the tests use to check each backward pass by finite differences.
#pragma once

namespace saliency {

#ifdef SALIENCY_DOUBLE
using Scalar = double;
#else
using Scalar = float;
#endif

}  // namespace saliency
