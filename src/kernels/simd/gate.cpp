#include "kernels/simd/gate.h"

#include <algorithm>
#include <cstring>

#include "kernels/parallel.h"
#include "kernels/simd/simd.h"

namespace saliency::kernels::simd {
namespace {

enum class Sign { Any, Positive };

template <Sign S>
SALIENCY_INLINE F32x4 signed_part(F32x4 v) {
  return S == Sign::Positive ? at_least(v, zero()) : v;
}

// One value; bit `index` of bits.
float gate_one(float value, const Gate& gate, std::int64_t index) {
  if (gate.bits != nullptr && (gate.bits[index / 8] >> (index % 8) & 1) == 0) return 0;
  return gate.positive_only && value < 0 ? 0 : value;
}

// Whole bytes of bits, eight values each.
template <Sign S>
void gate_bytes(std::int64_t bytes, const float* in, const std::uint8_t* bits, float* out) {
  for (std::int64_t i = 0; i < bytes; ++i, in += 8, out += 8) {
    const unsigned byte = bits[i];
    store(out, signed_part<S>(only_where(mask_of(byte), load(in))));
    store(out + 4, signed_part<S>(only_where(mask_of(byte >> 4), load(in + 4))));
  }
}

void keep_positive(std::int64_t count, const float* in, float* out) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(out + i, at_least(load(in + i), zero()));
  for (; i < count; ++i) out[i] = in[i] < 0 ? 0 : in[i];
}

}  // namespace

void gate_run(std::int64_t count, const float* in, const Gate& gate, std::int64_t first, float* out) {
  if (gate.bits == nullptr) {
    if (gate.positive_only) {
      keep_positive(count, in, out);
    } else if (in != out) {
      std::memcpy(out, in, static_cast<std::size_t>(count) * sizeof(float));
    }
    return;
  }
  std::int64_t i = 0;
  for (; i < count && (first + i) % 8 != 0; ++i) out[i] = gate_one(in[i], gate, first + i);
  const std::int64_t bytes = (count - i) / 8;
  (gate.positive_only ? gate_bytes<Sign::Positive> : gate_bytes<Sign::Any>)(bytes, in + i, gate.bits + (first + i) / 8,
                                                                            out + i);
  for (i += bytes * 8; i < count; ++i) out[i] = gate_one(in[i], gate, first + i);
}

void gate_all(std::int64_t count, const float* in, const Gate& gate, std::int64_t first, float* out) {
  constexpr std::int64_t kGrain = 1 << 15;
  parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    gate_run(end - begin, in + begin, gate, first + begin, out + begin);
  });
}

}  // namespace saliency::kernels::simd
