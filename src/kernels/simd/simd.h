// Four floats at a time: WebAssembly SIMD, SSE, or the compiler's vector extension elsewhere. The only file of the
// kernels that knows an instruction set.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__SSE2__)
#include <immintrin.h>
#endif

#define SALIENCY_INLINE [[gnu::always_inline]] inline

#if defined(__EMSCRIPTEN__) && defined(SALIENCY_RELAXED_IMPORT)
// a·b + c. Replaced after linking by f32x4.relaxed_madd, or by a product and a sum (see cmake/wasm.cmake).
extern "C" __attribute__((const, import_module("relaxed"), import_name("madd")))
v128_t saliency_madd(v128_t, v128_t, v128_t);
#endif

namespace saliency::kernels::simd {

constexpr int kLanes = 4;

typedef float F32x4 __attribute__((vector_size(16)));
typedef std::int32_t I32x4 __attribute__((vector_size(16)));

SALIENCY_INLINE F32x4 load(const float* p) {
  F32x4 v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
SALIENCY_INLINE void store(float* p, F32x4 v) {
  std::memcpy(p, &v, sizeof v);
}

SALIENCY_INLINE F32x4 splat(float s) {
  return F32x4{s, s, s, s};
}
SALIENCY_INLINE I32x4 splat(std::int32_t s) {
  return I32x4{s, s, s, s};
}
SALIENCY_INLINE F32x4 zero() {
  return F32x4{0, 0, 0, 0};
}

SALIENCY_INLINE F32x4 load_splat(const float* p) {
#if defined(__wasm_simd128__)
  return (F32x4)wasm_v128_load32_splat(p);
#else
  return splat(*p);
#endif
}

// a·b + c, rounded once or twice.
SALIENCY_INLINE F32x4 madd(F32x4 a, F32x4 b, F32x4 c) {
#if defined(__EMSCRIPTEN__) && defined(SALIENCY_RELAXED_IMPORT)
  return (F32x4)saliency_madd((v128_t)a, (v128_t)b, (v128_t)c);
#elif defined(__FMA__)
  return _mm_fmadd_ps(a, b, c);
#else
  return a * b + c;
#endif
}

// value < low ? low : value, so that a NaN passes.
SALIENCY_INLINE F32x4 at_least(F32x4 value, F32x4 low) {
#if defined(__wasm_simd128__)
  return (F32x4)wasm_f32x4_pmax((v128_t)value, (v128_t)low);
#elif defined(__SSE2__)
  return _mm_max_ps(low, value);
#else
  return value < low ? low : value;
#endif
}
SALIENCY_INLINE F32x4 at_most(F32x4 value, F32x4 high) {
#if defined(__wasm_simd128__)
  return (F32x4)wasm_f32x4_pmin((v128_t)value, (v128_t)high);
#elif defined(__SSE2__)
  return _mm_min_ps(high, value);
#else
  return high < value ? high : value;
#endif
}

// a where the mask's lanes are all ones, b where they are 0.
SALIENCY_INLINE F32x4 select(I32x4 mask, F32x4 a, F32x4 b) {
#if defined(__wasm_simd128__)
  return (F32x4)wasm_v128_bitselect((v128_t)a, (v128_t)b, (v128_t)mask);
#else
  return (F32x4)(((I32x4)a & mask) | ((I32x4)b & ~mask));
#endif
}
SALIENCY_INLINE F32x4 only_where(I32x4 mask, F32x4 a) {
  return (F32x4)((I32x4)a & mask);
}

// The lanes' top bits, lane 0 in bit 0.
SALIENCY_INLINE unsigned bits_of(I32x4 mask) {
#if defined(__wasm_simd128__)
  return static_cast<unsigned>(wasm_i32x4_bitmask((v128_t)mask));
#elif defined(__SSE2__)
  return static_cast<unsigned>(_mm_movemask_ps((F32x4)mask));
#else
  return (mask[0] & 1u) | (mask[1] & 2u) | (mask[2] & 4u) | (mask[3] & 8u);
#endif
}
// Lane i all ones where bit i is set.
SALIENCY_INLINE I32x4 mask_of(unsigned bits) {
  const I32x4 lanes = {1, 2, 4, 8};
  return (splat(static_cast<std::int32_t>(bits)) & lanes) == lanes;
}

// Four 16-bit numbers.
SALIENCY_INLINE I32x4 load_u16(const std::uint16_t* p) {
#if defined(__wasm_simd128__)
  return (I32x4)wasm_u32x4_load16x4(p);
#elif defined(__SSE2__)
  return (I32x4)_mm_unpacklo_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)), _mm_setzero_si128());
#else
  return I32x4{p[0], p[1], p[2], p[3]};
#endif
}
SALIENCY_INLINE void store_u16(std::uint16_t* p, I32x4 v) {
#if defined(__wasm_simd128__)
  wasm_v128_store64_lane(p, wasm_u16x8_narrow_i32x4((v128_t)v, (v128_t)v), 0);
#else
  for (int i = 0; i < kLanes; ++i) p[i] = static_cast<std::uint16_t>(v[i]);
#endif
}

SALIENCY_INLINE float sum_of(F32x4 v) {
  return (v[0] + v[2]) + (v[1] + v[3]);
}

// The first `count` lanes (0 … 4); the others are 0.
SALIENCY_INLINE F32x4 load_some(const float* p, int count) {
  F32x4 v = zero();
  for (int i = 0; i < count; ++i) v[i] = p[i];
  return v;
}
SALIENCY_INLINE void store_some(float* p, F32x4 v, int count) {
  for (int i = 0; i < count; ++i) p[i] = v[i];
}

SALIENCY_INLINE void transpose_4x4(F32x4& a, F32x4& b, F32x4& c, F32x4& d) {
  const F32x4 ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const F32x4 cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  b = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  c = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  d = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

// f(0), …, f(N−1) with compile-time indices: arrays of vectors indexed by them stay in registers.
template <int N, class F>
SALIENCY_INLINE void unrolled(const F& f) {
  [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    (f(std::integral_constant<int, I>{}), ...);
  }
  (std::make_integer_sequence<int, N>{});
}

}  // namespace saliency::kernels::simd
