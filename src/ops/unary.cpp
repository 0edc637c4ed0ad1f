#include "ops/unary.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "kernels/parallel.h"

namespace saliency::ops {
namespace {

constexpr std::int64_t kGrain = 16384;

}  // namespace

std::vector<ValueType> UnaryOperator::infer(std::span<const ValueType> inputs) const {
  return {{.shape = inputs[0].shape, .dtype = inputs[0].dtype}};
}

void UnaryOperator::forward(const Forward& context) const {
  const Scalar* x = context.inputs[0].data;
  Scalar* y = context.outputs[0].data;
  auto* slope = function_.keep == Keep::Slope ? static_cast<Scalar*>(context.saved) : nullptr;
  kernels::parallel_for(context.outputs[0].size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    if (slope != nullptr) {
      function_.value_and_slope(end - begin, x + begin, parameters_, y + begin, slope + begin);
    } else {
      function_.value(end - begin, x + begin, parameters_, y + begin);
    }
  });
}

void UnaryOperator::backward(const Backward& context) const {
  const Scalar* dy = context.output_grads[0].data;
  const Scalar* kept = dy;
  if (function_.keep == Keep::Input) kept = context.inputs[0].data;
  if (function_.keep == Keep::Output) kept = context.outputs[0].data;
  if (function_.keep == Keep::Slope) kept = static_cast<const Scalar*>(context.saved);
  Scalar* dx = context.input_grads[0].data;
  kernels::parallel_for(context.output_grads[0].size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    function_.gradient(end - begin, kept + begin, dy + begin, parameters_, dx + begin);
  });
}

BackwardNeeds UnaryOperator::needs() const {
  return {.inputs = function_.keep == Keep::Input ? 1u : 0u, .outputs = function_.keep == Keep::Output ? 1u : 0u};
}

std::size_t UnaryOperator::saved_bytes(std::span<const ConstView> /*inputs*/, std::span<const View> outputs) const {
  return function_.keep == Keep::Slope ? static_cast<std::size_t>(outputs[0].size()) * sizeof(Scalar) : 0;
}

const UnaryFunction& unary_row(std::span<const UnaryFunction> table, std::string_view type) {
  const auto row = std::find_if(table.begin(), table.end(), [&](const UnaryFunction& f) { return f.type == type; });
  if (row == table.end()) {
    throw Error(ErrorCode::UnsupportedOperator, "'" + std::string(type) + "' is not in its family's table");
  }
  return *row;
}

}  // namespace saliency::ops
