// Sigmoid and Swish, four values at a time.
#include "kernels/simd/exponential.h"
#include "kernels/simd/simd_kernels.h"

namespace saliency::kernels::simd {
namespace {

// y[i …] = f(x[i …], i); i is −1 for the last values, fewer than four.
template <class F>
SALIENCY_INLINE void for_each_four(std::int64_t count, const float* x, float* y, const F& f) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(y + i, f(load(x + i), i));
  if (i < count) {
    const int rest = static_cast<int>(count - i);
    store_some(y + i, f(load_some(x + i, rest), -1), rest);
  }
}

}  // namespace

void sigmoid(std::int64_t count, const float* x, float* y) {
  for_each_four(count, x, y, [](F32x4 v, std::int64_t) { return logistic(v); });
}

void swish(std::int64_t count, float alpha, const float* x, float* y) {
  const F32x4 scale = splat(alpha);
  for_each_four(count, x, y, [scale](F32x4 v, std::int64_t) { return v * logistic(scale * v); });
}

void swish_gradient(std::int64_t count, float alpha, const float* x, const float* dy, float* dx) {
  const F32x4 scale = splat(alpha), one = splat(1.0f);
  const int rest = static_cast<int>(count % kLanes);
  const F32x4 last = load_some(dy + count - rest, rest);
  for_each_four(count, x, dx, [=](F32x4 v, std::int64_t i) {
    const F32x4 t = scale * v, s = logistic(t);
    return (i < 0 ? last : load(dy + i)) * madd(t * s, one - s, s);
  });
}

}  // namespace saliency::kernels::simd
