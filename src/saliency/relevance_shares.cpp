// Letters: a input, z output, s = R / (z + ε·sign z). The channels are the last axis of z; so they are of a.
#include "saliency/relevance_shares.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "saliency/layer_weights.h"

namespace saliency {
namespace {

using Numbers = std::vector<Scalar>;

std::size_t count_of(const ConstView& view) {
  return static_cast<std::size_t>(view.size());
}

// R / (z + ε·sign z) with sign 0 = 1, and 0 where that divides by 0.
Scalar stabilised_quotient(Scalar relevance, Scalar z, double epsilon) {
  const double divisor = static_cast<double>(z) + (z < 0 ? -epsilon : epsilon);
  return divisor == 0 ? Scalar{0} : static_cast<Scalar>(static_cast<double>(relevance) / divisor);
}

Numbers stabilised_quotients(const Scalar* relevance, const Scalar* z, std::size_t count, double epsilon) {
  Numbers s(count);
  for (std::size_t i = 0; i < count; ++i) s[i] = stabilised_quotient(relevance[i], z[i], epsilon);
  return s;
}

// x(channel's scale) / scale, 0 for a channel that the normalisation switches off.
struct Unscale {
  const graph::NamedTensor* normalised;

  void divide(Numbers& values) const {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Scalar scale = normalised->scale[i % normalised->scale.size()];
      values[i] = scale == 0 ? Scalar{0} : values[i] / scale;
    }
  }
  void subtract_shift(Numbers& values) const {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] -= normalised->shift[i % normalised->shift.size()];
  }
};

bool is_sum(const graph::Node& node) {
  return node.type == "Add" || node.type == "Sum";
}

ops::WeightChange change_of(LayerRule::Weight weight, double gamma, const graph::NamedTensor* normalised) {
  using Weight = LayerRule::Weight;
  const auto own = [normalised](Scalar w, std::int64_t channel) {
    if (normalised == nullptr) return w;
    const Scalar scale = normalised->scale[static_cast<std::size_t>(channel)];
    return scale == 0 ? Scalar{0} : w / scale;
  };
  const auto favour = static_cast<Scalar>(gamma);
  switch (weight) {
    case Weight::Itself: return own;
    case Weight::Positive: return [own](Scalar w, std::int64_t c) { return std::max(own(w, c), Scalar{0}); };
    case Weight::Negative: return [own](Scalar w, std::int64_t c) { return std::min(own(w, c), Scalar{0}); };
    case Weight::One: return [](Scalar, std::int64_t) { return Scalar{1}; };
    case Weight::Square: return [own](Scalar w, std::int64_t c) { return own(w, c) * own(w, c); };
    case Weight::FavourPositive:
      return [own, favour](Scalar w, std::int64_t c) { return own(w, c) + favour * std::max(own(w, c), Scalar{0}); };
    case Weight::FavourNegative:
      return [own, favour](Scalar w, std::int64_t c) { return own(w, c) + favour * std::min(own(w, c), Scalar{0}); };
  }
  return own;
}

// One side of the box: given for all values or by channel, or else each sample's own extreme value.
Numbers side_of_box(const ConstView& a, std::int64_t samples, const std::vector<Scalar>& given, bool low) {
  Numbers side(count_of(a));
  const auto channels = static_cast<std::size_t>(a.shape.back());
  if (!given.empty()) {
    if (given.size() != 1 && given.size() != channels) {
      throw Error(ErrorCode::InvalidOption,
                  "the box has " + std::to_string(given.size()) + " values, the layer's input has " +
                      std::to_string(channels) + " channels",
                  {.expected = "1 or " + std::to_string(channels), .actual = std::to_string(given.size())});
    }
    for (std::size_t i = 0; i < side.size(); ++i) side[i] = given[i % given.size()];
    return side;
  }
  const std::int64_t size = a.size() / samples;
  for (std::int64_t n = 0; n < samples; ++n) {
    const Scalar* first = a.data + n * size;
    const Scalar extreme = low ? *std::min_element(first, first + size) : *std::max_element(first, first + size);
    std::fill_n(side.begin() + static_cast<std::ptrdiff_t>(n * size), size, extreme);
  }
  return side;
}

