// The one way to use several threads. Work is cut by outputs, never by sums, so that a result does not depend on the
// number of threads. A call inside another one runs on the calling thread.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

namespace saliency::kernels {

namespace detail {
// A borrowed callable; no allocation.
class RangeFunction {
 public:
  template <class F>
  explicit RangeFunction(const F& f)
      : object_(std::addressof(f)), call_([](const void* object, std::int64_t begin, std::int64_t end) {
          (*static_cast<const F*>(object))(begin, end);
        }) {}
  void operator()(std::int64_t begin, std::int64_t end) const { call_(object_, begin, end); }

 private:
  const void* object_;
  void (*call_)(const void*, std::int64_t, std::int64_t);
};
void parallel_ranges(std::int64_t count, std::int64_t grain, RangeFunction body);
}  // namespace detail

// Calls body(begin, end) on disjoint ranges that cover 0 … count−1. A range is a multiple of `grain` long (but for the
// last one); at most count/grain threads take part. `body` must not throw.
template <class F>
void parallel_for(std::int64_t count, std::int64_t grain, const F& body) {
  if (count <= 0) return;
  if (count <= grain) {
    body(std::int64_t{0}, count);
    return;
  }
  detail::parallel_ranges(count, grain, detail::RangeFunction(body));
}

// 1 at start. More than the build or the machine offers is cut silently.
void set_thread_count(int count);
int thread_count();

}  // namespace saliency::kernels
