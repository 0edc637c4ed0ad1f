// The activations of this provider are the naive ones.
#include "kernels/activations.h"

namespace saliency::kernels {

void sigmoid(std::int64_t count, const Scalar* x, Scalar* y) {
  reference::sigmoid(count, x, y);
}

void swish(std::int64_t count, Scalar alpha, const Scalar* x, Scalar* y) {
  reference::swish(count, alpha, x, y);
}

void swish_gradient(std::int64_t count, Scalar alpha, const Scalar* x, const Scalar* dy, Scalar* dx) {
  reference::swish_gradient(count, alpha, x, dy, dx);
}

}  // namespace saliency::kernels
