// Which nodes can be computed by rectangles, and what the rest of the graph needs of them.
#include "graph/regions.h"

#include <algorithm>

#include "ops/transpose.h"

namespace saliency::graph {
namespace {

// Rectangles that cover more than this share of a layer are not worth their copies.
constexpr double kMostly = 0.85;

std::size_t at(ValueId id) {
  return static_cast<std::size_t>(id);
}

// Most outputs that `changed` inputs in a row reach, the image's edge aside.
std::int64_t most_reached(const ops::Reach::Axis& axis, std::int64_t changed) {
  return (changed + axis.span - 2) / axis.stride + 1;
}

// What is left, on average, of a line of `changed` pixels anywhere on one of `size` pixels, cut at both ends:
// the mean over 0 ≤ u < size of min(size, u + changed/2) − max(0, u − changed/2), by size.
double mean_share(std::int64_t changed, std::int64_t size) {
  const double s = static_cast<double>(size), half = std::min(s, static_cast<double>(changed) / 2);
  const double mean_end = ((s - half) * (s - half) / 2 + half * (s - half) + half * s) / s;
  return (2 * mean_end - s) / s;
}

}  // namespace

Regions::Regions(const Graph& graph, Image image, ValueId y, const std::vector<ValueId>& fed, const Rect& largest)
    : graph_(&graph), image_(image) {
  changes_.resize(graph.values.size());
  bases_.resize(graph.values.size());
  tiles_.resize(graph.values.size());
  changes_[at(image.x)] = {Part::Local, image.height_axis, image.width_axis, largest.height, largest.width};
  choose_steps(y, fed);
  choose_frontier(y);
  for (const Step& step : steps_) {
    kept_.push_back(step.output);
    for (const ValueId id : step.node->inputs) {
      if (id != kNoValue && !value(id).is_constant && !contains(kept_, id)) kept_.push_back(id);
    }
  }
}

void Regions::choose_steps(ValueId y, const std::vector<ValueId>& fed) {
  needed_.assign(graph_->nodes.size(), false);
  uses_.assign(graph_->values.size(), 0);
  std::vector<ValueId> open = {y};
  while (!open.empty()) {
    const ValueId id = open.back();
    open.pop_back();
    if (value(id).producer < 0 || value(id).is_constant || id == image_.x || contains(fed, id)) continue;
    const auto index = static_cast<std::size_t>(value(id).producer);
    if (needed_[index]) continue;
    needed_[index] = true;
    for (const ValueId input : graph_->nodes[index].inputs) {
      if (input == kNoValue) continue;
      ++uses_[at(input)];
      open.push_back(input);
    }
  }
  std::vector<bool> done(graph_->nodes.size(), false);  // as part of the node in front
  for (std::size_t n = 0; n < graph_->nodes.size(); ++n) {
    if (needed_[n] && !done[n]) choose_step(n, y, done);
  }
}

void Regions::choose_step(std::size_t position, ValueId y, std::vector<bool>& done) {
  const Node& node = graph_->nodes[position];
  bool local = false, whole = false;
  for (const ValueId id : node.inputs) {
    if (id == kNoValue) continue;
    local = local || change(id).part == Part::Local;
    whole = whole || change(id).part == Part::Whole;
  }
  if (!local && !whole) return;
  Step step{.node = &node, .output = node.outputs[0]};
  const bool alone = std::all_of(node.outputs.begin() + 1, node.outputs.end(),
                                 [&](ValueId id) { return id == kNoValue || uses_[at(id)] == 0; });
  if (!whole && alone && step.output != kNoValue && value(step.output).batch_axis == 0 &&
      value(step.output).shape[0] == 1 && (choose_local(step) || choose_mean(step))) {
    fuse_clamp(position, y, step, done);
    steps_.push_back(step);
    return;
  }
  for (const ValueId id : node.outputs) {
    if (id != kNoValue) changes_[at(id)].part = Part::Whole;
  }
}

// Post: when true, `step` is complete and the change of its output is known.
bool Regions::choose_local(Step& step) {
  const Node& node = *step.node;
  const auto first = std::find_if(node.inputs.begin(), node.inputs.end(),
                                  [&](ValueId id) { return id != kNoValue && change(id).part == Part::Local; });
  Change to = change(*first);
  if (const auto* transpose = dynamic_cast<const ops::TransposeOperator*>(node.op.get())) {
    const std::vector<int>& order = transpose->permutation();
    if (order[0] != 0) return false;
    step.kind = Kind::Transpose;
    to.height_axis = static_cast<int>(std::find(order.begin(), order.end(), to.height_axis) - order.begin());
    to.width_axis = static_cast<int>(std::find(order.begin(), order.end(), to.width_axis) - order.begin());
    changes_[at(step.output)] = to;
    return true;
  }
  const auto reach = node.op->reach(to.height_axis, to.width_axis);
  if (!reach || value(step.output).shape.size() != value(*first).shape.size()) return false;
  step.reach = *reach;
  to.height = to.width = 0;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId id = node.inputs[i];
    if (id == kNoValue) continue;
    if (!fits(step, i, change(*first))) return false;
    if (change(id).part != Part::Local) continue;
    // About: rectangles of one change overlap, and mostly the larger one holds the others.
    to.height = std::max(to.height, change(id).height);
    to.width = std::max(to.width, change(id).width);
  }
  const Rect output = whole(step.output, to);
  to.height = most_reached(reach->height, to.height);
  to.width = most_reached(reach->width, to.width);
  if (mean_share(to.height, output.height) * mean_share(to.width, output.width) > kMostly) return false;
  changes_[at(step.output)] = to;
  return true;
}

