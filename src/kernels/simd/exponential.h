// eˣ of four floats, within 2e-7 of its size.
#pragma once

#include "kernels/simd/simd.h"

namespace saliency::kernels::simd {

// For |x| ≤ 87; of a NaN a NaN.
//   eˣ = 2ⁿ·eʳ, n = round(x/ln 2), |r| ≤ ½ ln 2; eʳ = 1 + r·p(r), p fitted for the least largest error, 2e-9.
SALIENCY_INLINE F32x4 exp_within_87(F32x4 x) {
  const F32x4 kRound = splat(12582912.0f + 127);  // 1.5·2²³ + bias: the sum's last bits are the exponent's
  const F32x4 shifted = madd(x, splat(1.44269504f), kRound);
  const F32x4 n = shifted - kRound;
  F32x4 r = madd(n, splat(-0.693359375f), x);
  r = madd(n, splat(2.12194440e-4f), r);
  F32x4 p = splat(0.00138436537f);
  p = madd(p, r, splat(0.0083741555f));
  p = madd(p, r, splat(0.0416680016f));
  p = madd(p, r, splat(0.166664317f));
  p = madd(p, r, splat(0.49999994f));
  p = madd(p, r, splat(1.0f));
  const F32x4 power = (F32x4)((I32x4)shifted << 23);
  return madd(power * r, p, power);
}

// 1/(1 + e⁻ˣ); 0 becomes 1.6e-38 for x below −87.
SALIENCY_INLINE F32x4 logistic(F32x4 x) {
  const F32x4 one = splat(1.0f);
  return one / (one + exp_within_87(at_most(at_least(-x, splat(-87.0f)), splat(87.0f))));
}

}  // namespace saliency::kernels::simd
