#include "saliency/cam_layer.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <vector>

#include "base/error.h"

namespace saliency {
namespace {

using graph::Graph;
using graph::kNoValue;
using graph::NamedTensor;
using graph::ValueId;

int producer_of(const Graph& graph, ValueId id) {
  return graph.values[static_cast<std::size_t>(id)].producer;
}

// By value: what y is computed from, going back no further than `stop`.
std::vector<bool> ancestors(const Graph& graph, ValueId y, ValueId stop = kNoValue) {
  std::vector<bool> found(graph.values.size(), false);
  std::vector<ValueId> open{y};
  while (!open.empty()) {
    const ValueId id = open.back();
    open.pop_back();
    if (id == kNoValue || found[static_cast<std::size_t>(id)]) continue;
    found[static_cast<std::size_t>(id)] = true;
    const int producer = producer_of(graph, id);
    if (producer < 0 || id == stop) continue;
    const graph::Node& node = graph.nodes[static_cast<std::size_t>(producer)];
    open.insert(open.end(), node.inputs.begin(), node.inputs.end());
  }
  return found;
}

// Whether y is reached from the inputs through `layer` only.
bool is_passed_by_all(const Graph& graph, ValueId y, ValueId layer) {
  const std::vector<bool> found = ancestors(graph, y, layer);
  for (const graph::GraphInput& input : graph.inputs) {
    if (found[static_cast<std::size_t>(input.value)] && input.value != layer) return false;
  }
  return true;
}

// Of tensors of image operators, which lie in memory as n×h×w×c; attention's {heads, tokens, channels} do not.
constexpr std::array<int, 4> kFromChannelsLast = {0, 3, 1, 2};

using Accepts = std::function<bool(const NamedTensor& tensor, const Shape& shape)>;

const NamedTensor* last_layer(const graph::Session& session, const std::vector<bool>& reached, const Accepts& accepts) {
  for (auto info = session.layers().rbegin(); info != session.layers().rend(); ++info) {
    const NamedTensor& tensor = session.find(info->name);
    if (reached[static_cast<std::size_t>(tensor.value)] && accepts(tensor, session.sample_shape(tensor))) {
      return &tensor;
    }
  }
  return nullptr;
}

bool is_plane(const Shape& shape) {
  return shape.size() == 3 && shape[1] * shape[2] > 1;
}
bool is_row_of_tokens(const Shape& shape) {
  return shape.size() == 2 && shape[0] > 1;
}

// The last Softmax over the positions of several heads, as a node; −1: none.
int last_attention(const graph::Session& session, const std::vector<bool>& reached) {
  const Graph& graph = session.graph();
  for (std::size_t n = graph.nodes.size(); n-- > 0;) {
    const graph::Node& node = graph.nodes[n];
    if (node.type != "Softmax" || !reached[static_cast<std::size_t>(node.outputs[0])]) continue;
    const Shape& shape = graph.values[static_cast<std::size_t>(node.outputs[0])].shape;
    if (shape.size() >= 3 && shape.back() > 1 && shape[shape.size() - 2] > 1) return static_cast<int>(n);
  }
  return -1;
}

}  // namespace

const NamedTensor& cam_layer(const graph::Session& session, ValueId y) {
  const Graph& graph = session.graph();
  const std::vector<bool> reached = ancestors(graph, y);
  const NamedTensor* image = last_layer(session, reached, [](const NamedTensor& tensor, const Shape& shape) {
    return is_plane(shape) && std::equal(kFromChannelsLast.begin(), kFromChannelsLast.end(), tensor.permutation.begin(),
                                         tensor.permutation.end());
  });
  const int attention = last_attention(session, reached);
  if (attention > (image == nullptr ? -1 : producer_of(graph, image->value))) {
    const NamedTensor* tokens = last_layer(session, reached, [&](const NamedTensor& tensor, const Shape& shape) {
      return is_row_of_tokens(shape) && producer_of(graph, tensor.value) < attention &&
             is_passed_by_all(graph, y, tensor.value);
    });
    if (tokens != nullptr) return *tokens;
  }
  if (image != nullptr) return *image;
  for (const auto& shaped : {is_plane, is_row_of_tokens}) {
    const NamedTensor* layer =
        last_layer(session, reached, [&](const NamedTensor&, const Shape& shape) { return shaped(shape); });
    if (layer != nullptr) return *layer;
  }
  throw Error(ErrorCode::InvalidOption, "the model has no layer with several positions",
              {.expected = "a layer of an image, [channels, height, width]",
               .actual = "none",
               .remedy = "use a method that needs no layer, for example IntegratedGradients"});
}

}  // namespace saliency
