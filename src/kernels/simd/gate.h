// Gating of a run of values as they are copied.
#pragma once

#include <cstdint>

#include "kernels/kernels.h"

namespace saliency::kernels::simd {

// out[i] = gate(in[i]) where in[0] is the value number `first` of the whole tensor, which gate.bits counts from.
void gate_run(std::int64_t count, const float* in, const Gate& gate, std::int64_t first, float* out);

// The same by all threads.
void gate_all(std::int64_t count, const float* in, const Gate& gate, std::int64_t first, float* out);

}  // namespace saliency::kernels::simd