// Empty: zero everywhere, as the negative part of what a rectifier made.
Numbers changed_input(const ConstView& a, std::int64_t samples, LayerRule::Input input, const RelevanceRules& rules) {
  using Input = LayerRule::Input;
  Numbers changed(a.data, a.data + a.size());
  switch (input) {
    case Input::Itself: break;
    case Input::Positive:
      for (Scalar& value : changed) value = std::max(value, Scalar{0});
      break;
    case Input::Negative:
      for (Scalar& value : changed) value = std::min(value, Scalar{0});
      break;
    case Input::One: std::fill(changed.begin(), changed.end(), Scalar{1}); break;
    case Input::Low: changed = side_of_box(a, samples, rules.low, true); break;
    case Input::High: changed = side_of_box(a, samples, rules.high, false); break;
  }
  if (std::all_of(changed.begin(), changed.end(), [](Scalar value) { return value == 0; })) changed.clear();
  return changed;
}

// Runs an operator on a changed first input.
Numbers forward(const ops::Operator& op, const ops::Backward& context, const Scalar* a) {
  std::vector<ConstView> inputs(context.inputs.begin(), context.inputs.end());
  inputs[0].data = a;
  Numbers z(count_of(context.outputs[0]));
  const View outputs[] = {View(context.outputs[0].shape, z.data())};
  op.forward({.inputs = inputs, .outputs = outputs});
  return z;
}

// Goes back through an operator to its first input.
void backward(const ops::Operator& op, const ops::Backward& context, const Scalar* s, Scalar* result) {
  const ConstView output_grads[] = {ConstView(context.outputs[0].shape, s)};
  std::vector<View> input_grads(context.inputs.size());
  input_grads[0] = View(context.inputs[0].shape, result);
  ops::Backward changed = context;
  changed.output_grads = output_grads;
  changed.input_grads = input_grads;
  op.backward(changed);
}

struct Term {
  Numbers input;
  std::unique_ptr<ops::Operator> layer;
  double factor = 1;
};

bool is_selected(Scalar z, LayerRule::Outputs outputs) {
  return outputs == LayerRule::Outputs::All || (z < 0) == (outputs == LayerRule::Outputs::Negative);
}

}  // namespace

void share_linearly(const graph::Node& node, const RelevanceRules& rules, std::span<const double> shares,
                    const ops::Backward& context) {
  std::vector<ConstView> inputs(context.inputs.begin(), context.inputs.end());
  std::vector<View> wanted(context.input_grads.begin(), context.input_grads.end());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i]) continue;
    std::fill_n(wanted[i].data, wanted[i].size(), Scalar{0});
    if ((!shares.empty() && shares[i] == 0) || !node.op->has_gradient(i)) wanted[i].data = nullptr;
  }
  if (!context.output_grads[0] || std::none_of(wanted.begin(), wanted.end(), [](const View& v) { return bool{v}; })) {
    return;
  }
  const ConstView& z = context.outputs[0];
  Numbers sum(z.data, z.data + z.size());
  std::vector<Numbers> positive;
  if (rules.sums == RelevanceRules::Sums::Positive && is_sum(node)) {
    for (ConstView& input : inputs) {
      Numbers& part = positive.emplace_back(input.data, input.data + input.size());
      for (Scalar& value : part) value = std::max(value, Scalar{0});
      input.data = part.data();
    }
    const View outputs[] = {View(z.shape, sum.data())};
    node.op->forward({.inputs = inputs, .outputs = outputs});
  }
  const Numbers s = stabilised_quotients(context.output_grads[0].data, sum.data(), sum.size(), rules.epsilon);
  std::vector<ConstView> output_grads(context.output_grads.begin(), context.output_grads.end());
  output_grads[0].data = s.data();
  ops::Backward changed = context;
  changed.output_grads = output_grads;
  changed.input_grads = wanted;
  node.op->backward(changed);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i]) continue;
    const auto share = static_cast<Scalar>(shares.empty() ? 1 : shares[i]);
    for (std::int64_t k = 0; k < wanted[i].size(); ++k) wanted[i].data[k] *= share * inputs[i].data[k];
  }
}

