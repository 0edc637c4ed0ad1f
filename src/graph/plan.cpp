#include "graph/plan.h"

#include <algorithm>
#include <set>
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

bool contains(const std::vector<ValueId>& ids, ValueId id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
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
    if (value.producer < 0) {
      throw Error(ErrorCode::ShapeMismatch, "input '" + value.name + "' is needed, but was not given",
                  {.expected = "a tensor of shape " + to_string(value.shape),
                   .actual = "nothing",
                   .remedy = "pass it in 'feeds'"});
    }
    const auto index = static_cast<std::size_t>(value.producer);
    if (needed_[index]) continue;
    needed_[index] = true;
    for (const ValueId input : graph_->nodes[index].inputs) {
      if (input == kNoValue) continue;
      ++uses_[static_cast<std::size_t>(input)];
      open.push_back(input);
    }
  }
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

int Plan::add_buffer(std::size_t bytes, int time) {
  buffers_.push_back({.bytes = std::max<std::size_t>(bytes, 1), .first = time, .last = time});
  return static_cast<int>(buffers_.size()) - 1;
}

void Plan::touch(int buffer, int time) {
  if (buffer < 0) return;
  Buffer& touched = buffers_[static_cast<std::size_t>(buffer)];
  touched.last = std::max(touched.last, time);
}

void Plan::plan_forward_buffers() {
  const int end = static_cast<int>(steps_.size()) * 2 + 2;
  const auto bytes = [&](ValueId id) { return byte_count(element_count(shapes_[static_cast<std::size_t>(id)])); };
  // Fed values are written before the first step and may be read again by a second forward().
  for (const ValueId id : request_.fed) {
    storage_[static_cast<std::size_t>(id)] = add_buffer(bytes(id), 0);
    touch(root(id), end);
  }
  for (std::size_t s = 0; s < steps_.size(); ++s) {
    Step& step = steps_[s];
    const Node& node = graph_->nodes[static_cast<std::size_t>(step.node)];
    const int time = static_cast<int>(s) + 1;
    for (const ValueId id : step.inputs) {
      if (id != kNoValue) touch(root(id), time);
    }
    for (std::size_t i = 0; i < step.outputs.size(); ++i) {
      const ValueId id = step.outputs[i];
      if (id == kNoValue || contains(request_.fed, id)) continue;
      const bool shares = step.is_view && i == 0;
      storage_[static_cast<std::size_t>(id)] = shares ? root(step.inputs[0]) : add_buffer(bytes(id), time);
      touch(root(id), time);
    }
    std::vector<ConstView> inputs;
    std::vector<View> outputs;
    for (const ValueId id : step.inputs) {
      inputs.emplace_back(id == kNoValue ? std::span<const std::int64_t>() : shapes_[static_cast<std::size_t>(id)],
                          nullptr);
    }
    for (const ValueId id : step.outputs) {
      outputs.emplace_back(id == kNoValue ? std::span<const std::int64_t>() : shapes_[static_cast<std::size_t>(id)],
                           nullptr);
    }
    const bool goes_back = std::any_of(step.outputs.begin(), step.outputs.end(), [&](ValueId id) {
      return id != kNoValue && on_path_[static_cast<std::size_t>(id)];
    });
    if (!goes_back || step.is_view) continue;
    const std::size_t saved = node.op->saved_bytes(inputs, outputs);
    if (saved > 0) step.saved = add_buffer(saved, time);
    if (step.clamp_node >= 0) {
      step.bits = add_buffer(
          static_cast<std::size_t>((element_count(shapes_[static_cast<std::size_t>(step.outputs[0])]) + 7) / 8), time);
    }
  }
  for (const ValueId id : request_.outputs) {
    if (!value_of(id).is_constant) touch(root(id), end);
  }
}

