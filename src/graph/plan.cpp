#include "graph/plan.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "ops/transpose.h"

namespace saliency::graph {
namespace {

// A transpose that moves axes of size 1 only leaves the numbers in place.
bool keeps_order(const ops::Operator& op, const Shape& shape) {
  const auto* transpose = dynamic_cast<const ops::TransposeOperator*>(&op);
  if (transpose == nullptr) return false;
  int last = -1;
  for (const int axis : transpose->permutation()) {
    if (shape[static_cast<std::size_t>(axis)] == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

}  // namespace

Plan::Plan(const Graph& graph, Request request) : graph_(&graph), request_(std::move(request)) {
  shapes_.reserve(graph.values.size());
  for (const Value& value : graph.values) shapes_.push_back(batched_shape(value, request_.batch));
  storage_.assign(graph.values.size(), -1);
  grad_storage_.assign(graph.values.size(), -1);
  choose_nodes();
  mark_path();
  choose_steps();
  check_path();
  plan_forward_buffers();
  plan_backward();
  for (const Buffer& buffer : buffers_) unplanned_bytes_ += buffer.bytes;
  bytes_ = place(buffers_);
}

void Plan::choose_nodes() {
  needed_.assign(graph_->nodes.size(), false);
  uses_.assign(graph_->values.size(), 0);
  std::vector<ValueId> open = request_.outputs;
  if (request_.y != kNoValue) open.push_back(request_.y);
  open.insert(open.end(), request_.x.begin(), request_.x.end());
  while (!open.empty()) {
    const ValueId id = open.back();
    open.pop_back();
    const Value& value = value_of(id);
    if (value.is_constant || contains(request_.fed, id)) continue;
    const int producer = producer_of(id);
    if (producer < 0) {
      throw Error(ErrorCode::ShapeMismatch, "input '" + value.name + "' is needed, but was not given",
                  {.expected = "a tensor of shape " + to_string(value.shape),
                   .actual = "nothing",
                   .remedy = "pass it in 'feeds'"});
    }
    const auto index = static_cast<std::size_t>(producer);
    if (needed_[index]) continue;
    needed_[index] = true;
    for (const ValueId input : graph_->nodes[index].inputs) {
      if (input == kNoValue) continue;
      ++uses_[static_cast<std::size_t>(input)];
      open.push_back(input);
    }
  }
}

// A fused node gives way to its parts where a tensor between them is fed or explained, and under rules that treat a
// rectifier among them in another way.
int Plan::producer_of(ValueId id) const {
  const Value& value = value_of(id);
  if (value.parts < 0) return value.producer;
  const Node& fused = graph_->nodes[static_cast<std::size_t>(value.producer)];
  const bool crosses = std::any_of(fused.inner.begin(), fused.inner.end(), [&](ValueId inner) {
    return contains(request_.x, inner) || contains(request_.fed, inner);
  });
  const bool split = crosses || (fused.hides_rectifier && request_.rule->positive_only());
  return split ? value.parts : value.producer;
}

// Post: a value is on the path when it depends on some x and y depends on it. Truth values depend on nothing: what is
// computed from x > 0 has slope 0 almost everywhere (where(x > 0, x, 0.1·x)).
void Plan::mark_path() {
  on_path_.assign(graph_->values.size(), false);
  if (request_.y == kNoValue) return;
  std::vector<bool> depends(graph_->values.size(), false);
  for (const ValueId x : request_.x) depends[static_cast<std::size_t>(x)] = true;
  for (std::size_t n = 0; n < graph_->nodes.size(); ++n) {
    if (!needed_[n]) continue;
    const Node& node = graph_->nodes[n];
    const bool any = std::any_of(node.inputs.begin(), node.inputs.end(),
                                 [&](ValueId id) { return id != kNoValue && depends[static_cast<std::size_t>(id)]; });
    for (const ValueId id : node.outputs) {
      if (id == kNoValue || !any || contains(request_.fed, id) || value_of(id).dtype == DType::Bool) continue;
      depends[static_cast<std::size_t>(id)] = true;
    }
  }
  on_path_[static_cast<std::size_t>(request_.y)] = depends[static_cast<std::size_t>(request_.y)];
  for (std::size_t n = graph_->nodes.size(); n-- > 0;) {
    if (!needed_[n]) continue;
    const Node& node = graph_->nodes[n];
    const bool leads = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId id) {
      return on_path_[static_cast<std::size_t>(id)] && !contains(request_.fed, id);
    });
    if (!leads) continue;
    for (const ValueId id : node.inputs) {
      if (id != kNoValue && depends[static_cast<std::size_t>(id)]) on_path_[static_cast<std::size_t>(id)] = true;
    }
  }
}

void Plan::choose_steps() {
  std::vector<bool> fused(graph_->nodes.size(), false);
  for (std::size_t n = 0; n < graph_->nodes.size(); ++n) {
    if (!needed_[n] || fused[n]) continue;
    const Node& node = graph_->nodes[n];
    Step step;
    step.node = static_cast<int>(n);
    step.inputs = node.inputs;
    step.outputs = node.outputs;
    if (fuses(n, step)) fused[static_cast<std::size_t>(step.clamp_node)] = true;
    for (std::size_t i = 0; i < step.outputs.size(); ++i) {
      const ValueId id = step.outputs[i];
      const bool read = uses_[static_cast<std::size_t>(id)] > 0 || contains(request_.outputs, id) || id == request_.y ||
                        contains(request_.x, id);
      if (!read && i > 0) step.outputs[i] = kNoValue;
    }
    step.is_view = !node.inputs.empty() && node.inputs[0] != kNoValue && !value_of(node.inputs[0]).is_constant &&
                   (node.op->is_view() || keeps_order(*node.op, shapes_[static_cast<std::size_t>(node.inputs[0])])) &&
                   !request_.rule->replaces(node);
    steps_.push_back(std::move(step));
  }
}

// A rectifier is fused when it alone reads what the operator in front makes.
bool Plan::fuses(std::size_t position, Step& step) const {
  const Node& node = graph_->nodes[position];
  if (!node.op->fuses_clamp() || (node.op->needs().outputs & 1U) != 0 || request_.rule->replaces(node)) return false;
  const ValueId made = node.outputs[0];
  if (uses_[static_cast<std::size_t>(made)] != 1 || contains(request_.outputs, made) || contains(request_.fed, made) ||
      contains(request_.x, made) || request_.y == made) {
    return false;
  }
  for (std::size_t n = position + 1; n < graph_->nodes.size(); ++n) {
    const Node& next = graph_->nodes[n];
    if (!needed_[n] || next.inputs.empty() || !contains(next.inputs, made)) continue;
    const auto clamp = next.op->as_clamp();
    if (!clamp || next.inputs[0] != made || request_.rule->replaces(next) || contains(request_.fed, next.outputs[0])) {
      return false;
    }
    step.clamp = *clamp;
    step.clamp_node = static_cast<int>(n);
    step.outputs = next.outputs;
    return true;
  }
  return false;
}

void Plan::check_path() const {
  if (request_.y == kNoValue || request_.x.empty()) return;
  std::string missing;
  for (const Step& step : steps_) {
    const Node& node = graph_->nodes[static_cast<std::size_t>(step.node)];
    const bool leads = std::any_of(step.outputs.begin(), step.outputs.end(), [&](ValueId id) {
      return id != kNoValue && on_path_[static_cast<std::size_t>(id)] && !contains(request_.fed, id);
    });
    if (!leads || request_.rule->replaces(node)) continue;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      if (id == kNoValue || !on_path_[static_cast<std::size_t>(id)] || node.op->has_gradient(i)) continue;
      missing += (missing.empty() ? "" : ", ") + node.type + " (node '" + node.name + "')";
      break;
    }
  }
  if (!missing.empty()) {
    throw Error(ErrorCode::NoGradient, "no gradient through " + missing,
                {.expected = "differentiable operators between x and y",
                 .actual = missing,
                 .remedy = "choose x and y so that no such node lies between them"});
  }
}

}  // namespace saliency::graph
