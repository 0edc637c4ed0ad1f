// Clamp with its bits, gate and sum, eight values at a time.
#include <algorithm>

#include "kernels/parallel.h"
#include "kernels/simd/gate.h"
#include "kernels/simd/simd.h"
#include "kernels/simd/simd_kernels.h"

namespace saliency::kernels::simd {
namespace {

constexpr std::int64_t kGrain = 1 << 15;  // values; a multiple of 8, so that no two threads share a byte of bits

SALIENCY_INLINE F32x4 limited(F32x4 v, F32x4 low, F32x4 high) {
  return at_most(at_least(v, low), high);
}

SALIENCY_INLINE unsigned inside(F32x4 v, F32x4 low, F32x4 high) {
  return bits_of((low < v) & (v < high));
}

// Bits of fewer than eight values.
unsigned last_bits(std::int64_t count, const float* x, const Clamp& limits) {
  unsigned byte = 0;
  for (std::int64_t i = 0; i < count; ++i) byte |= static_cast<unsigned>(limits.low < x[i] && x[i] < limits.high) << i;
  return byte;
}

void clamp_range(std::int64_t count, const float* x, const Clamp& limits, float* y) {
  const F32x4 low = splat(limits.low), high = splat(limits.high);
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(y + i, limited(load(x + i), low, high));
  for (; i < count; ++i) {
    float v = x[i];
    if (v < limits.low) v = limits.low;
    y[i] = v > limits.high ? limits.high : v;
  }
}

void clamp_bits_range(std::int64_t count, const float* y, const Clamp& limits, std::uint8_t* bits) {
  const F32x4 low = splat(limits.low), high = splat(limits.high);
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const unsigned first = inside(load(y + i), low, high), second = inside(load(y + i + 4), low, high);
    bits[i / 8] = static_cast<std::uint8_t>(first | second << 4);
  }
  if (i < count) bits[i / 8] = static_cast<std::uint8_t>(last_bits(count - i, y + i, limits));
}

}  // namespace

void clamp(std::int64_t count, const float* x, Clamp limits, float* y, std::uint8_t* bits) {
  parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    constexpr std::int64_t kBlock = 2048;  // stays in the first cache between the two
    for (std::int64_t i = begin; i < end; i += kBlock) {
      const std::int64_t n = std::min(kBlock, end - i);
      if (bits != nullptr) clamp_bits_range(n, x + i, limits, bits + i / 8);
      clamp_range(n, x + i, limits, y + i);
    }
  });
}

void clamp_bits(std::int64_t count, const float* y, Clamp limits, std::uint8_t* bits) {
  parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    clamp_bits_range(end - begin, y + begin, limits, bits + begin / 8);
  });
}

void gate(std::int64_t count, const float* dy, Gate rule, float* dx) {
  gate_all(count, dy, rule, 0, dx);
}

void accumulate(std::int64_t count, const float* x, float* y) {
  parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t i = begin;
    for (; i + kLanes <= end; i += kLanes) store(y + i, load(y + i) + load(x + i));
    for (; i < end; ++i) y[i] += x[i];
  });
}

}  // namespace saliency::kernels::simd