void Plan::plan_backward() {
  if (request_.y == kNoValue || request_.x.empty()) return;
  const int first_time = static_cast<int>(steps_.size()) + 1;
  const int end = static_cast<int>(steps_.size()) * 2 + 2;
  const auto bytes = [&](ValueId id) { return byte_count(element_count(shapes_[static_cast<std::size_t>(id)])); };
  const auto on_path = [&](ValueId id) { return id != kNoValue && on_path_[static_cast<std::size_t>(id)]; };
  // How many slots contribute to each value's gradient; a value with one may share the buffer of a view behind it.
  std::vector<int> contributions(graph_->values.size(), 0);
  std::vector<std::size_t> order;
  for (std::size_t s = steps_.size(); s-- > 0;) {
    const Step& step = steps_[s];
    const bool leads = std::any_of(step.outputs.begin(), step.outputs.end(),
                                   [&](ValueId id) { return on_path(id) && !contains(request_.fed, id); });
    const bool useful = std::any_of(step.inputs.begin(), step.inputs.end(), on_path);
    if (!leads || !useful) continue;
    order.push_back(s);
    for (const ValueId id : step.inputs) {
      if (on_path(id)) ++contributions[static_cast<std::size_t>(id)];
    }
  }
  const auto is_x = [&](ValueId id) { return contains(request_.x, id); };
  grad_storage_[static_cast<std::size_t>(request_.y)] = add_buffer(bytes(request_.y), first_time - 1);
  if (request_.repeat_backward || is_x(request_.y)) touch(grad_storage_[static_cast<std::size_t>(request_.y)], end);
  std::vector<bool> written(graph_->values.size(), false);
  written[static_cast<std::size_t>(request_.y)] = true;
  int time = first_time;
  for (const std::size_t s : order) {
    const Step& step = steps_[s];
    const Node& node = graph_->nodes[static_cast<std::size_t>(step.node)];
    BackStep back;
    back.step = s;
    back.replaced = request_.rule->replaces(node);
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
      if (is_x(only)) touch(shared, end);
    } else {
      back.grad_buffers.assign(step.inputs.size(), -1);
      for (std::size_t i = 0; i < step.inputs.size(); ++i) {
        const ValueId id = step.inputs[i];
        if (!on_path(id)) continue;
        const auto index = static_cast<std::size_t>(id);
        if (!written[index]) {
          grad_storage_[index] = add_buffer(bytes(id), time);
          back.grad_buffers[i] = grad_storage_[index];
          written[index] = true;
          if (is_x(id)) touch(grad_storage_[index], end);
        } else {
          const int temporary = add_buffer(bytes(id), time);
          back.grad_buffers[i] = temporary;
          back.accumulations.push_back({.temporary = temporary, .value = id, .slot = i});
          touch(grad_storage_[index], time);
        }
      }
      const int kept_until = request_.repeat_backward ? end : time;
      const ops::BackwardNeeds needs = node.op->needs();
      for (std::size_t i = 0; i < step.inputs.size(); ++i) {
        const bool kept = back.replaced || (needs.inputs >> i & 1U) != 0;
        if (kept && step.inputs[i] != kNoValue) touch(root(step.inputs[i]), kept_until);
      }
      for (std::size_t i = 0; i < step.outputs.size(); ++i) {
        const bool kept = back.replaced || (needs.outputs >> i & 1U) != 0;
        if (kept && step.outputs[i] != kNoValue) touch(root(step.outputs[i]), kept_until);
      }
      touch(step.saved, kept_until);
      touch(step.bits, kept_until);
    }
    back_steps_.push_back(std::move(back));
    ++time;
  }
  // An x that y does not depend on has gradient zero.
  for (const ValueId x : request_.x) {
    if (grad_storage_[static_cast<std::size_t>(x)] >= 0) continue;
    grad_storage_[static_cast<std::size_t>(x)] = add_buffer(bytes(x), first_time - 1);
    touch(grad_storage_[static_cast<std::size_t>(x)], end);
  }
}

View Plan::view(ValueId id, int buffer) const {
  if (id == kNoValue) return {};
  const Shape& shape = shapes_[static_cast<std::size_t>(id)];
  if (buffer < 0) return {shape, nullptr};
  return {shape, reinterpret_cast<Scalar*>(block_ + buffers_[static_cast<std::size_t>(buffer)].offset)};
}

void Plan::bind(std::byte* block) {
  if (block == block_) return;
  block_ = block;
  const auto read = [&](ValueId id) -> ConstView {
    if (id != kNoValue && value_of(id).is_constant) {
      return {shapes_[static_cast<std::size_t>(id)],
              value_of(id).constant ? value_of(id).constant->data.data() : nullptr};
    }
    return id == kNoValue ? ConstView() : ConstView(view(id, root(id)));
  };
  for (Step& step : steps_) {
    step.input_views.clear();
    step.output_views.clear();
    for (const ValueId id : step.inputs) step.input_views.push_back(read(id));
    for (const ValueId id : step.outputs) step.output_views.push_back(id == kNoValue ? View() : view(id, root(id)));
  }
  for (BackStep& back : back_steps_) {
    const Step& step = steps_[back.step];
    const ops::BackwardNeeds needs = graph_->nodes[static_cast<std::size_t>(step.node)].op->needs();
    back.inputs.clear();
    back.outputs.clear();
    back.output_grads.clear();
    back.input_grads.clear();
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      ConstView input = read(step.inputs[i]);
      const bool constant = step.inputs[i] != kNoValue && value_of(step.inputs[i]).is_constant;
      if (!back.replaced && !constant && (needs.inputs >> i & 1U) == 0) input.data = nullptr;
      back.inputs.push_back(input);
    }
    for (std::size_t i = 0; i < step.outputs.size(); ++i) {
      ConstView output = read(step.outputs[i]);
      if (!back.replaced && (needs.outputs >> i & 1U) == 0) output.data = nullptr;
      back.outputs.push_back(output);
      const ValueId id = step.outputs[i];
      back.output_grads.push_back(id == kNoValue ? ConstView()
                                                 : ConstView(view(id, grad_storage_[static_cast<std::size_t>(id)])));
    }
    for (std::size_t i = 0; i < back.grad_buffers.size(); ++i) {
      back.input_grads.push_back(view(step.inputs[i], back.grad_buffers[i]));
    }
  }
}

