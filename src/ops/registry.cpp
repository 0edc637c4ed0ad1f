#include "ops/registry.h"

namespace saliency::ops {

// A row is X(ONNX type, factory, layout). The factory is a function of this namespace in the operator's own file.
#define SALIENCY_OPERATORS(X)                                  \
  X(Clip, make_clip, AsInOnnx)                                 \
  X(Relu, make_relu, AsInOnnx)                                 \
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
