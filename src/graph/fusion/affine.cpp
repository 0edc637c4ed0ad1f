#include "graph/fusion/affine.h"

#include <algorithm>

namespace saliency::graph {

Affine affine(const Matcher& matcher, const std::string& name) {
  Affine result{.x = name};
  const NetworkNode* node = matcher.maker(name, "Add");
  if (const auto sum = node != nullptr ? matcher.with_constant(*node) : std::nullopt) {
    result.x = sum->x;
    result.bias = sum->constant;
    result.parts.push_back(node);
  }
  node = matcher.maker(result.x, "Mul");
  if (const auto product = node != nullptr ? matcher.with_constant(*node) : std::nullopt) {
    result.x = product->x;
    result.scale = product->constant;
    result.parts.push_back(node);
  }
  return result;
}

const Tensor* channel_values(const Matcher& matcher, const std::string& name, std::size_t ones) {
  const Tensor* tensor = matcher.initializer(name);
  if (tensor == nullptr || tensor->shape.size() < ones + 1) return nullptr;
  const std::size_t channel_axis = tensor->shape.size() - ones - 1;
  for (std::size_t axis = 0; axis < tensor->shape.size(); ++axis) {
    if (axis != channel_axis && tensor->shape[axis] != 1) return nullptr;
  }
  return tensor;
}

Tensor as_vector(const Tensor* values, std::size_t count, Scalar missing) {
  if (values != nullptr) return {Shape{static_cast<std::int64_t>(values->data.size())}, values->data};
  return Tensor(Shape{static_cast<std::int64_t>(count)}, missing);
}

}  // namespace saliency::graph
