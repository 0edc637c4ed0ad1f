// How much information a picture holds, as the bytes that a lossless coder would need: predicted from its neighbours as
// in JPEG-LS (Weinberger et al., 2000), what is left coded by its entropy. Deterministic, whatever libraries a machine
// has; the lossless WebP of the reference depends on its version.
//   a left, b above, c above and left:  prediction = min(a, b) if c ≥ max(a, b), max(a, b) if c ≤ min(a, b), else a + b
//   − c bytes = Σ over channels of pixels · H(residuals mod 256) / 8
#pragma once

#include <cstdint>
#include <vector>

namespace saliency {

// `bytes` {height · width · channels}, pixels outermost.
double image_information(const std::vector<std::uint8_t>& bytes, std::int64_t height, std::int64_t width,
                         std::int64_t channels);

}  // namespace saliency
