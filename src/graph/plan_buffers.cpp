// Where the numbers of a plan lie: which buffers its steps need, forwards and backwards, and how long each lives. Time
// is the position of a step: 1 … steps forwards, then on backwards.
#include <algorithm>

#include "graph/plan.h"

namespace saliency::graph {

int Plan::add_buffer(std::size_t bytes, int time) {
  buffers_.push_back({.bytes = std::max<std::size_t>(bytes, 1), .first = time, .last = time});
  return static_cast<int>(buffers_.size()) - 1;
}

void Plan::touch(int buffer, int time) {
  if (buffer < 0) return;
  Buffer& touched = buffers_[static_cast<std::size_t>(buffer)];
  touched.last = std::max(touched.last, time);
}

std::size_t Plan::value_bytes(ValueId id) const {
  return byte_count(element_count(shapes_[static_cast<std::size_t>(id)]));
}

void Plan::plan_forward_buffers() {
  const int end = static_cast<int>(steps_.size()) * 2 + 2;
  // Fed values are written before the first step and may be read again by a second forward().
  for (const ValueId id : request_.fed) {
    storage_[static_cast<std::size_t>(id)] = add_buffer(value_bytes(id), 0);
    touch(root(id), end);
  }
  for (std::size_t s = 0; s < steps_.size(); ++s) {
    Step& step = steps_[s];
    const int time = static_cast<int>(s) + 1;
    for (const ValueId id : step.inputs) {
      if (id != kNoValue) touch(root(id), time);
    }
    for (std::size_t i = 0; i < step.outputs.size(); ++i) {
      const ValueId id = step.outputs[i];
      if (id == kNoValue || contains(request_.fed, id)) continue;
      const bool shares = step.is_view && i == 0;
      storage_[static_cast<std::size_t>(id)] = shares ? root(step.inputs[0]) : add_buffer(value_bytes(id), time);
      touch(root(id), time);
    }
    plan_saved(step, time);
  }
  for (const ValueId id : request_.outputs) {
    if (!value_of(id).is_constant) touch(root(id), end);
  }
}

// What forward() writes for backward() beside the values.
void Plan::plan_saved(Step& step, int time) {
  const bool goes_back = std::any_of(step.outputs.begin(), step.outputs.end(), [&](ValueId id) { return on_path(id); });
  if (!goes_back || step.is_view) return;
  const auto shape_of = [&](ValueId id) -> std::span<const std::int64_t> {
    if (id == kNoValue) return {};
    return shapes_[static_cast<std::size_t>(id)];
  };
  std::vector<ConstView> inputs;
  std::vector<View> outputs;
  for (const ValueId id : step.inputs) inputs.emplace_back(shape_of(id), nullptr);
  for (const ValueId id : step.outputs) outputs.emplace_back(shape_of(id), nullptr);
  const std::size_t saved = graph_->nodes[static_cast<std::size_t>(step.node)].op->saved_bytes(inputs, outputs);
  if (saved > 0) step.saved = add_buffer(saved, time);
  if (step.clamp_node < 0) return;
  const std::int64_t bits = element_count(shapes_[static_cast<std::size_t>(step.outputs[0])]);
  step.bits = add_buffer(static_cast<std::size_t>((bits + 7) / 8), time);
}

bool Plan::on_path(ValueId id) const {
  return id != kNoValue && on_path_[static_cast<std::size_t>(id)];
}

// The steps that lead a gradient towards x, last first.
std::vector<std::size_t> Plan::backward_order() const {
  std::vector<std::size_t> order;
  for (std::size_t s = steps_.size(); s-- > 0;) {
    const Step& step = steps_[s];
    const bool leads = std::any_of(step.outputs.begin(), step.outputs.end(),
                                   [&](ValueId id) { return on_path(id) && !contains(request_.fed, id); });
    const bool useful = std::any_of(step.inputs.begin(), step.inputs.end(), [&](ValueId id) { return on_path(id); });
    if (leads && useful) order.push_back(s);
  }
  return order;
}

void Plan::plan_backward() {
  if (request_.y == kNoValue || request_.x.empty()) return;
  const int first_time = static_cast<int>(steps_.size()) + 1;
  const int end = static_cast<int>(steps_.size()) * 2 + 2;
  const std::vector<std::size_t> order = backward_order();
  // How many slots contribute to each value's gradient; a value with one may share the buffer of a view behind it.
  std::vector<int> contributions(graph_->values.size(), 0);
  for (const std::size_t s : order) {
    for (const ValueId id : steps_[s].inputs) {
      if (on_path(id)) ++contributions[static_cast<std::size_t>(id)];
    }
  }
  grad_storage_[static_cast<std::size_t>(request_.y)] = add_buffer(value_bytes(request_.y), first_time - 1);
  if (request_.repeat_backward || contains(request_.x, request_.y)) {
    touch(grad_storage_[static_cast<std::size_t>(request_.y)], end);
  }
  std::vector<bool> written(graph_->values.size(), false);
  written[static_cast<std::size_t>(request_.y)] = true;
  int time = first_time;
  for (const std::size_t s : order) {
    const Step& step = steps_[s];
    BackStep back;
    back.step = s;
    back.replaced = request_.rule->replaces(graph_->nodes[static_cast<std::size_t>(step.node)]);
    for (const ValueId id : step.outputs) {
      if (id != kNoValue) touch(grad_storage_[static_cast<std::size_t>(id)], time);
    }
    const ValueId only = step.inputs.empty() ? kNoValue : step.inputs[0];
    back.is_view =
        step.is_view && on_path(only) && contributions[static_cast<std::size_t>(only)] == 1 && only != request_.y;
    if (back.is_view) {
      const int shared = grad_storage_[static_cast<std::size_t>(step.outputs[0])];
      grad_storage_[static_cast<std::size_t>(only)] = shared;
      written[static_cast<std::size_t>(only)] = true;
      if (contains(request_.x, only)) touch(shared, end);
    } else {
      plan_input_gradients(back, time, written);
      keep_for_backward(back, request_.repeat_backward ? end : time);
    }
    back_steps_.push_back(std::move(back));
    ++time;
  }
  // An x that y does not depend on has gradient zero.
  for (const ValueId x : request_.x) {
    if (grad_storage_[static_cast<std::size_t>(x)] >= 0) continue;
    grad_storage_[static_cast<std::size_t>(x)] = add_buffer(value_bytes(x), first_time - 1);
    touch(grad_storage_[static_cast<std::size_t>(x)], end);
  }
}

// The first contribution to a value's gradient is written in place, the others to a buffer each, and added.
void Plan::plan_input_gradients(BackStep& back, int time, std::vector<bool>& written) {
  const int end = static_cast<int>(steps_.size()) * 2 + 2;
  const Step& step = steps_[back.step];
  back.grad_buffers.assign(step.inputs.size(), -1);
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    const ValueId id = step.inputs[i];
    if (!on_path(id)) continue;
    const auto index = static_cast<std::size_t>(id);
    if (!written[index]) {
      grad_storage_[index] = add_buffer(value_bytes(id), time);
      back.grad_buffers[i] = grad_storage_[index];
      written[index] = true;
      if (contains(request_.x, id)) touch(grad_storage_[index], end);
    } else {
      const int temporary = add_buffer(value_bytes(id), time);
      back.grad_buffers[i] = temporary;
      back.accumulations.push_back({.temporary = temporary, .value = id, .slot = i});
      touch(grad_storage_[index], time);
    }
  }
}

void Plan::keep_for_backward(const BackStep& back, int until) {
  const Step& step = steps_[back.step];
  const ops::BackwardNeeds needs = graph_->nodes[static_cast<std::size_t>(step.node)].op->needs();
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    const bool kept = back.replaced || (needs.inputs >> i & 1U) != 0;
    if (kept && step.inputs[i] != kNoValue) touch(root(step.inputs[i]), until);
  }
  for (std::size_t i = 0; i < step.outputs.size(); ++i) {
    const bool kept = back.replaced || (needs.outputs >> i & 1U) != 0;
    if (kept && step.outputs[i] != kNoValue) touch(root(step.outputs[i]), until);
  }
  touch(step.saved, until);
  touch(step.bits, until);
}

}  // namespace saliency::graph
