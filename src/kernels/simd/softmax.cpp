// Softmax and its adjoint over rows of numbers that lie together, four at a time.
#include <algorithm>
#include <limits>

#include "kernels/parallel.h"
#include "kernels/simd/exponential.h"
#include "kernels/simd/simd_kernels.h"

namespace saliency::kernels::simd {
namespace {

constexpr std::int64_t kGrain = 4096;    // values worth a thread
constexpr std::int64_t kSumBlock = 256;  // values that are added up in float, then in double

template <class F>
void for_each_row(std::int64_t rows, std::int64_t columns, const F& f) {
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, columns));
  parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) f(row * columns);
  });
}

// Σ four(i) over i = 0, 4, … and Σ one(i) over what is left.
template <class Four, class One>
SALIENCY_INLINE double sum_over(std::int64_t columns, const Four& four, const One& one) {
  double sum = 0;
  std::int64_t i = 0;
  while (i + kLanes <= columns) {
    const std::int64_t end = std::min(i + kSumBlock, columns);
    F32x4 part = zero();
    for (; i + kLanes <= end; i += kLanes) part += four(i);
    sum += static_cast<double>(sum_of(part));
  }
  for (; i < columns; ++i) sum += static_cast<double>(one(i));
  return sum;
}

// e to the power of a difference that is not positive; 0 where float has no room, as for −∞.
SALIENCY_INLINE F32x4 exp_of_difference(F32x4 x) {
  const F32x4 lowest = splat(-87.0f);
  return only_where(~(x < lowest), exp_within_87(at_least(x, lowest)));
}

void softmax_row(std::int64_t columns, const float* x, float* y) {
  float highest = -std::numeric_limits<float>::infinity();
  std::int64_t i = 0;
  if (columns >= kLanes) {
    F32x4 most = load(x);
    for (i = kLanes; i + kLanes <= columns; i += kLanes) most = at_least(load(x + i), most);
    for (int lane = 0; lane < kLanes; ++lane) highest = std::max(highest, most[lane]);
  }
  for (; i < columns; ++i) highest = std::max(highest, x[i]);
  const F32x4 shift = splat(highest);
  const double sum = sum_over(
      columns,
      [&](std::int64_t at) {
        const F32x4 e = exp_of_difference(load(x + at) - shift);
        store(y + at, e);
        return e;
      },
      [&](std::int64_t at) { return y[at] = exp_of_difference(splat(x[at]) - shift)[0]; });
  const auto scale = static_cast<float>(1 / sum);
  for (i = 0; i + kLanes <= columns; i += kLanes) store(y + i, load(y + i) * splat(scale));
  for (; i < columns; ++i) y[i] *= scale;
}

}  // namespace

void softmax(std::int64_t rows, std::int64_t columns, const float* x, float* y) {
  for_each_row(rows, columns, [=](std::int64_t row) { softmax_row(columns, x + row, y + row); });
}

void softmax_gradient(std::int64_t rows, std::int64_t columns, const float* y, const float* dy, float* dx) {
  for_each_row(rows, columns, [=](std::int64_t row) {
    const float* own = y + row;
    const float* grad = dy + row;
    const auto dot = static_cast<float>(sum_over(
        columns, [=](std::int64_t i) { return load(own + i) * load(grad + i); },
        [=](std::int64_t i) { return own[i] * grad[i]; }));
    std::int64_t i = 0;
    for (; i + kLanes <= columns; i += kLanes) store(dx + row + i, load(own + i) * (load(grad + i) - splat(dot)));
    for (; i < columns; ++i) dx[row + i] = own[i] * (grad[i] - dot);
  });
}

}  // namespace saliency::kernels::simd
