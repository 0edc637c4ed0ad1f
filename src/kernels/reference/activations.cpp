// Activations by their definitions.
#include "kernels/activations.h"

#include <cmath>

namespace saliency::kernels::reference {
namespace {

double logistic(double x) {
  return 1 / (1 + std::exp(-x));
}

}  // namespace

void sigmoid(std::int64_t count, const Scalar* x, Scalar* y) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = static_cast<Scalar>(logistic(double{x[i]}));
}

void swish(std::int64_t count, Scalar alpha, const Scalar* x, Scalar* y) {
  for (std::int64_t i = 0; i < count; ++i) {
    y[i] = static_cast<Scalar>(double{x[i]} * logistic(double{alpha} * double{x[i]}));
  }
}

void swish_gradient(std::int64_t count, Scalar alpha, const Scalar* x, const Scalar* dy, Scalar* dx) {
  for (std::int64_t i = 0; i < count; ++i) {
    const double t = double{alpha} * double{x[i]}, s = logistic(t);
    dx[i] = static_cast<Scalar>(double{dy[i]} * (s + t * s * (1 - s)));
  }
}

}  // namespace saliency::kernels::reference
