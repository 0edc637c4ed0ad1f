// exp and its relatives. In float without branches or calls, so that loops over them vectorise; relative errors are
// about 2e-7, the absolute one of erf 3e-7. In double the standard library's.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "base/scalar.h"

namespace saliency::ops::scalar_math {

#ifdef SALIENCY_DOUBLE

inline double exp(double x) {
  return std::exp(x);
}
inline double expm1(double x) {
  return std::expm1(x);
}
inline double tanh(double x) {
  return std::tanh(x);
}
inline double erf(double x) {
  return std::erf(x);
}
inline double log1p_to_1(double x) {
  return std::log1p(x);
}

#else

// eˣ = power · (1 + rest), power = 2ⁿ and |log₂(1 + rest)| ≤ ½. For |x| < 87.
struct Exponential {
  float power, rest;
};
inline Exponential split_exp(float x, float exponent_bias = 127) {
  constexpr float kLog2E = 1.44269504f;
  constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  const float kRound = 12582912.0f + exponent_bias;  // 1.5 · 2²³: the sum's last bits are the rounded integer
  const float shifted = x * kLog2E + kRound;
  const float n = shifted - kRound;
  const float r = (x - n * kLn2High) - n * kLn2Low;
  float p = 1.0f / 5040;  // the series up to r⁷: |r| ≤ 0.35
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  return {__builtin_bit_cast(float, __builtin_bit_cast(std::uint32_t, shifted) << 23), p * r};
}

inline float exp(float x) {
  constexpr float kLowest = -86.5f, kHighest = 88.7228f;
  float clamped = x < kLowest ? kLowest : x;
  clamped = clamped > kHighest ? kHighest : clamped;
  const Exponential half = split_exp(clamped, 126);  // half of eˣ, whose exponent may be 128
  const float value = (half.power * half.rest + half.power) * 2;
  const float not_low = x < kLowest ? 0.0f : value;
  return x > kHighest ? std::numeric_limits<float>::infinity() : not_low;
}

// Of numbers up to 87.
inline float expm1(float x) {
  constexpr float kLowest = -50, kHighest = 87;
  float clamped = x < kLowest ? kLowest : x;
  clamped = clamped > kHighest ? kHighest : clamped;
  const Exponential e = split_exp(clamped);
  return e.power * e.rest + (e.power - 1);
}

inline float tanh(float x) {
  constexpr float kOne = 9.1f;  // tanh rounds to 1 from there
  float clamped = x < -kOne ? -kOne : x;
  clamped = clamped > kOne ? kOne : clamped;
  const float e = expm1(2 * clamped);
  return e / (e + 2);
}

// Below 1 the power series; above it Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
inline float erf(float x) {
  const float size = x < 0 ? -x : x;
  const float s = size > 1 ? 1.0f : x * x;
  float series = 1.0f / 76204800;  // Σ (−1)ⁿ x²ⁿ / (n! (2n + 1)), n ≤ 10
  series = series * s - 1.0f / 6894720;
  series = series * s + 1.0f / 685440;
  series = series * s - 1.0f / 75600;
  series = series * s + 1.0f / 9360;
  series = series * s - 1.0f / 1320;
  series = series * s + 1.0f / 216;
  series = series * s - 1.0f / 42;
  series = series * s + 1.0f / 10;
  series = series * s - 1.0f / 3;
  series = series * s + 1.0f;
  const float small = x * series * 1.12837917f;  // 2/√π

  const float limited = size > 9 ? 9.0f : size;
  const float t = 1 / (1 + 0.3275911f * limited);
  float tail = 1.061405429f;
  tail = tail * t - 1.453152027f;
  tail = tail * t + 1.421413741f;
  tail = tail * t - 0.284496736f;
  tail = tail * t + 0.254829592f;
  const float large = 1 - tail * t * exp(-limited * limited);
  return size > 1 ? (x < 0 ? -large : large) : small;
}

// log(1 + x) of 0 … 1: 2 artanh(s) with s = x/(2 + x) ≤ ⅓, as a power series.
inline float log1p_to_1(float x) {
  const float s = x / (2 + x), square = s * s;
  float series = 1.0f / 15;
  series = series * square + 1.0f / 13;
  series = series * square + 1.0f / 11;
  series = series * square + 1.0f / 9;
  series = series * square + 1.0f / 7;
  series = series * square + 1.0f / 5;
  series = series * square + 1.0f / 3;
  series = series * square + 1.0f;
  return 2 * s * series;
}

#endif

inline Scalar sigmoid(Scalar x) {
  return 1 / (1 + exp(-x));
}

}  // namespace saliency::ops::scalar_math
