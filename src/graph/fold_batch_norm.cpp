#include "graph/fold_batch_norm.h"

#include <cmath>
#include <optional>
#include <set>

namespace saliency::graph {
namespace {

using Readers = std::map<std::string, int>;

Readers count_readers(const Network& network) {
  Readers readers;
  for (const NetworkNode& node : network.nodes) {
    for (const std::string& input : node.inputs) ++readers[input];
  }
  for (const NetworkInput& output : network.outputs) ++readers[output.name];
  return readers;
}

const Tensor* initializer(const Network& network, const std::string& name) {
  const auto it = network.initializers.find(name);
  return it == network.initializers.end() ? nullptr : &it->second;
}

// y = scale · x + shift, by channel. In double, so that each folded weight is rounded once.
struct Affine {
  std::vector<double> scale;
  std::vector<double> shift;
};

std::optional<Affine> affine_of(const Network& network, const NetworkNode& norm) {
  if (norm.inputs.size() != 5 || norm.attributes.integer("training_mode", 0) != 0 ||
      norm.attributes.integer("spatial", 1) != 1) {
    return std::nullopt;
  }
  const Tensor* parameters[4] = {};
  for (std::size_t i = 0; i < 4; ++i) {
    parameters[i] = initializer(network, norm.inputs[i + 1]);
    if (parameters[i] == nullptr || parameters[i]->size() != parameters[0]->size()) return std::nullopt;
  }
  const double epsilon = norm.attributes.real("epsilon", 1e-5);
  Affine affine;
  for (std::size_t c = 0; c < parameters[0]->data.size(); ++c) {
    const double variance = parameters[3]->data[c];
    const double scale = parameters[0]->data[c] / std::sqrt(variance + epsilon);
    affine.scale.push_back(scale);
    affine.shift.push_back(parameters[1]->data[c] - parameters[2]->data[c] * scale);
  }
  return affine;
}

// How the output channel follows from the position in a layer's weight: (i / inner) % channels, and for a grouped
// transposed convolution also from the group, which lies in the outermost axis.
struct ChannelOfWeight {
  std::int64_t inner = 1, channels = 1, per_group = 0, outer_per_group = 1;

  std::size_t operator()(std::int64_t i) const {
    const std::int64_t within = i / inner % channels;
    if (per_group == 0) return static_cast<std::size_t>(within);
    return static_cast<std::size_t>(i / (inner * channels) / outer_per_group * per_group + within);
  }
};

std::optional<ChannelOfWeight> channels_of(const NetworkNode& layer, const Tensor& weight) {
  const std::size_t rank = weight.shape.size();
  if (rank < 2) return std::nullopt;
  std::int64_t spatial = 1;
  for (std::size_t i = 2; i < rank; ++i) spatial *= weight.shape[i];
  if (layer.type == "Conv") return ChannelOfWeight{.inner = weight.shape[1] * spatial, .channels = weight.shape[0]};
  if (layer.type == "ConvTranspose") {
    const std::int64_t groups = layer.attributes.integer("group", 1);
    if (groups < 1 || weight.shape[0] % groups != 0) return std::nullopt;
    return ChannelOfWeight{.inner = spatial,
                           .channels = weight.shape[1],
                           .per_group = weight.shape[1],
                           .outer_per_group = weight.shape[0] / groups};
  }
  if (layer.type != "Gemm" || layer.attributes.real("alpha", 1) != 1 || layer.attributes.real("beta", 1) != 1) {
    return std::nullopt;
  }
  if (layer.attributes.integer("transB", 0) != 0)
    return ChannelOfWeight{.inner = weight.shape[1], .channels = weight.shape[0]};
  return ChannelOfWeight{.inner = 1, .channels = weight.shape[1]};
}

bool fold(Network& network, NetworkNode& layer, const NetworkNode& norm, Readers& readers) {
  if (layer.inputs.size() < 2 || layer.outputs.size() != 1) return false;
  const Tensor* weight = initializer(network, layer.inputs[1]);
  const bool has_bias = layer.inputs.size() > 2 && !layer.inputs[2].empty();
  const Tensor* bias = has_bias ? initializer(network, layer.inputs[2]) : nullptr;
  const auto affine = affine_of(network, norm);
  if (weight == nullptr || !affine || (has_bias && bias == nullptr)) return false;
  const std::size_t count = affine->scale.size();
  if (bias != nullptr && bias->data.size() != count) return false;
  const auto channel = channels_of(layer, *weight);
  if (!channel || (*channel)(weight->size() - 1) + 1 != count) return false;

  Tensor folded_bias(Shape{static_cast<std::int64_t>(count)});
  for (std::size_t c = 0; c < count; ++c) {
    const double scaled = bias != nullptr ? affine->scale[c] * bias->data[c] : 0;
    folded_bias.data[c] = static_cast<Scalar>(affine->shift[c] + scaled);
  }
  // Weights that another layer reads, too, are copied.
  Tensor folded_weight;
  if (readers[layer.inputs[1]] == 1) {
    folded_weight = std::move(network.initializers[layer.inputs[1]]);
  } else {
    folded_weight = *weight;
  }
  for (std::int64_t i = 0; i < folded_weight.size(); ++i) {
    Scalar& weight_value = folded_weight.data[static_cast<std::size_t>(i)];
    weight_value = static_cast<Scalar>(weight_value * affine->scale[(*channel)(i)]);
  }
  if (--readers[layer.inputs[1]] == 0) network.initializers.erase(layer.inputs[1]);

  const std::string kept = norm.outputs[0];
  network.folded[layer.outputs[0]] = {.kept = kept,
                                      .scale = std::vector<Scalar>(affine->scale.begin(), affine->scale.end()),
                                      .shift = std::vector<Scalar>(affine->shift.begin(), affine->shift.end())};
  layer.inputs.resize(3);
  layer.inputs[1] = kept + "/folded_weight";
  layer.inputs[2] = kept + "/folded_bias";
  layer.outputs[0] = kept;
  network.initializers[layer.inputs[1]] = std::move(folded_weight);
  network.initializers[layer.inputs[2]] = std::move(folded_bias);
  readers[layer.inputs[1]] = readers[layer.inputs[2]] = 1;
  return true;
}

}  // namespace

void fold_batch_norm(Network& network) {
  Readers readers = count_readers(network);
  std::map<std::string, std::size_t> maker;
  std::set<std::size_t> gone;
  for (std::size_t n = 0; n < network.nodes.size(); ++n) {
    const NetworkNode& node = network.nodes[n];
    if (node.type == "BatchNormalization" && !node.inputs.empty() && node.outputs.size() == 1) {
      const auto it = maker.find(node.inputs[0]);
      if (it != maker.end() && readers[node.inputs[0]] == 1 &&
          fold(network, network.nodes[it->second], node, readers)) {
        gone.insert(n);
        maker[node.outputs[0]] = it->second;
        continue;
      }
    }
    for (const std::string& output : node.outputs) maker[output] = n;
  }
  std::vector<NetworkNode> kept;
  for (std::size_t n = 0; n < network.nodes.size(); ++n) {
    if (gone.count(n) == 0) kept.push_back(std::move(network.nodes[n]));
  }
  network.nodes = std::move(kept);
}

}  // namespace saliency::graph
