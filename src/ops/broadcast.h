// NumPy broadcasting, once for all operators: which elements of the operands meet in which element of the result.
//
// Axes of size 1 vanish, and neighbouring axes through which every operand steps alike merge: equal shapes become one
// loop, a scalar too, a bias a channel two. The innermost loop, a run, moves each operand by 0 or 1 element a step.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>

#include "tensor/tensor.h"

namespace saliency::ops {

inline constexpr std::size_t kMaxBroadcastOperands = 3;

struct Run {
  std::int64_t count = 0;
  std::array<const Scalar*, kMaxBroadcastOperands> operands = {};  // of an operand without data: one zero
  std::array<std::int64_t, kMaxBroadcastOperands> steps = {};      // 0 or 1
};

// A borrowed callable void(const Run& run, Scalar* result) that writes run.count results.
class RunFunction {
 public:
  template <class F>
  RunFunction(const F& f)  // NOLINT: any such callable
      : object_(std::addressof(f)), call_([](const void* object, const Run& run, Scalar* result) {
          (*static_cast<const F*>(object))(run, result);
        }) {}
  void operator()(const Run& run, Scalar* result) const { call_(object_, run, result); }

 private:
  const void* object_;
  void (*call_)(const void*, const Run&, Scalar*);
};

// result[i] = f(operands at i) for every element i of `shape`. Operands without data are ignored.
void broadcast_map(std::span<const std::int64_t> shape, std::initializer_list<ConstView> operands, RunFunction f,
                   Scalar* result);

// The adjoint of broadcasting `target` to `shape`: sums[j] = Σ f(operands at i) over the elements i of `shape` in which
// element j of `target` takes part. Added up in the order of i in double precision, whatever the number of threads.
void broadcast_sum(std::span<const std::int64_t> shape, std::initializer_list<ConstView> operands,
                   std::span<const std::int64_t> target, RunFunction f, Scalar* sums);

// Calls f(i, a, b) for the elements of a run of two operands, in loops that vectorise.
template <class F>
void for_each_pair(const Run& run, const F& f) {
  const Scalar* a = run.operands[0];
  const Scalar* b = run.operands[1];
  if (run.steps[0] != 0 && run.steps[1] != 0) {
    for (std::int64_t i = 0; i < run.count; ++i) f(i, a[i], b[i]);
  } else if (run.steps[0] != 0) {
    const Scalar constant = *b;
    for (std::int64_t i = 0; i < run.count; ++i) f(i, a[i], constant);
  } else {
    const Scalar constant = *a;
    const std::int64_t step = run.steps[1];
    if (step != 0) {
      for (std::int64_t i = 0; i < run.count; ++i) f(i, constant, b[i]);
    } else {
      for (std::int64_t i = 0; i < run.count; ++i) f(i, constant, *b);
    }
  }
}

}  // namespace saliency::ops
