// NetworkModel's part of FullGrad: which share of the score each layer's bias has.
//
// A network of layers and rectifiers is piecewise linear, f(x) = Σ x·∇x f + Σ_layers Σ b·∇b f. What an affine step
// makes of zeros is its bias, those of a folded or remaining batch normalisation included; a function other than a
// rectifier has the implicit bias f(a) − f'(a)·a (Srinivas & Fleuret, 2019, section 3.2), and so has a product:
// a·b − b·a − a·b = −a·b. A quotient has a/b − a/b + a/b.
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "saliency/network_model.h"
#include "saliency/plan_of_call.h"

namespace saliency {
namespace {

bool is_constant(const graph::Graph& graph, graph::ValueId id) {
  return id == graph::kNoValue || graph.values[static_cast<std::size_t>(id)].is_constant;
}

// The exact gradient, which notes bias · gradient of the steps that it goes back through.
class BiasRule final : public graph::BackwardRule {
 public:
  explicit BiasRule(const graph::Graph& graph) : graph_(graph) {}

  bool replaces(const graph::Node& node) const override {
    return is_affine(node) || is_product(node) || has_implicit_bias(node);
  }

  void replace(const graph::Node& node, const ops::Backward& context) const override {
    node.op->backward(context);
    const ConstView& gradient = context.output_grads[0];
    std::vector<Scalar> contribution(static_cast<std::size_t>(gradient.size()));
    if (is_affine(node)) {
      std::vector<ConstView> inputs(context.inputs.begin(), context.inputs.end());
      std::vector<std::vector<Scalar>> zeros;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (is_constant(graph_, node.inputs[i])) continue;
        zeros.emplace_back(static_cast<std::size_t>(inputs[i].size()), Scalar{0});
        inputs[i].data = zeros.back().data();
      }
      const View outputs[] = {View(gradient.shape, contribution.data())};
      node.op->forward({.inputs = inputs, .outputs = outputs});
      for (std::size_t i = 0; i < contribution.size(); ++i) contribution[i] *= gradient.data[i];
    } else if (is_product(node)) {
      const Scalar* y = context.outputs[0].data;
      const Scalar sign = node.type == "Div" ? 1 : -1;
      for (std::size_t i = 0; i < contribution.size(); ++i) contribution[i] = sign * gradient.data[i] * y[i];
    } else {
      const Scalar* a = context.inputs[0].data;
      const Scalar* y = context.outputs[0].data;
      const Scalar* back = context.input_grads[0].data;
      for (std::size_t i = 0; i < contribution.size(); ++i) contribution[i] = gradient.data[i] * y[i] - back[i] * a[i];
    }
    contributions[&node] = std::move(contribution);
  }

  mutable std::map<const graph::Node*, std::vector<Scalar>> contributions;

 private:
  // Linear in its computed inputs, with something added: layers, normalisations, sums with a constant.
  bool is_affine(const graph::Node& node) const {
    if (node.op->has_weights() || node.type == "BatchNormalization") return !is_constant(graph_, node.inputs[0]);
    return (node.type == "Add" || node.type == "Sub" || node.type == "Sum") && node.inputs.size() == 2 &&
           is_constant(graph_, node.inputs[0]) != is_constant(graph_, node.inputs[1]);
  }

  // Of two computed values, both of which have a gradient.
  bool is_product(const graph::Node& node) const {
    const bool multiplies = node.type == "Mul" || node.type == "Div" || node.type == "MatMul" ||
                            node.type == "FusedMatMul" || node.type == "Einsum";
    return multiplies && node.inputs.size() == 2 && !is_constant(graph_, node.inputs[0]) &&
           !is_constant(graph_, node.inputs[1]);
  }

  bool has_implicit_bias(const graph::Node& node) const {
    const bool normalises = node.type == "LayerNormalization" || node.type == "InstanceNormalization" ||
                            node.type == "GroupNormalization" || node.type == "LRN" || node.type == "Pow";
    if ((node.op->nonlinearity() == ops::Nonlinearity::None && !normalises) || node.inputs.empty() ||
        is_constant(graph_, node.inputs[0])) {
      return false;
    }
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
      if (!is_constant(graph_, node.inputs[i])) return false;
    }
    if (const auto clamp = node.op->as_clamp(); clamp && clamp->low == 0 && clamp->high > 1e30F) return false;
    const auto shape = [&](graph::ValueId id) { return graph_.values[static_cast<std::size_t>(id)].shape; };
    return shape(node.inputs[0]) == shape(node.outputs[0]);
  }

  const graph::Graph& graph_;
};

}  // namespace

Model::FullGradients NetworkModel::full_gradients(std::span<const Scalar> batch, const Target& target) {
  using Meaning = graph::Session::Meaning;
  check(target);
  const graph::Graph& graph = session_.graph();
  // ONNX's layout of a value, for those that the file names.
  std::map<graph::ValueId, graph::NamedTensor> named;
  for (const auto& [name, tensor] : graph.names) {
    if (tensor.scale.empty()) named[tensor.value] = tensor;
  }
  const auto size = static_cast<std::size_t>(element_count(output_shape_));
  std::map<const graph::Node*, std::size_t> places;
  FullGradients result;
  in_batches(sample_count(batch), [&](std::int64_t first, std::int64_t count) {
    const BiasRule rule(graph);
    graph::Request wanted = request(count);
    wanted.y = y_.value;
    wanted.x = {x_.value};
    wanted.rule = &rule;
    PlanOfCall planned(graph, wanted);
    feed(planned.plan, batch, first, count);
    planned.plan.forward();
    const std::vector<Scalar> y = session_.samples(y_, planned.plan.value(y_.value), count, Meaning::Value);
    std::vector<Scalar> seed(y.size());
    for (std::size_t i = 0; i < y.size(); i += size) {
      const std::span<Scalar> own = std::span(seed).subspan(i, size);
      result.scores.push_back(target_score(target, std::span(y).subspan(i, size), own));
    }
    session_.write_samples(y_, seed, count, Meaning::Gradient, planned.plan.seed());
    planned.plan.backward();
    const std::vector<Scalar> part = session_.samples(x_, planned.plan.gradient(x_.value), count, Meaning::Gradient);
    result.gradients.insert(result.gradients.end(), part.begin(), part.end());
    for (const graph::Node& node : graph.nodes) {
      const auto found = rule.contributions.find(&node);
      if (found == rule.contributions.end()) continue;
      const auto it = named.find(node.outputs[0]);
      const graph::NamedTensor tensor = it != named.end() ? it->second : graph::NamedTensor{.value = node.outputs[0]};
      const Shape shape = batched_shape(graph.values[static_cast<std::size_t>(tensor.value)], count);
      const std::vector<Scalar> samples =
          session_.samples(tensor, ConstView(shape, found->second.data()), count, Meaning::Value);
      const auto [place, added] = places.emplace(&node, result.layers.size());
      if (added) {
        result.layers.push_back({.name = node.name, .shape = session_.sample_shape(tensor), .contributions = {}});
      }
      std::vector<Scalar>& contributions = result.layers[place->second].contributions;
      contributions.insert(contributions.end(), samples.begin(), samples.end());
    }
  });
  return result;
}

}  // namespace saliency
