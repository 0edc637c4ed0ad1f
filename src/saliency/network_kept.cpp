// NetworkModel's part for several maps of the same images: the forward pass stays, and each target and rule goes back
// from it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "saliency/network_model.h"
#include "saliency/network_rules.h"

namespace saliency {
namespace {

// Gradients that are read out and kept for the next method that asks for the same.
constexpr std::size_t kGradientBytes = std::size_t{32} << 20;

bool same(std::span<const Scalar> a, const std::vector<Scalar>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

std::size_t NetworkModel::expect(const Expected& tensor) {
  const auto found =
      std::find_if(expected_.begin(), expected_.end(), [&](const Expected& one) { return one.key == tensor.key; });
  const auto index = static_cast<std::size_t>(found - expected_.begin());
  if (found == expected_.end()) expected_.push_back(tensor);
  return index;
}

void NetworkModel::expect_input_gradient() {
  if (activations_ == Activations::Kept) expect({kInput, x_});
}

void NetworkModel::expect_layer(const std::string& name) {
  if (activations_ == Activations::Kept) expect(layer_named(name));
}

const std::vector<Scalar>* NetworkModel::known_outputs(std::span<const Scalar> batch) const {
  if (activations_ == Activations::Released) return nullptr;
  if (kept_ && same(batch, kept_->batch)) return &kept_->y;
  const auto found =
      std::find_if(known_.begin(), known_.end(), [&](const Known& known) { return same(batch, known.batch); });
  return found == known_.end() ? nullptr : &found->y;
}

// The last forward pass, if it was of these samples and is still there, or a new one.
NetworkModel::Kept& NetworkModel::kept(std::span<const Scalar> samples, std::int64_t count) {
  const auto add = [](std::vector<graph::ValueId>& ids, graph::ValueId id) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  };
  graph::Request wanted = request(count);
  wanted.y = y_.value;
  wanted.repeat_backward = true;
  for (const Expected& one : expected_) {
    add(wanted.x, one.tensor.value);
    add(wanted.outputs, one.tensor.value);
  }
  if (kept_ && kept_->handed_out == session_.plans_handed_out() && kept_->request == wanted &&
      same(samples, kept_->batch)) {
    return *kept_;
  }
  kept_.reset();
  graph::Plan& plan = session_.plan(wanted);
  feed(plan, samples, 0, count);
  plan.forward();
  passes_.forward += count;
  kept_.emplace(Kept{.request = std::move(wanted),
                     .batch = {samples.begin(), samples.end()},
                     .y = session_.samples(y_, plan.value(y_.value), count, graph::Session::Meaning::Value),
                     .plan = &plan,
                     .handed_out = session_.plans_handed_out(),
                     .gradients = {}});
  return *kept_;
}

NetworkModel::Point NetworkModel::evaluated_from_kept(std::span<const Scalar> samples, std::int64_t count,
                                                      const Target& target, BackwardRule rule, const Expected& x,
                                                      Want want) {
  using Meaning = graph::Session::Meaning;
  const std::size_t index = expect(x);
  Kept& pass = kept(samples, count);
  const auto size = static_cast<std::size_t>(element_count(output_shape_));
  Point point;
  const std::vector<Scalar> seed = seed_of(target, pass.y, size, point.scores);
  if (want == Want::Activations) {
    point.activations = session_.samples(x.tensor, pass.plan->value(x.tensor.value), count, Meaning::Value);
  }
  const auto known = std::find_if(pass.gradients.begin(), pass.gradients.end(),
                                  [&](const Gradients& one) { return one.rule == rule && one.target == target; });
  if (known != pass.gradients.end()) {
    point.gradients = known->values[index];
    return point;
  }
  session_.write_samples(y_, seed, count, Meaning::Gradient, pass.plan->seed());
  pass.plan->backward(rule_of(rule));
  passes_.backward += count;
  Gradients made{.target = target, .rule = rule, .values = {}};
  std::size_t bytes = 0;
  for (const Expected& one : expected_) {
    made.values.push_back(
        session_.samples(one.tensor, pass.plan->gradient(one.tensor.value), count, Meaning::Gradient));
    bytes += made.values.back().size() * sizeof(Scalar);
  }
  point.gradients = made.values[index];
  if ((pass.gradients.size() + 1) * bytes > kGradientBytes) pass.gradients.clear();
  pass.gradients.push_back(std::move(made));
  return point;
}

}  // namespace saliency
