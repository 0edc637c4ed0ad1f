// Normalisations that exporters write with means:
//   d = x − mean(x)    y = d / √(mean(d²) + ε) · scale + bias
// or, as TensorFlow does, with r = scale / √(mean(d²) + ε):    y = x · r +
// (bias − mean(x) · r) Over the last axes that is LayerNormalization, or
// InstanceNormalization where scale and bias go by channel; over the channels
// of an n×c×h×w image it is LayerNormalization between two transposes, which
// lowering cancels.
#include <algorithm>

#include "graph/fusion/affine.h"
#include "graph/fusion/fuse.h"

namespace saliency::graph {
namespace {

using Integers = std::vector<std::int64_t>;

struct Core {
  std::string x;
  Integers axes;
  double epsilon = 0;
  Parts parts;
};

std::optional<Integers> axes_of_mean(const Matcher& matcher, const NetworkNode& mean) {
  if (mean.attributes.integer("keepdims", 1) == 0) return std::nullopt;
  Integers axes = mean.attributes.integers("axes", {});
  if (axes.empty() && mean.inputs.size() > 1) {
    const Tensor* tensor = matcher.initializer(mean.inputs[1]);
    if (tensor == nullptr) return std::nullopt;
    for (const Scalar axis : tensor->data) axes.push_back(static_cast<std::int64_t>(axis));
  }
  if (axes.empty()) return std::nullopt;
  std::sort(axes.begin(), axes.end());
  return axes;
}

void add_part(Parts& parts, const NetworkNode* node) {
  if (std::find(parts.begin(), parts.end(), node) == parts.end()) parts.push_back(node);
}

// name = x − mean(x)
bool is_deviation(const Matcher& matcher, const std::string& name, Core& core) {
  const NetworkNode* difference = matcher.maker(name, "Sub");
  const NetworkNode* mean = difference != nullptr ? matcher.maker(difference->inputs[1], "ReduceMean") : nullptr;
  if (mean == nullptr || mean->inputs[0] != difference->inputs[0]) return false;
  const auto axes = axes_of_mean(matcher, *mean);
  if (!axes || (!core.x.empty() && (core.x != mean->inputs[0] || core.axes != *axes))) return false;
  core.x = mean->inputs[0];
  core.axes = *axes;
  add_part(core.parts, difference);
  add_part(core.parts, mean);
  return true;
}

// name = mean((x − mean(x))²) + ε
bool is_variance(const Matcher& matcher, const std::string& name, Core& core) {
  const Matcher::Shifted sum = matcher.shifted(name);
  const NetworkNode* mean = matcher.maker(sum.x, "ReduceMean");
  if (mean == nullptr || sum.shift < 0 || axes_of_mean(matcher, *mean) != core.axes) return false;
  const NetworkNode* square = matcher.maker(mean->inputs[0]);
  if (square == nullptr || square->inputs.size() != 2) return false;
  const bool product = square->type == "Mul" && square->inputs[0] == square->inputs[1];
  const bool power = square->type == "Pow" && matcher.scalar(square->inputs[1]) == 2;
  core.epsilon = sum.shift;
  core.parts.insert(core.parts.end(), sum.parts.begin(), sum.parts.end());
  core.parts.push_back(mean);
  core.parts.push_back(square);
  return (product || power) && is_deviation(matcher, square->inputs[0], core);
}

// name = √variance, or one over that
bool is_deviation_scale(const Matcher& matcher, const std::string& name, double exponent, Core& core) {
  const NetworkNode* node = matcher.maker(name);
  if (node == nullptr) return false;
  core.parts.push_back(node);
  if (node->type == "Pow") {
    return matcher.scalar(node->inputs[1]) == exponent && is_variance(matcher, node->inputs[0], core);
  }
  if (exponent > 0) return node->type == "Sqrt" && is_variance(matcher, node->inputs[0], core);
  const bool quotient = node->type == "Div" && matcher.scalar(node->inputs[0]) == 1;
  if (!quotient && node->type != "Reciprocal") return false;
  return is_deviation_scale(matcher, node->inputs[quotient ? 1 : 0], 0.5, core);
}

std::optional<Core> core_of(const Matcher& matcher, const std::string& name) {
  const NetworkNode* last = matcher.maker(name);
  if (last == nullptr || last->inputs.size() != 2) return std::nullopt;
  const bool quotient = last->type == "Div";
  if (!quotient && last->type != "Mul") return std::nullopt;
  for (std::size_t i = 0; i < (quotient ? 1U : 2U); ++i) {
    Core core{.parts = {last}};
    if (!is_deviation(matcher, last->inputs[i], core)) continue;
    if (is_deviation_scale(matcher, last->inputs[1 - i], quotient ? 0.5 : -0.5, core)) return core;
  }
  return std::nullopt;
}

// How many axes at the end the mean goes over; 0: others. With axes counted
// from the front the rank follows.
std::size_t trailing_axes(const Integers& axes, std::size_t& rank) {
  for (std::size_t i = 1; i < axes.size(); ++i) {
    if (axes[i] != axes[i - 1] + 1) return 0;
  }
  if (axes.front() < 0) return axes.back() == -1 ? axes.size() : 0;
  rank = static_cast<std::size_t>(axes.back()) + 1;
  return axes.size();
}

// scale and bias for each channel, as constants of the match; nothing if one
// has another shape.
struct ChannelParameters {
  Tensor scale, bias;
};
std::optional<ChannelParameters> by_channel(const Matcher& matcher, const Affine& affine, std::size_t ones) {
  const Tensor* scale = affine.scale.empty() ? nullptr : channel_values(matcher, affine.scale, ones);
  const Tensor* bias = affine.bias.empty() ? nullptr : channel_values(matcher, affine.bias, ones);
  if ((scale == nullptr) != affine.scale.empty() || (bias == nullptr) != affine.bias.empty()) return std::nullopt;
  if (scale == nullptr && bias == nullptr) return std::nullopt;
  const std::size_t count = (scale != nullptr ? scale : bias)->data.size();
  return ChannelParameters{as_vector(scale, count, 1), as_vector(bias, count, 0)};
}

bool fits(const Matcher& matcher, const std::string& name, std::size_t axes) {
  return name.empty() || matcher.initializer(name)->shape.size() <= axes;
}

// The positive number of axes 1 of n×c×h×w.
bool is_channel_axis(const Integers& axes) {
  return axes == Integers{1} || axes == Integers{-3};
}

Match over_channels(const Core& core, const std::string& name, ChannelParameters parameters, Parts parts) {
  const std::string scale = name + "/fused_scale", bias = name + "/fused_bias", moved = name + "/channels_last",
                    normalized = name + "/normalized";
  NetworkNode to{.type = "Transpose", .attributes = {{"perm", Integers{0, 2, 3, 1}}}, .inputs = {core.x}};
  NetworkNode norm{.type = "LayerNormalization",
                   .attributes = {{"axis", std::int64_t{-1}}, {"epsilon", core.epsilon}},
                   .inputs = {moved, scale, bias}};
  NetworkNode back{.type = "Transpose", .attributes = {{"perm", Integers{0, 3, 1, 2}}}, .inputs = {normalized}};
  to.outputs = {moved};
  norm.outputs = {normalized};
  return {{to, norm, back},
          std::move(parts),
          4,
          {{scale, std::move(parameters.scale)}, {bias, std::move(parameters.bias)}}};
}

struct Normalization {
  Core core;
  Affine affine;
};

std::optional<Normalization> spread(const Matcher& matcher, const NetworkNode& last) {
  Affine affine = graph::affine(matcher, last.outputs[0]);
  auto core = core_of(matcher, affine.x);
  if (!core) return std::nullopt;
  core->parts.insert(core->parts.begin(), affine.parts.begin(), affine.parts.end());
  return Normalization{std::move(*core), std::move(affine)};
}

// x · r + (bias − mean · r)
std::optional<Normalization> multiplied_out(const Matcher& matcher, const NetworkNode& sum) {
  if (sum.type != "Add") return std::nullopt;
  for (std::size_t i = 0; i < 2; ++i) {
    const NetworkNode *product = matcher.maker(sum.inputs[i], "Mul"), *shift = matcher.maker(sum.inputs[1 - i], "Sub");
    const NetworkNode* centre = shift != nullptr ? matcher.maker(shift->inputs[1], "Mul") : nullptr;
    if (product == nullptr || centre == nullptr || matcher.initializer(shift->inputs[0]) == nullptr) continue;
    for (std::size_t k = 0; k < 4; ++k) {
      const std::string &x = product->inputs[k % 2], &r = product->inputs[1 - k % 2];
      const NetworkNode* mean = matcher.maker(centre->inputs[k / 2], "ReduceMean");
      if (centre->inputs[1 - k / 2] != r || mean == nullptr || mean->inputs[0] != x) continue;
      const auto axes = axes_of_mean(matcher, *mean);
      if (!axes) continue;
      Core core{.x = x, .axes = *axes, .parts = {&sum, product, shift, centre, mean}};
      Affine affine{.bias = shift->inputs[0]};
      std::string root = r;
      const NetworkNode* scaled = matcher.maker(r, "Mul");
      if (const auto scale = scaled != nullptr ? matcher.with_constant(*scaled) : std::nullopt) {
        affine.scale = scale->constant;
        root = scale->x;
        core.parts.push_back(scaled);
      }
      if (is_deviation_scale(matcher, root, -0.5, core)) return Normalization{std::move(core), std::move(affine)};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Match> match_normalization(const Matcher& matcher, const NetworkNode& last) {
  auto found = spread(matcher, last);
  if (!found) found = multiplied_out(matcher, last);
  if (!found) return std::nullopt;
  const std::string& name = last.outputs[0];
  const Core& core = found->core;
  const Affine& affine = found->affine;
  std::size_t rank = 0;
  const std::size_t axes = trailing_axes(core.axes, rank);
  if (axes > 0 && fits(matcher, affine.scale, axes) && fits(matcher, affine.bias, axes)) {
    NetworkNode node{.type = "LayerNormalization",
                     .attributes = {{"axis", -static_cast<std::int64_t>(axes)}, {"epsilon", core.epsilon}},
                     .inputs = {core.x, affine.scale, affine.bias}};
    while (node.inputs.back().empty()) node.inputs.pop_back();
    return Match{{std::move(node)}, core.parts, rank};
  }
  const bool over_image = axes > 0 && (rank == 0 || rank == axes + 2);
  if (!over_image && !is_channel_axis(core.axes)) return std::nullopt;
  auto parameters = by_channel(matcher, affine, over_image ? axes : 2);
  if (!parameters) return std::nullopt;
  if (!over_image) return over_channels(core, name, std::move(*parameters), core.parts);
  const std::string scale = name + "/fused_scale", bias = name + "/fused_bias";
  NetworkNode node{
      .type = "InstanceNormalization", .attributes = {{"epsilon", core.epsilon}}, .inputs = {core.x, scale, bias}};
  return Match{{std::move(node)},
               core.parts,
               axes + 2,
               {{scale, std::move(parameters->scale)}, {bias, std::move(parameters->bias)}}};
}

}  // namespace saliency::graph
