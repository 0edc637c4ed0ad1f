#include "saliency/deep_lift_rule.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace saliency {
namespace {

bool is_elementwise(const graph::Node& node) {
  return node.op->nonlinearity() != ops::Nonlinearity::None && node.type != "Softmax" && node.type != "LogSoftmax" &&
         node.type != "Hardmax";
}

// Calls visit(i, j) for each value i of the first half of the samples and the same value j of its partner.
template <class Visit>
void for_each_pair(std::span<const std::int64_t> shape, int batch_axis, Visit visit) {
  const auto axis = static_cast<std::size_t>(std::max(batch_axis, 0));
  std::int64_t outer = 1;
  std::int64_t inner = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= shape[i];
  for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
  const std::int64_t half = shape[axis] / 2 * inner;
  for (std::int64_t block = 0; block < outer; ++block) {
    for (std::int64_t i = 0; i < half; ++i) {
      const std::int64_t first = block * 2 * half + i;
      visit(first, first + half);
    }
  }
}

// Below this difference a quotient is rounding: rectifiers are exact down to nothing, smooth functions are not.
double smallest_difference(const graph::Node& node) {
  return node.op->nonlinearity() == ops::Nonlinearity::Rectifier ? 1e-10 : 1e-4;
}

}  // namespace

DeepLiftRule::DeepLiftRule(const graph::Graph& graph, const DeepLiftRules& rules, graph::ValueId y, graph::ValueId x)
    : graph_(graph), rules_(rules) {
  if (rules.difference == DifferenceRule::RevealCancel) reveal_cancel_.emplace(graph, y, x);
}

bool DeepLiftRule::is_product(const graph::Node& node) const {
  if (rules_.pools == PoolMultipliers::Winner || node.inputs.size() != 2) return false;
  if (node.type != "Mul" && node.type != "MatMul" && node.type != "FusedMatMul" && node.type != "Einsum") return false;
  return std::none_of(node.inputs.begin(), node.inputs.end(), [&](graph::ValueId id) {
    return id == graph::kNoValue || graph_.values[static_cast<std::size_t>(id)].is_constant;
  });
}

void DeepLiftRule::go_back_product(const graph::Node& node, const ops::Backward& context) const {
  std::vector<ConstView> inputs(context.inputs.begin(), context.inputs.end());
  std::vector<std::vector<Scalar>> means;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const int batch_axis = graph_.values[static_cast<std::size_t>(node.inputs[k])].batch_axis;
    if (batch_axis < 0) continue;
    std::vector<Scalar>& mean = means.emplace_back(inputs[k].data, inputs[k].data + inputs[k].size());
    for_each_pair(inputs[k].shape, batch_axis, [&](std::int64_t i, std::int64_t j) {
      const auto first = static_cast<std::size_t>(i);
      const auto second = static_cast<std::size_t>(j);
      mean[first] = mean[second] = (mean[first] + mean[second]) / 2;
    });
    inputs[k].data = mean.data();
  }
  ops::Backward at_means = context;
  at_means.inputs = inputs;
  node.op->backward(at_means);
}

bool DeepLiftRule::replaces(const graph::Node& node) const {
  return is_elementwise(node) || is_product(node) || (reveal_cancel_ && reveal_cancel_->function_of(node) != nullptr) ||
         (node.type == "MaxPool" && rules_.pools == PoolMultipliers::Complete);
}

void DeepLiftRule::replace(const graph::Node& node, const ops::Backward& context) const {
  if (reveal_cancel_ && reveal_cancel_->function_of(node) != nullptr) return reveal_cancel_->go_back(node, context);
  if (reveal_cancel_ && is_elementwise(node) && reveal_cancel_->takes(node)) {
    std::copy_n(context.output_grads[0].data, context.output_grads[0].size(), context.input_grads[0].data);
    return;
  }
  if (is_product(node)) return go_back_product(node, context);
  const int batch_axis = graph_.values[static_cast<std::size_t>(node.inputs[0])].batch_axis;
  const Scalar* input = context.inputs[0].data;
  const Scalar* output = context.outputs[0].data;
  const Scalar* multiplier = context.output_grads[0].data;
  Scalar* result = context.input_grads[0].data;
  if (is_elementwise(node)) {
    node.op->backward(context);
    const double smallest = smallest_difference(node);
    for_each_pair(context.inputs[0].shape, batch_axis, [&](std::int64_t i, std::int64_t j) {
      const double difference = static_cast<double>(input[i]) - static_cast<double>(input[j]);
      if (std::fabs(difference) < smallest) return;
      const double change = static_cast<double>(output[i]) - static_cast<double>(output[j]);
      result[i] = static_cast<Scalar>(static_cast<double>(multiplier[i]) * change / difference);
    });
    return;
  }
  // The pool's own backward pass brings each contribution to the winner of its sample's window.
  std::vector<Scalar> contributions(static_cast<std::size_t>(context.output_grads[0].size()));
  for_each_pair(context.outputs[0].shape, batch_axis, [&](std::int64_t i, std::int64_t j) {
    const Scalar highest = std::max(output[i], output[j]);
    contributions[static_cast<std::size_t>(i)] = multiplier[i] * (highest - output[j]);
    contributions[static_cast<std::size_t>(j)] = multiplier[i] * (output[i] - highest);
  });
  std::vector<ConstView> output_grads(context.output_grads.begin(), context.output_grads.end());
  output_grads[0] = ConstView(context.output_grads[0].shape, contributions.data());
  ops::Backward winners = context;
  winners.output_grads = output_grads;
  node.op->backward(winners);
  for_each_pair(context.inputs[0].shape, batch_axis, [&](std::int64_t i, std::int64_t j) {
    const double difference = static_cast<double>(input[i]) - static_cast<double>(input[j]);
    const double sum = static_cast<double>(result[i]) + static_cast<double>(result[j]);
    result[i] = std::fabs(difference) < 1e-10 ? 0 : static_cast<Scalar>(sum / difference);
    result[j] = 0;
  });
}

}  // namespace saliency