void share_by_rule(const graph::Graph& graph, const graph::Node& node, const LayerRule& rule,
                   const RelevanceRules& rules, const graph::NamedTensor* normalised, const ops::Backward& context) {
  const ConstView& a = context.inputs[0];
  const View& result = context.input_grads[0];
  const std::size_t count = count_of(context.outputs[0]);
  Numbers z(context.outputs[0].data, context.outputs[0].data + count);
  Numbers relevance(context.output_grads[0].data, context.output_grads[0].data + count);
  if (normalised != nullptr) {
    // Through the normalisation y = scale · z + shift first, by the ε-rule: R_z = z · scale · R / (y + ε·sign y).
    relevance = stabilised_quotients(relevance.data(), z.data(), count, rules.epsilon);
    Unscale{normalised}.subtract_shift(z);
    for (std::size_t i = 0; i < count; ++i) relevance[i] *= z[i];
    Unscale{normalised}.divide(z);
  }
  if (rule.groups.empty()) {
    Numbers s = stabilised_quotients(relevance.data(), z.data(), count, rule.epsilon);
    if (normalised != nullptr) Unscale{normalised}.divide(s);
    backward(*node.op, context, s.data(), result.data);
    for (std::int64_t i = 0; i < a.size(); ++i) result.data[i] *= a.data[i];
    return;
  }

  const std::vector<ConstView> constants = constant_inputs(graph, node);
  const std::int64_t samples =
      graph.values[static_cast<std::size_t>(node.inputs[0])].batch_axis == 0 ? a.shape.front() : 1;
  Numbers bias;  // what the layer makes of zeros
  if (std::any_of(rule.groups.begin(), rule.groups.end(), [](const auto& group) { return group.bias.has_value(); })) {
    bias = forward(*node.op, context, Numbers(count_of(a), Scalar{0}).data());
    if (normalised != nullptr) {
      Unscale{normalised}.subtract_shift(bias);
      Unscale{normalised}.divide(bias);
    }
  }
  std::vector<double> total(count_of(a), 0.0);
  Numbers contribution(count_of(a));
  for (const LayerRule::Group& group : rule.groups) {
    std::vector<Term> terms;
    Numbers sum(count, Scalar{0});
    for (const LayerRule::Term& part : group.terms) {
      Numbers input = changed_input(a, samples, part.input, rules);
      if (input.empty()) continue;
      const auto change = change_of(part.weight, rule.gamma, normalised);
      Term term{std::move(input), node.op->with_weights(constants, change), group.factor * double{part.sign}};
      const Numbers made = forward(*term.layer, context, term.input.data());
      for (std::size_t i = 0; i < count; ++i) sum[i] += part.sign * made[i];
      terms.push_back(std::move(term));
    }
    if (group.bias) {
      const auto change = change_of(*group.bias, rule.gamma, nullptr);
      for (std::size_t i = 0; i < count; ++i) sum[i] += change(bias[i], 0);
    }
    Numbers s = stabilised_quotients(relevance.data(), sum.data(), count, rule.epsilon);
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_selected(z[i], group.outputs)) s[i] = 0;
    }
    for (const Term& term : terms) {
      backward(*term.layer, context, s.data(), contribution.data());
      for (std::size_t i = 0; i < total.size(); ++i) {
        total[i] += term.factor * static_cast<double>(term.input[i]) * static_cast<double>(contribution[i]);
      }
    }
  }
  std::transform(total.begin(), total.end(), result.data, [](double value) { return static_cast<Scalar>(value); });
}

}  // namespace saliency
