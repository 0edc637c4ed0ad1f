#include "ops/binary.h"

namespace saliency::ops {

std::vector<ValueType> BinaryOperator::infer(std::span<const ValueType> inputs) const {
  return {{.shape = broadcast(inputs[0].shape, inputs[1].shape), .dtype = inputs[0].dtype}};
}

void BinaryOperator::forward(const Forward& context) const {
  const View& y = context.outputs[0];
  broadcast_map(y.shape, {context.inputs[0], context.inputs[1]}, loops_.value, y.data);
}

void BinaryOperator::backward(const Backward& context) const {
  const ConstView& a = context.inputs[0];
  const ConstView& b = context.inputs[1];
  const ConstView& dy = context.output_grads[0];
  const View& da = context.input_grads[0];
  const View& db = context.input_grads[1];
  if (da) broadcast_sum(dy.shape, {a, b, dy}, da.shape, loops_.gradient_a, da.data);
  if (db) broadcast_sum(dy.shape, {a, b, dy}, db.shape, loops_.gradient_b, db.data);
}

}  // namespace saliency::ops
