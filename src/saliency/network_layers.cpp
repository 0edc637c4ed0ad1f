// NetworkModel's layers: running the network from one of them, and explaining one.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "saliency/cam_layer.h"
#include "saliency/network_model.h"

namespace saliency {
const graph::NamedTensor& NetworkModel::find_layer(const std::string& name) const {
  return name.empty() ? cam_layer(session_, y_.value) : session_.find(name);
}

// The input stays fed, as y may read it past the layer.
graph::Request NetworkModel::request_from(const graph::NamedTensor& layer, std::int64_t batch) const {
  graph::Request result = request(batch);
  if (layer.value != x_.value) result.fed.push_back(layer.value);
  return result;
}

std::int64_t NetworkModel::layer_batch_size(const std::string& layer) const {
  const graph::NamedTensor& tensor = find_layer(layer);
  if (!stackable_ || !session_.stacks(tensor)) return 1;
  return best_batch(graph::Plan(session_.graph(), request_from(tensor, 1)).bytes(), 64);
}

std::vector<Scalar> NetworkModel::scores_from(std::span<const Scalar> image, const std::string& layer,
                                              std::span<const Scalar> activations, const Target& target) {
  using Meaning = graph::Session::Meaning;
  check(target);
  const graph::NamedTensor& tensor = find_layer(layer);
  const auto size = static_cast<std::size_t>(element_count(session_.sample_shape(tensor)));
  if (sample_count(image) != 1 || size == 0 || activations.size() % size != 0) {
    throw Error(ErrorCode::ShapeMismatch, "the activations do not fit layer '" + layer + "'",
                {.expected = "a multiple of " + std::to_string(size) + " numbers",
                 .actual = std::to_string(activations.size()) + " numbers",
                 .remedy = "give activations of the layer's shape"});
  }
  const auto output = static_cast<std::size_t>(element_count(output_shape_));
  std::vector<Scalar> scores;
  in_batches(static_cast<std::int64_t>(activations.size() / size), [&](std::int64_t first, std::int64_t count) {
    graph::Plan& plan = session_.plan(request_from(tensor, count));
    std::vector<Scalar> images;
    for (std::int64_t i = 0; i < count; ++i) images.insert(images.end(), image.begin(), image.end());
    feed(plan, images, 0, count);
    const auto part =
        activations.subspan(static_cast<std::size_t>(first) * size, static_cast<std::size_t>(count) * size);
    session_.write_samples(tensor, part, count, Meaning::Value, plan.value(tensor.value));
    plan.forward();
    const std::vector<Scalar> y = session_.samples(y_, plan.value(y_.value), count, Meaning::Value);
    for (std::size_t i = 0; i < y.size(); i += output) {
      scores.push_back(target_score(target, std::span(y).subspan(i, output), {}));
    }
  });
  return scores;
}

ModelAtPoint model_at(graph::Session& session, NetworkModelOptions options, std::vector<Scalar> image) {
  const auto is_x = [&](const graph::TensorInfo& input) { return input.name == options.x; };
  const std::vector<graph::TensorInfo>& inputs = session.inputs();
  if (options.x.empty() || std::any_of(inputs.begin(), inputs.end(), is_x)) {
    return {std::make_unique<NetworkModel>(session, std::move(options)), std::move(image)};
  }
  if (inputs.empty()) throw Error(ErrorCode::ModelInvalid, "the model has no inputs");
  NetworkModel to_x(session, {.y = options.x, .x = {}, .feeds = options.feeds});
  std::vector<Scalar> point = to_x.outputs(image);
  // y may read the image past x.
  options.feeds.insert_or_assign(inputs[0].name, Tensor(to_x.input_shape(), std::move(image)));
  return {std::make_unique<NetworkModel>(session, std::move(options)), std::move(point)};
}

}  // namespace saliency
