#include "saliency/reveal_cancel.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "saliency/layer_weights.h"

namespace saliency {
namespace {

using Numbers = std::vector<Scalar>;

Numbers forward(const ops::Operator& op, std::vector<ConstView> inputs, const Numbers& first, const ConstView& output) {
  inputs[0].data = first.data();
  Numbers made(static_cast<std::size_t>(output.size()));
  const View outputs[] = {View(output.shape, made.data())};
  op.forward({.inputs = inputs, .outputs = outputs});
  return made;
}

Numbers backward(const ops::Operator& op, const ops::Backward& context, const Numbers& output_grad) {
  Numbers result(static_cast<std::size_t>(context.inputs[0].size()));
  const ConstView output_grads[] = {ConstView(context.outputs[0].shape, output_grad.data())};
  std::vector<View> input_grads(context.inputs.size());
  input_grads[0] = View(context.inputs[0].shape, result.data());
  ops::Backward changed = context;
  changed.output_grads = output_grads;
  changed.input_grads = input_grads;
  op.backward(changed);
  return result;
}

// By the sign of a difference; the mean of both where there is none.
Scalar chosen(Scalar difference, Scalar if_positive, Scalar if_negative) {
  if (difference == 0) return (if_positive + if_negative) / 2;
  return difference > 0 ? if_positive : if_negative;
}

bool is_function(const graph::Node& node) {
  return node.op->nonlinearity() != ops::Nonlinearity::None && node.type != "Softmax" && node.type != "LogSoftmax" &&
         node.type != "Hardmax";
}

}  // namespace

RevealCancel::RevealCancel(const graph::Graph& graph, graph::ValueId y, graph::ValueId x) : graph_(graph) {
  const std::vector<bool> leads = leading_to(graph, y);
  std::vector<int> readers(graph.values.size(), 0);
  for (const graph::Node& node : graph.nodes) {
    if (std::none_of(node.outputs.begin(), node.outputs.end(),
                     [&](graph::ValueId id) { return id != graph::kNoValue && leads[static_cast<std::size_t>(id)]; })) {
      continue;
    }
    for (const graph::ValueId id : node.inputs) {
      if (id != graph::kNoValue) ++readers[static_cast<std::size_t>(id)];
    }
  }
  const auto value = [&](graph::ValueId id) -> const graph::Value& {
    return graph.values[static_cast<std::size_t>(id)];
  };
  for (const graph::Node& function : graph.nodes) {
    if (!is_function(function) || !leads[static_cast<std::size_t>(function.outputs[0])]) continue;
    const graph::ValueId between = function.inputs[0];
    if (between == y || between == x || value(between).producer < 0 || value(between).batch_axis != 0 ||
        readers[static_cast<std::size_t>(between)] != 1) {
      continue;
    }
    const graph::Node& layer = graph.nodes[static_cast<std::size_t>(value(between).producer)];
    const auto adds = [&](graph::ValueId id) {
      return !value(id).is_constant && value(id).shape == value(between).shape;
    };
    const bool sum = layer.type == "Add" && adds(layer.inputs[0]) && adds(layer.inputs[1]);
    if (!(sum || layer.op->has_weights()) || value(layer.inputs[0]).batch_axis != 0) continue;
    if (!sum) require_weights(graph, layer);
    functions_[&layer] = &function;
  }
}

const graph::Node* RevealCancel::function_of(const graph::Node& layer) const {
  const auto found = functions_.find(&layer);
  return found == functions_.end() ? nullptr : found->second;
}

bool RevealCancel::takes(const graph::Node& function) const {
  const int producer = graph_.values[static_cast<std::size_t>(function.inputs[0])].producer;
  return producer >= 0 && function_of(graph_.nodes[static_cast<std::size_t>(producer)]) == &function;
}

// Those of Δz⁺ in the first half of the samples and those of Δz⁻ in the second.
Numbers RevealCancel::multipliers(const graph::Node& function, const ops::Backward& context, const Parts& parts) const {
  const ConstView& z = context.outputs[0];
  const Scalar* m = context.output_grads[0].data;
  const std::size_t half = parts.positive.size();
  Numbers at_parts(2 * half);
  for (std::size_t i = 0; i < half; ++i) {
    at_parts[i] = z.data[half + i] + parts.positive[i];
    at_parts[half + i] = z.data[half + i] + parts.negative[i];
  }
  std::vector<ConstView> inputs = constant_inputs(graph_, function);
  inputs[0] = z;
  const Numbers y = forward(*function.op, inputs, Numbers(z.data, z.data + z.size()), z);
  const Numbers y_at_parts = forward(*function.op, inputs, at_parts, z);
  Numbers result(2 * half);
  for (std::size_t i = 0; i < half; ++i) {
    const double image = y[i];
    const double reference = y[half + i];
    const double with_positive = y_at_parts[i];
    const double with_negative = y_at_parts[half + i];
    const double positive = (with_positive - reference + image - with_negative) / 2;
    const double negative = (with_negative - reference + image - with_positive) / 2;
    if (parts.positive[i] != 0) result[i] = static_cast<Scalar>(m[i] * positive / parts.positive[i]);
    if (parts.negative[i] != 0) result[half + i] = static_cast<Scalar>(m[i] * negative / parts.negative[i]);
  }
  return result;
}

void RevealCancel::go_back(const graph::Node& layer, const ops::Backward& context) const {
  const graph::Node& function = *function_of(layer);
  if (layer.op->has_weights()) {
    go_back_weights(layer, function, context);
  } else {
    go_back_sum(function, context);
  }
}

void RevealCancel::go_back_weights(const graph::Node& layer, const graph::Node& function,
                                   const ops::Backward& context) const {
  const ConstView& a = context.inputs[0];
  const ConstView& z = context.outputs[0];
  const auto inputs_half = static_cast<std::size_t>(a.size()) / 2;
  const auto half = static_cast<std::size_t>(z.size()) / 2;
  const std::vector<ConstView> constants = constant_inputs(graph_, layer);
  const auto positive =
      layer.op->with_weights(constants, [](Scalar w, std::int64_t) { return std::max(w, Scalar{0}); });
  const auto negative =
      layer.op->with_weights(constants, [](Scalar w, std::int64_t) { return std::min(w, Scalar{0}); });
  Numbers differences(2 * inputs_half);  // their positive parts, then their negative ones
  for (std::size_t i = 0; i < inputs_half; ++i) {
    const Scalar difference = a.data[i] - a.data[inputs_half + i];
    differences[i] = std::max(difference, Scalar{0});
    differences[inputs_half + i] = std::min(difference, Scalar{0});
  }
  const std::vector<ConstView> inputs(context.inputs.begin(), context.inputs.end());
  const Numbers by_positive = forward(*positive, inputs, differences, z);
  const Numbers by_negative = forward(*negative, inputs, differences, z);
  Parts parts{Numbers(half), Numbers(half)};
  for (std::size_t i = 0; i < half; ++i) {
    parts.positive[i] = by_positive[i] + by_negative[half + i];
    parts.negative[i] = by_negative[i] + by_positive[half + i];
  }
  const Numbers m = multipliers(function, context, parts);
  const Numbers back_positive = backward(*positive, context, m);
  const Numbers back_negative = backward(*negative, context, m);
  Scalar* result = context.input_grads[0].data;
  for (std::size_t i = 0; i < inputs_half; ++i) {
    const std::size_t j = inputs_half + i;
    result[i] = chosen(a.data[i] - a.data[j], back_positive[i] + back_negative[j], back_positive[j] + back_negative[i]);
    result[j] = 0;
  }
}

void RevealCancel::go_back_sum(const graph::Node& function, const ops::Backward& context) const {
  const std::size_t half = static_cast<std::size_t>(context.outputs[0].size()) / 2;
  Parts parts{Numbers(half), Numbers(half)};
  for (const ConstView& a : context.inputs) {
    for (std::size_t i = 0; i < half; ++i) {
      const Scalar difference = a.data[i] - a.data[half + i];
      (difference > 0 ? parts.positive : parts.negative)[i] += difference;
    }
  }
  const Numbers m = multipliers(function, context, parts);
  for (std::size_t k = 0; k < context.input_grads.size(); ++k) {
    const View& result = context.input_grads[k];
    if (!result) continue;
    const Scalar* a = context.inputs[k].data;
    for (std::size_t i = 0; i < half; ++i) {
      result.data[i] = chosen(a[i] - a[half + i], m[i], m[half + i]);
      result.data[half + i] = 0;
    }
  }
}

}  // namespace saliency
