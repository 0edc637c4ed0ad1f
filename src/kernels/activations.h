// Smooth activations whose time counts: those of EfficientNets and their like. Element by element in the calling
// thread; whoever calls cuts long rows among threads. The other activations are loops of src/ops.
#pragma once

#include <cstdint>

#include "base/scalar.h"

namespace saliency::kernels {

// y = σ(x) = 1/(1 + e⁻ˣ)
void sigmoid(std::int64_t count, const Scalar* x, Scalar* y);
// y = x · σ(αx)
void swish(std::int64_t count, Scalar alpha, const Scalar* x, Scalar* y);
// dx = dy · (s + αx·s·(1 − s)), s = σ(αx)
void swish_gradient(std::int64_t count, Scalar alpha, const Scalar* x, const Scalar* dy, Scalar* dx);

// The naive versions, with the same meaning.
namespace reference {
void sigmoid(std::int64_t count, const Scalar* x, Scalar* y);
void swish(std::int64_t count, Scalar alpha, const Scalar* x, Scalar* y);
void swish_gradient(std::int64_t count, Scalar alpha, const Scalar* x, const Scalar* dy, Scalar* dx);
}  // namespace reference

}  // namespace saliency::kernels
