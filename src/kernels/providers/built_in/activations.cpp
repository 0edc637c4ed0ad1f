// The built-in activations, which serve in two providers: in simd, and in xnnpack, which passes them on.
#include "kernels/activations.h"

#include "kernels/simd/simd_kernels.h"

namespace saliency::kernels {

void sigmoid(std::int64_t count, const Scalar* x, Scalar* y) {
  simd::sigmoid(count, x, y);
}

void swish(std::int64_t count, Scalar alpha, const Scalar* x, Scalar* y) {
  simd::swish(count, alpha, x, y);
}

void swish_gradient(std::int64_t count, Scalar alpha, const Scalar* x, const Scalar* dy, Scalar* dx) {
  simd::swish_gradient(count, alpha, x, dy, dx);
}

}  // namespace saliency::kernels
