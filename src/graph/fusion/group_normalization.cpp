// GroupNormalization as PyTorch exports it: each group becomes one channel of an InstanceNormalization.
//   Reshape(x, [0, g, −1]) → InstanceNormalization(s, b) → Reshape to x's shape → · weight → + bias
// s and b of the groups go into weight and bias of the channels: s·weight and b·weight + bias.
#include "graph/fusion/affine.h"
#include "graph/fusion/fuse.h"

namespace saliency::graph {

std::optional<Match> match_group_normalization(const Matcher& matcher, const NetworkNode& last) {
  const std::string& name = last.outputs[0];
  const Affine affine = graph::affine(matcher, name);
  const NetworkNode* back = matcher.maker(affine.x, "Reshape");
  const NetworkNode* norm = back != nullptr ? matcher.maker(back->inputs[0], "InstanceNormalization") : nullptr;
  const NetworkNode* split = norm != nullptr ? matcher.maker(norm->inputs[0], "Reshape") : nullptr;
  if (split == nullptr || norm->inputs.size() != 3) return std::nullopt;
  const Tensor *shape = matcher.initializer(split->inputs[1]), *group_scale = matcher.initializer(norm->inputs[1]),
               *group_bias = matcher.initializer(norm->inputs[2]);
  if (shape == nullptr || group_scale == nullptr || group_bias == nullptr) return std::nullopt;
  const std::size_t groups = group_scale->data.size();
  const bool keeps_samples = shape->data.size() == 3 && (shape->data[0] == 0 || shape->data[0] == 1) &&
                             shape->data[1] == static_cast<Scalar>(groups);
  if (!keeps_samples || groups == 0 || group_bias->data.size() != groups) return std::nullopt;

  const Tensor* weight = affine.scale.empty() ? nullptr : channel_values(matcher, affine.scale, 2);
  const Tensor* added = affine.bias.empty() ? nullptr : channel_values(matcher, affine.bias, 2);
  if ((weight == nullptr) != affine.scale.empty() || (added == nullptr) != affine.bias.empty()) return std::nullopt;
  const Tensor* by_channel = weight != nullptr ? weight : added;
  const std::size_t channels = by_channel != nullptr ? by_channel->data.size() : groups;
  if (channels % groups != 0 || (added != nullptr && added->data.size() != channels)) return std::nullopt;
  Tensor scale = as_vector(weight, channels, 1), bias = as_vector(added, channels, 0);
  for (std::size_t c = 0; c < channels; ++c) {
    const std::size_t group = c / (channels / groups);
    bias.data[c] += group_bias->data[group] * scale.data[c];
    scale.data[c] *= group_scale->data[group];
  }

  NetworkNode node{.type = "GroupNormalization",
                   .attributes = {{"num_groups", static_cast<std::int64_t>(groups)},
                                  {"epsilon", norm->attributes.real("epsilon", 1e-5)}},
                   .inputs = {split->inputs[0], name + "/fused_scale", name + "/fused_bias"}};
  Parts parts = affine.parts;
  parts.insert(parts.end(), {back, norm, split});
  return Match{{std::move(node)},
               std::move(parts),
               by_channel == nullptr ? 0U : 4U,
               {{name + "/fused_scale", std::move(scale)}, {name + "/fused_bias", std::move(bias)}}};
}

}  // namespace saliency::graph
