// A pool of sleeping workers. A worker joins a job if it wakes while there is work left; the caller takes part and
// waits only for those that joined. Hence a worker that starts late (Emscripten starts threads asynchronously) or
// sleeps deeply never delays a result.
#include "kernels/parallel.h"

#include <algorithm>

#ifdef SALIENCY_THREADS
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>
#endif

namespace saliency::kernels {

#ifndef SALIENCY_THREADS

void detail::parallel_ranges(std::int64_t count, std::int64_t, RangeFunction body) {
  body(0, count);
}
void set_thread_count(int) {}
int thread_count() {
  return 1;
}

#else

namespace {

// Ranges a thread takes on average: more than one evens out threads of different speed.
constexpr std::int64_t kRangesPerThread = 4;
// About 50 µs: layers follow each other faster than a sleeping thread wakes.
constexpr int kSpins = 20000;

// True on a thread that is inside a parallel_for of this pool.
thread_local bool inside = false;

struct Job {
  detail::RangeFunction body;
  std::int64_t count;
  std::int64_t range;                 // length of one range, a multiple of the grain
  std::atomic<std::int64_t> next{0};  // begin of the first range that nobody took

  void work() {
    for (;;) {
      const std::int64_t begin = next.fetch_add(range, std::memory_order_relaxed);
      if (begin >= count) return;
      body(begin, std::min(begin + range, count));
    }
  }
};

class Pool {
 public:
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  ~Pool() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
      generation_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) {
#ifdef __EMSCRIPTEN__
      worker.detach();  // it may never have started
#else
      worker.join();
#endif
    }
  }

  int thread_count() const {
    return thread_count_.load(std::memory_order_relaxed);
  }

  // Workers are only ever added; fewer threads just leave some of them asleep.
  void set_thread_count(int count) {
    const int offered = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    std::lock_guard busy(busy_);
    count = std::clamp(count, 1, offered);
    try {
      while (static_cast<int>(workers_.size()) < count - 1) workers_.emplace_back([this] { serve(); });
    } catch (...) {  // the system gives no more threads
      count = static_cast<int>(workers_.size()) + 1;
    }
    thread_count_.store(count, std::memory_order_relaxed);
  }

  void run(std::int64_t count, std::int64_t grain, detail::RangeFunction body) {
    const std::int64_t grains = (count + grain - 1) / grain;
    const std::int64_t threads = std::min<std::int64_t>(thread_count(), grains);
    std::unique_lock busy(busy_, std::defer_lock);
    if (threads <= 1 || inside || !busy.try_lock()) {  // busy: another thread of the program computes as well
      body(0, count);
      return;
    }
    const std::int64_t ranges = std::min(grains, threads * kRangesPerThread);
    Job job{body, count, (grains + ranges - 1) / ranges * grain};
    inside = true;
    open(job, static_cast<int>(threads - 1));
    job.work();
    close();
    inside = false;
  }

 private:
  void open(Job& job, int seats) {
    {
      std::lock_guard lock(mutex_);
      job_ = &job;
      seats_ = seats;
      generation_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
  }

  void close() {
    {
      std::lock_guard lock(mutex_);
      job_ = nullptr;
    }
    for (int i = 0; i < kSpins; ++i) {
      if (joined_.load(std::memory_order_acquire) == 0) return;
    }
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return joined_.load(std::memory_order_acquire) == 0; });
  }

  void serve() {
    inside = true;
    std::uint32_t seen = 0;
    for (;;) {
      for (int i = 0; i < kSpins && generation_.load(std::memory_order_acquire) == seen; ++i) {
      }
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return generation_.load(std::memory_order_relaxed) != seen; });
      seen = generation_.load(std::memory_order_relaxed);
      if (stop_) return;
      if (job_ == nullptr || seats_ == 0) continue;
      Job& job = *job_;
      --seats_;
      joined_.fetch_add(1, std::memory_order_relaxed);
      lock.unlock();
      job.work();
      lock.lock();
      if (joined_.fetch_sub(1, std::memory_order_release) == 1) done_.notify_one();
    }
  }

  std::mutex busy_;   // held by the one caller that computes, and while workers are added
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_, done_;
  Job* job_ = nullptr;  // null: nothing to join
  int seats_ = 0;       // workers that may still join
  bool stop_ = false;
  std::atomic<std::uint32_t> generation_{0};  // changes with each job
  std::atomic<int> joined_{0};
  std::atomic<int> thread_count_{1};
  std::vector<std::thread> workers_;
};

Pool& pool() {
  static Pool the_pool;
  return the_pool;
}

}  // namespace

void detail::parallel_ranges(std::int64_t count, std::int64_t grain, RangeFunction body) {
  pool().run(count, grain, body);
}
void set_thread_count(int count) {
  pool().set_thread_count(count);
}
int thread_count() {
  return pool().thread_count();
}

#endif

}  // namespace saliency::kernels
