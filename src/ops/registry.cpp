#include "ops/registry.h"

namespace saliency::ops {

// A row is X(ONNX type, factory, layout). The factory is a function of this namespace in the operator's own file.
#define SALIENCY_OPERATORS(X)                                   \
  X(AveragePool, make_average_pool, ChannelsLast)               \
  X(BatchNormalization, make_batch_normalization, ChannelsLast) \
  X(Conv, make_conv, ChannelsLast)                              \
  X(ConvTranspose, make_conv_transpose, ChannelsLast)           \
  X(GlobalAveragePool, make_global_average_pool, ChannelsLast)  \
  X(GlobalLpPool, make_global_lp_pool, ChannelsLast)            \
  X(GlobalMaxPool, make_global_max_pool, ChannelsLast)          \
  X(LpPool, make_lp_pool, ChannelsLast)                         \
  X(MaxPool, make_max_pool, ChannelsLast)                       \
  X(Clip, make_clip, AsInOnnx)                                  \
  X(Relu, make_relu, AsInOnnx)                                  \
  X(Transpose, make_transpose, AsInOnnx)

#define SALIENCY_DECLARE(type, make, layout) std::unique_ptr<Operator> make(const NodeInfo& info);
SALIENCY_OPERATORS(SALIENCY_DECLARE)
#undef SALIENCY_DECLARE

std::span<const Registration> registrations() {
#define SALIENCY_ROW(type, make, layout) Registration{#type, Layout::layout, make},
  static const Registration kRegistrations[] = {SALIENCY_OPERATORS(SALIENCY_ROW)};
#undef SALIENCY_ROW
  return kRegistrations;
}

const Registration* find_registration(std::string_view type) {
  for (const Registration& registration : registrations()) {
    if (registration.type == type) return &registration;
  }
  return nullptr;
}

}  // namespace saliency::ops
