// A computation that is run in steps: each step is at most one batch of the network. Between steps the caller may
// report progress or drop the job, which cancels it and leaves the model usable. A method is a coroutine that
// co_yields after each batch and co_returns its result.
//
//   Job<Mask> job = method.mask(...);
//   while (job.step()) report(job.progress());
//   Mask mask = job.result();
//
// Parameters of a coroutine must be taken by value or outlive the job.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

#if __has_include(<coroutine>)
#include <coroutine>
#else
// libc++ before LLVM 15, as in Emscripten 3.1.6.
#include <experimental/coroutine>
namespace std {  // NOLINT
using experimental::coroutine_handle;
using experimental::suspend_always;
}  // namespace std
#endif

namespace saliency {

struct Progress {
  std::int64_t done = 0;
  std::int64_t total = 0;  // in the same unit; 0: not known
};

template <class Result>
class Job {
 public:
  struct promise_type {
    std::optional<Result> result;
    Progress progress;
    std::exception_ptr error;

    Job get_return_object() { return Job(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(Progress value) noexcept {
      progress = value;
      return {};
    }
    void return_value(Result value) { result.emplace(std::move(value)); }
    void unhandled_exception() { error = std::current_exception(); }
  };

  explicit Job(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Job(Job&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Job& operator=(Job&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    if (handle_) handle_.destroy();
  }

  // Runs to the next co_yield or to the end; false when the result is there. Throws what the method throws.
  bool step() {
    if (handle_.done()) return false;
    handle_.resume();
    if (handle_.promise().error) std::rethrow_exception(handle_.promise().error);
    return !handle_.done();
  }

  Progress progress() const { return handle_.promise().progress; }
  Result result() { return std::move(*handle_.promise().result); }

  // Runs to the end.
  Result run() {
    while (step()) {
    }
    return result();
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

}  // namespace saliency
