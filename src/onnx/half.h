// The two 16-bit floating-point formats, widened.
#pragma once

#include <cstdint>
#include <cstring>

namespace saliency::onnx {

inline float float_from_bits(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline float float_from_bfloat16(std::uint16_t bits) {
  return float_from_bits(std::uint32_t{bits} << 16);
}

// IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits.
inline float float_from_half(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits >> 15) << 31;
  const std::uint32_t exponent = (bits >> 10) & 31u;
  const std::uint32_t fraction = bits & 1023u;
  if (exponent == 31) return float_from_bits(sign | 0x7f800000u | fraction << 13);
  if (exponent != 0) return float_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
  const float magnitude = static_cast<float>(fraction) * (1.0f / 16777216.0f);  // subnormal: fraction · 2^−24
  return sign != 0 ? -magnitude : magnitude;
}

}  // namespace saliency::onnx
