// XNNPACK's C interface in its two generations: before 2023 an operator is set up with sizes and pointers at once,
// since then it is first reshaped (sizes, workspace) and then set up (pointers). Caches were added to the creating
// calls over the years; none is used here. Which form the header declares is found by its types, so one source serves
// all.
#pragma once

#include <pthreadpool.h>
#include <xnnpack.h>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

namespace saliency::kernels::xnnpack {

struct DeleteOperator {
  void operator()(xnn_operator_t op) const { xnn_delete_operator(op); }
};
using Operator = std::unique_ptr<std::remove_pointer_t<xnn_operator_t>, DeleteOperator>;

// Null when the library can't be initialised on this machine, or refuses the parameters.
template <class Create, class... Parameters>
Operator create(Create* function, Parameters... parameters) {
  xnn_operator_t op = nullptr;
  xnn_status status = xnn_status_unsupported_hardware;
  using Null = std::nullptr_t;
  if constexpr (std::is_invocable_v<Create*, Parameters..., xnn_operator_t*>) {
    status = function(parameters..., &op);
  } else if constexpr (std::is_invocable_v<Create*, Parameters..., Null, xnn_operator_t*>) {
    status = function(parameters..., nullptr, &op);
  } else {
    status = function(parameters..., nullptr, nullptr, &op);
  }
  return Operator(status == xnn_status_success ? op : nullptr);
}

bool initialized();

// As many threads as thread_count() says; null for one.
pthreadpool_t thread_pool();

// Sizes and pointers of one run, in the older generation's order.
template <class Setup, class... Sizes>
bool set_up(Setup* function, xnn_operator_t op, const float* input, float* output, Sizes... sizes) {
  static_assert(std::is_invocable_v<Setup*, xnn_operator_t, Sizes..., const float*, float*, pthreadpool_t>);
  return function(op, sizes..., input, output, thread_pool()) == xnn_status_success;
}

#ifdef SALIENCY_XNNPACK_RESHAPE
// `workspace` grows to what the operator asks for; operators without one ignore it.
template <class Reshape, class Setup, class... Sizes>
bool reshape_and_set_up(Reshape* reshape, Setup* setup, xnn_operator_t op, std::vector<std::byte>& workspace,
                        const float* input, float* output, Sizes... sizes) {
  std::size_t bytes = 0;
  std::size_t alignment = 1;
  xnn_status status = xnn_status_unsupported_hardware;
  using Size = std::size_t*;
  if constexpr (std::is_invocable_v<Reshape*, xnn_operator_t, Sizes..., Size, Size, Size, Size, pthreadpool_t>) {
    status = reshape(op, sizes..., &bytes, &alignment, nullptr, nullptr, thread_pool());
  } else if constexpr (std::is_invocable_v<Reshape*, xnn_operator_t, Sizes..., Size, Size, Size, pthreadpool_t>) {
    status = reshape(op, sizes..., &bytes, nullptr, nullptr, thread_pool());
  } else {
    status = reshape(op, sizes..., nullptr, nullptr, thread_pool());
  }
  if (status != xnn_status_success) return false;
  constexpr std::size_t kAlignment = 64;
  workspace.resize(bytes + kAlignment);
  void* aligned = workspace.data();
  std::size_t space = workspace.size();
  std::align(kAlignment, bytes, aligned, space);
  if constexpr (std::is_invocable_v<Setup*, xnn_operator_t, void*, const float*, float*>) {
    return setup(op, aligned, input, output) == xnn_status_success;
  } else {
    return setup(op, input, output) == xnn_status_success;
  }
}
#endif

inline bool run(xnn_operator_t op) {
  return xnn_run_operator(op, thread_pool()) == xnn_status_success;
}

}  // namespace saliency::kernels::xnnpack
