#include "kernels/providers/xnnpack/xnnpack_api.h"

#include <mutex>

#include "kernels/parallel.h"

namespace saliency::kernels::xnnpack {

bool initialized() {
  static const bool kDone = xnn_initialize(nullptr) == xnn_status_success;
  return kDone;
}

pthreadpool_t thread_pool() {
  struct Pool {
    std::mutex mutex;
    int threads = 1;
    pthreadpool_t pool = nullptr;
    ~Pool() { pthreadpool_destroy(pool); }
  };
  static Pool shared;
  const std::lock_guard<std::mutex> lock(shared.mutex);
  if (thread_count() != shared.threads) {
    pthreadpool_destroy(shared.pool);
    shared.threads = thread_count();
    shared.pool = shared.threads > 1 ? pthreadpool_create(static_cast<std::size_t>(shared.threads)) : nullptr;
  }
  return shared.pool;
}

}  // namespace saliency::kernels::xnnpack
