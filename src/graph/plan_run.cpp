// Running a plan: binding its views to a block of memory, then the steps forwards and backwards.
#include <algorithm>

#include "graph/plan.h"

namespace saliency::graph {

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

namespace {

// Runs f; tells the profile, if there is one, how long that took and what cost() says of it.
template <class F, class Cost>
void timed(Profile* profile, const F& f, const Cost& cost) {
  if (profile == nullptr) return f();
  const auto begin = Profile::Clock::now();
  f();
  const std::chrono::duration<double> time = Profile::Clock::now() - begin;
  NodeCost result = cost();
  result.seconds = time.count();
  profile->add(result);
}

template <class Views>
std::int64_t bytes_of(const Views& views) {
  std::int64_t values = 0;
  for (const auto& view : views) {
    if (view.data != nullptr) values += view.size();
  }
  return values * static_cast<std::int64_t>(sizeof(Scalar));
}

}  // namespace

NodeCost Plan::cost(const Step& step) const {
  NodeCost result{.node = step.node, .fused = step.clamp_node, .pass = Pass::Forward};
  result.flops = graph_->nodes[static_cast<std::size_t>(step.node)].op->flops(step.input_views, step.output_views);
  result.bytes = bytes_of(step.input_views) + bytes_of(step.output_views);
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {  // constants that were packed
    const ConstView& view = step.input_views[i];
    const bool packed = step.inputs[i] != kNoValue && value_of(step.inputs[i]).is_constant && view.data == nullptr;
    if (packed) result.bytes += view.size() * static_cast<std::int64_t>(sizeof(Scalar));
  }
  return result;
}

// An adjoint costs what the operator does.
NodeCost Plan::cost(const BackStep& back) const {
  NodeCost result = cost(steps_[back.step]);
  result.pass = Pass::Backward;
  return result;
}

void Plan::forward() const {
  for (const Step& step : steps_) {
    if (step.is_view) continue;
    timed(
        profile_, [&] { run_step(step); }, [&] { return cost(step); });
  }
}

void Plan::run_step(const Step& step) const {
  const auto at = [&](int buffer) -> void* {
    return buffer < 0 ? nullptr : block_ + buffers_[static_cast<std::size_t>(buffer)].offset;
  };
  const Node& node = graph_->nodes[static_cast<std::size_t>(step.node)];
  node.op->forward(
      {.inputs = step.input_views, .outputs = step.output_views, .saved = at(step.saved), .clamp = step.clamp});
  if (step.bits >= 0) {
    const View& y = step.output_views[0];
    kernels::clamp_bits(y.size(), y.data, step.clamp, static_cast<std::uint8_t*>(at(step.bits)));
  }
}

void Plan::backward(const BackwardRule& rule) const {
  for (const ValueId x : request_.x) {
    if (!on_path_[static_cast<std::size_t>(x)]) {
      const View zero = gradient(x);
      std::fill_n(zero.data, zero.size(), Scalar{0});
    }
  }
  for (const BackStep& back : back_steps_) {
    if (back.is_view) continue;
    timed(
        profile_, [&] { run_back_step(back, rule); }, [&] { return cost(back); });
  }
}

void Plan::run_back_step(const BackStep& back, const BackwardRule& rule) const {
  const auto at = [&](int buffer) -> const void* {
    return buffer < 0 ? nullptr : block_ + buffers_[static_cast<std::size_t>(buffer)].offset;
  };
  const Step& step = steps_[back.step];
  const Node& node = graph_->nodes[static_cast<std::size_t>(step.node)];
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