std::vector<int> Plan::computed_nodes() const {
  std::vector<int> nodes;
  for (const Step& step : steps_) {
    if (!step.is_view) nodes.push_back(step.node);
  }
  return nodes;
}

View Plan::value(ValueId id) const {
  if (value_of(id).is_constant) return {shapes_[static_cast<std::size_t>(id)], value_of(id).constant->data.data()};
  return view(id, root(id));
}

View Plan::seed() const {
  return view(request_.y, grad_storage_[static_cast<std::size_t>(request_.y)]);
}

View Plan::gradient(ValueId x) const {
  return view(x, grad_storage_[static_cast<std::size_t>(x)]);
}

void Plan::forward() const {
  const auto at = [&](int buffer) -> void* {
    return buffer < 0 ? nullptr : block_ + buffers_[static_cast<std::size_t>(buffer)].offset;
  };
  for (const Step& step : steps_) {
    if (step.is_view) continue;
    const Node& node = graph_->nodes[static_cast<std::size_t>(step.node)];
    node.op->forward(
        {.inputs = step.input_views, .outputs = step.output_views, .saved = at(step.saved), .clamp = step.clamp});
    if (step.bits >= 0) {
      const View& y = step.output_views[0];
      kernels::clamp_bits(y.size(), y.data, step.clamp, static_cast<std::uint8_t*>(at(step.bits)));
    }
  }
}

void Plan::backward() const {
  for (const ValueId x : request_.x) {
    if (!on_path_[static_cast<std::size_t>(x)]) {
      const View zero = gradient(x);
      std::fill_n(zero.data, zero.size(), Scalar{0});
    }
  }
  for (const BackStep& back : back_steps_) {
    if (!back.is_view) run_back_step(back);
  }
}

void Plan::run_back_step(const BackStep& back) const {
  const auto at = [&](int buffer) -> const void* {
    return buffer < 0 ? nullptr : block_ + buffers_[static_cast<std::size_t>(buffer)].offset;
  };
  const Step& step = steps_[back.step];
  const Node& node = graph_->nodes[static_cast<std::size_t>(step.node)];
  const BackwardRule& rule = *request_.rule;
  ops::Backward context{.inputs = back.inputs,
                        .outputs = back.outputs,
                        .output_grads = back.output_grads,
                        .input_grads = back.input_grads,
                        .saved = at(step.saved)};
  const ConstView& dy = back.output_grads[0];
  if (back.replaced) {
    rule.replace(node, context);
  } else if (step.bits >= 0) {
    context.gate = rule.gate(static_cast<const std::uint8_t*>(at(step.bits)));
    node.op->backward(context);
  } else if (node.op->as_clamp()) {
    kernels::gate(dy.size(), dy.data, rule.gate(static_cast<const std::uint8_t*>(at(step.saved))),
                  back.input_grads[0].data);
  } else if (step.is_view) {
    std::copy_n(dy.data, dy.size(), back.input_grads[0].data);
  } else if (node.op->nonlinearity() == ops::Nonlinearity::Rectifier && rule.positive_only()) {
    // Nobody reads dy after this step, so its buffer may take the positive part.
    auto* positive = const_cast<Scalar*>(dy.data);
    kernels::gate(dy.size(), dy.data, {.positive_only = true}, positive);
    if (rule.uses_slope()) {
      node.op->backward(context);
    } else {
      std::copy_n(dy.data, dy.size(), back.input_grads[0].data);
    }
  } else {
    node.op->backward(context);
  }
  for (const Accumulation& sum : back.accumulations) {
    const View total = view(sum.value, grad_storage_[static_cast<std::size_t>(sum.value)]);
    kernels::accumulate(total.size(), back.input_grads[sum.slot].data, total.data);
  }
}

}  // namespace saliency::graph