// Whether an input is a changed image like `from`, an image that stays the same, or shared by all pixels.
bool Regions::fits(const Step& step, std::size_t input, const Change& from) const {
  const ValueId id = step.node->inputs[input];
  const bool changed = change(id).part == Part::Local;
  if (changed && (change(id).height_axis != from.height_axis || change(id).width_axis != from.width_axis)) return false;
  if (!step.node->op->pulls_all_inputs()) return input == 0 ? changed : value(id).is_constant;
  if (is_image(id, from))
    return value(id).shape.size() == value(step.output).shape.size() && whole(id, from) == whole(step.output, from);
  if (changed) return false;
  // Aligned from the back, as broadcasting is.
  const Shape& shape = value(id).shape;
  const auto size = [&](int axis) {
    const auto missing =
        static_cast<std::ptrdiff_t>(value(step.output).shape.size()) - static_cast<std::ptrdiff_t>(shape.size());
    return axis < missing ? 1 : shape[static_cast<std::size_t>(axis - missing)];
  };
  return size(from.height_axis) == 1 && size(from.width_axis) == 1;
}

// The mean over all pixels follows from the image's own by the difference.
bool Regions::choose_mean(Step& step) {
  if (step.node->type != "GlobalAveragePool") return false;
  const Change& from = change(step.node->inputs[0]);
  if (from.height_axis != 1 || from.width_axis != 2 || value(step.node->inputs[0]).shape.size() != 4) return false;
  step.kind = Kind::Mean;
  changes_[at(step.output)].part = Part::Whole;
  return true;
}

// As Plan does: a rectifier is fused when it alone reads what the operator in front makes.
void Regions::fuse_clamp(std::size_t position, ValueId y, Step& step, std::vector<bool>& done) {
  if (step.kind != Kind::Local || !step.node->op->fuses_clamp() || uses_[at(step.output)] != 1 || step.output == y) {
    return;
  }
  for (std::size_t n = position + 1; n < graph_->nodes.size(); ++n) {
    const Node& next = graph_->nodes[n];
    if (!needed_[n] || !contains(next.inputs, step.output)) continue;
    const auto clamp = next.op->as_clamp();
    if (!clamp || next.inputs[0] != step.output) return;
    step.clamp = *clamp;
    done[n] = true;
    changes_[at(next.outputs[0])] = change(step.output);
    step.output = next.outputs[0];
    return;
  }
}

void Regions::choose_frontier(ValueId y) {
  std::vector<bool> made(graph_->values.size(), false);
  for (const Step& step : steps_) made[at(step.output)] = true;
  made[at(image_.x)] = true;
  const auto add = [&](ValueId id) {
    if (id != kNoValue && made[at(id)] && !contains(frontier_, id)) frontier_.push_back(id);
  };
  for (std::size_t n = 0; n < graph_->nodes.size(); ++n) {
    const Node& node = graph_->nodes[n];
    const bool by_steps = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId id) {
      return id != kNoValue && (made[at(id)] || change(id).part != Part::Whole);
    });
    if (!needed_[n] || by_steps) continue;
    for (const ValueId id : node.inputs) add(id);
  }
  add(y);
}

bool Regions::is_image(ValueId id, const Change& like) const {
  const Shape& shape = value(id).shape;
  const auto rank = static_cast<int>(shape.size());
  if (like.height_axis >= rank || like.width_axis >= rank || shape[0] != 1) return false;
  const Rect size = whole(id, like);
  return size.height > 1 || size.width > 1;
}

Rect Regions::whole(ValueId id, const Change& axes) const {
  const Shape& shape = value(id).shape;
  return {0, 0, shape[static_cast<std::size_t>(axes.height_axis)], shape[static_cast<std::size_t>(axes.width_axis)]};
}

}  // namespace saliency::graph
