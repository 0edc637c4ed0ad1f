// Gating of a run of values as they are copied.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/kernels.h"
#include "kernels/simd/pass.h"
#include "kernels/simd/scratch.h"

namespace saliency::kernels::simd {

// out[i] = gate(in[i]) where in[0] is the value number `first` of the whole tensor, which gate.bits counts from.
void gate_run(std::int64_t count, const float* in, const Gate& gate, std::int64_t first, float* out);

// The same by all threads.
void gate_all(std::int64_t count, const float* in, const Gate& gate, std::int64_t first, float* out);

// For kernels that read each input several times: body(sizes, in, out) for parts of the batch whose gated copies stay
// in cache, or once for all of it where the gate changes nothing. in_pixel, out_pixel: floats of a pixel.
template <class Body>
void for_gated_parts(const PassSizes& sizes, std::int64_t in_pixel, std::int64_t out_pixel, const float* in,
                     const Gate& gate, float* out, const Body& body) {
  if (gate.is_identity()) {
    body(sizes, in, out);
    return;
  }
  constexpr std::int64_t kPartFloats = 1 << 20;
  const std::int64_t in_image = sizes.in_height * sizes.in_width * in_pixel;
  const std::int64_t out_image = sizes.out_height * sizes.out_width * out_pixel;
  const std::int64_t images = std::clamp<std::int64_t>(kPartFloats / in_image, 1, sizes.batch);
  float* gated = scratch<float>(Slot::Gated, images * in_image);
  for (std::int64_t n = 0; n < sizes.batch; n += images) {
    PassSizes part = sizes;
    part.batch = std::min(images, sizes.batch - n);
    gate_all(part.batch * in_image, in + n * in_image, gate, n * in_image, gated);
    body(part, gated, out + n * out_image);
  }
}

}  // namespace saliency::kernels::simd
