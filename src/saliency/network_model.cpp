#include "saliency/network_model.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace saliency {
namespace {

const graph::BackwardRule& rule_of(BackwardRule rule) {
  switch (rule) {
    case BackwardRule::Exact: return graph::exact_rule();
    case BackwardRule::Guided: return graph::guided_rule();
    case BackwardRule::DeconvNet: return graph::deconvnet_rule();
  }
  return graph::exact_rule();
}

}  // namespace

// Activations of one batch should stay within a large second-level cache.
std::int64_t NetworkModel::best_batch(std::size_t bytes, std::int64_t largest) {
  constexpr std::size_t kBatchBytes = std::size_t{24} << 20;
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(kBatchBytes / std::max<std::size_t>(bytes, 1)), 1, largest);
}

NetworkModel::NetworkModel(graph::Session& session, NetworkModelOptions options)
    : session_(session), feeds_(std::move(options.feeds)) {
  if (session_.inputs().empty()) throw Error(ErrorCode::ModelInvalid, "the model has no inputs");
  x_ = session_.find(options.x.empty() ? session_.inputs()[0].name : options.x);
  y_ = options.y.empty() ? session_.logits() : session_.find(options.y);
  input_shape_ = session_.sample_shape(x_);
  output_shape_ = session_.sample_shape(y_);
  stackable_ = session_.stacks(y_) && session_.stacks(x_);
  for (const auto& [name, tensor] : feeds_) {
    const Shape shape = session_.sample_shape(session_.find(name));
    if (tensor.size() != element_count(shape)) {
      throw Error(
          ErrorCode::ShapeMismatch, "feed '" + name + "' has another shape than the model's input",
          {.expected = to_string(shape), .actual = to_string(tensor.shape), .remedy = "give one sample of that shape"});
    }
  }
}

InputLayout NetworkModel::input_layout() const {
  if (input_shape_.size() != 3) return InputLayout::Other;
  // Images have few channels: [3, h, w] as PyTorch exports them, [h, w, 3] as Keras does.
  // Inside of the network the channels are first, as ONNX has them.
  const bool is_input = session_.graph().values[static_cast<std::size_t>(x_.value)].producer < 0;
  const bool last = is_input && input_shape_[2] <= 4 && input_shape_[0] > 4;
  return last ? InputLayout::ChannelsLast : InputLayout::ChannelsFirst;
}

graph::Request NetworkModel::request(std::int64_t batch) const {
  graph::Request request;
  request.batch = batch;
  request.fed.push_back(x_.value);
  for (const auto& [name, tensor] : feeds_) {
    const graph::ValueId id = session_.find(name).value;
    if (id != x_.value) request.fed.push_back(id);
  }
  request.outputs.push_back(y_.value);
  return request;
}

std::int64_t NetworkModel::batch_size() const {
  if (!stackable_) return 1;
  if (!batch_size_) {
    graph::Request one = request(1);
    one.y = y_.value;
    one.x = {x_.value};
    batch_size_ = best_batch(graph::Plan(session_.graph(), one).bytes(), 16);
  }
  return *batch_size_;
}

std::int64_t NetworkModel::sample_count(std::span<const Scalar> batch) const {
  const auto size = static_cast<std::size_t>(element_count(input_shape_));
  if (size == 0 || batch.empty() || batch.size() % size != 0) {
    throw Error(ErrorCode::ShapeMismatch, "the input does not hold whole samples",
                {.expected = "a multiple of " + std::to_string(size) + " numbers, shape " + to_string(input_shape_),
                 .actual = std::to_string(batch.size()) + " numbers",
                 .remedy = "give tensors of the model's input shape"});
  }
  return static_cast<std::int64_t>(batch.size() / size);
}

void NetworkModel::check(const Target& target) const {
  const std::int64_t count = element_count(output_shape_);
  if (target.terms.empty()) {
    throw Error(ErrorCode::InvalidOption, "the target is empty",
                {.expected = "a class index, a contrast or weights",
                 .actual = "nothing",
                 .remedy = "pass target: the index of the class to explain"});
  }
  for (const Target::Term& term : target.terms) {
    if (term.index >= 0 && term.index < count) continue;
    throw Error(ErrorCode::TargetOutOfRange, "target " + std::to_string(term.index) + " does not exist",
                {.expected = "an index from 0 to " + std::to_string(count - 1),
                 .actual = std::to_string(term.index),
                 .remedy = "take an index that model.classify returns"});
  }
}

void NetworkModel::feed(graph::Plan& plan, std::span<const Scalar> batch, std::int64_t first,
                        std::int64_t count) const {
  const auto size = static_cast<std::size_t>(element_count(input_shape_));
  session_.write_samples(x_,
                         batch.subspan(static_cast<std::size_t>(first) * size, static_cast<std::size_t>(count) * size),
                         count, graph::Session::Meaning::Value, plan.value(x_.value));
  feed_others(plan, count);
}

void NetworkModel::feed_others(graph::Plan& plan, std::int64_t count) const {
  for (const auto& [name, tensor] : feeds_) {
    const graph::NamedTensor& fed = session_.find(name);
    if (fed.value == x_.value) continue;
    const View buffer = plan.value(fed.value);
    std::vector<Scalar> repeated;
    while (static_cast<std::int64_t>(repeated.size()) < buffer.size()) {
      repeated.insert(repeated.end(), tensor.data.begin(), tensor.data.end());
    }
    session_.write_samples(fed, repeated, count, graph::Session::Meaning::Value, buffer);
  }
}

std::vector<Scalar> NetworkModel::outputs(std::span<const Scalar> batch) {
  std::vector<Scalar> result;
  in_batches(sample_count(batch), [&](std::int64_t first, std::int64_t count) {
    graph::Plan& plan = session_.plan(request(count));
    feed(plan, batch, first, count);
    plan.forward();
    const std::vector<Scalar> y = session_.samples(y_, plan.value(y_.value), count, graph::Session::Meaning::Value);
    result.insert(result.end(), y.begin(), y.end());
  });
  return result;
}

std::vector<Scalar> NetworkModel::scores(std::span<const Scalar> batch, const Target& target) {
  check(target);
  const std::vector<Scalar> y = outputs(batch);
  const auto size = static_cast<std::size_t>(element_count(output_shape_));
  std::vector<Scalar> result;
  for (std::size_t i = 0; i < y.size(); i += size) {
    result.push_back(target_score(target, std::span(y).subspan(i, size), {}));
  }
  return result;
}

namespace {

void append(std::vector<Scalar>& to, const std::vector<Scalar>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// The gradients of the scores with respect to y, n × y; appends the scores.
std::vector<Scalar> seed_of(const Target& target, const std::vector<Scalar>& y, std::size_t size,
                            std::vector<Scalar>& scores) {
  std::vector<Scalar> seed(y.size());
  for (std::size_t i = 0; i < y.size(); i += size) {
    scores.push_back(target_score(target, std::span(y).subspan(i, size), std::span(seed).subspan(i, size)));
  }
  return seed;
}

}  // namespace

ScoresAndGradients NetworkModel::gradients(std::span<const Scalar> batch, const Target& target, BackwardRule rule) {
  using Meaning = graph::Session::Meaning;
  check(target);
  ScoresAndGradients result;
  in_batches(sample_count(batch), [&](std::int64_t first, std::int64_t count) {
    graph::Request wanted = request(count);
    wanted.y = y_.value;
    wanted.x = {x_.value};
    wanted.rule = &rule_of(rule);
    graph::Plan& plan = session_.plan(wanted);
    feed(plan, batch, first, count);
    plan.forward();
    const std::vector<Scalar> y = session_.samples(y_, plan.value(y_.value), count, Meaning::Value);
    const auto size = static_cast<std::size_t>(element_count(output_shape_));
    session_.write_samples(y_, seed_of(target, y, size, result.scores), count, Meaning::Gradient, plan.seed());
    plan.backward();
    append(result.gradients, session_.samples(x_, plan.gradient(x_.value), count, Meaning::Gradient));
  });
  return result;
}

std::vector<Scalar> NetworkModel::vector_jacobian(std::span<const Scalar> batch, std::span<const Scalar> output_grads,
                                                  BackwardRule rule) {
  using Meaning = graph::Session::Meaning;
  const auto size = static_cast<std::size_t>(element_count(output_shape_));
  const std::int64_t samples = sample_count(batch);
  if (output_grads.size() != size * static_cast<std::size_t>(samples)) {
    throw Error(ErrorCode::ShapeMismatch, "the output gradient does not fit y",
                {.expected = std::to_string(samples) + " × " + to_string(output_shape_),
                 .actual = std::to_string(output_grads.size()) + " numbers",
                 .remedy = "give one number for each value of y"});
  }
  std::vector<Scalar> result;
  in_batches(samples, [&](std::int64_t first, std::int64_t count) {
    graph::Request wanted = request(count);
    wanted.y = y_.value;
    wanted.x = {x_.value};
    wanted.rule = &rule_of(rule);
    graph::Plan& plan = session_.plan(wanted);
    feed(plan, batch, first, count);
    plan.forward();
    session_.write_samples(
        y_, output_grads.subspan(static_cast<std::size_t>(first) * size, static_cast<std::size_t>(count) * size), count,
        Meaning::Gradient, plan.seed());
    plan.backward();
    append(result, session_.samples(x_, plan.gradient(x_.value), count, Meaning::Gradient));
  });
  return result;
}

Model::Layer NetworkModel::layer(std::span<const Scalar> batch, const Target& target, const std::string& name) {
  using Meaning = graph::Session::Meaning;
  check(target);
  const graph::NamedTensor& tensor = find_layer(name);
  Layer result{.shape = session_.sample_shape(tensor), .scores = {}, .activations = {}, .gradients = {}};
  in_batches(sample_count(batch), [&](std::int64_t first, std::int64_t count) {
    graph::Request wanted = request(count);
    wanted.outputs.push_back(tensor.value);
    wanted.y = y_.value;
    wanted.x = {tensor.value};
    graph::Plan& plan = session_.plan(wanted);
    feed(plan, batch, first, count);
    plan.forward();
    const std::vector<Scalar> y = session_.samples(y_, plan.value(y_.value), count, Meaning::Value);
    const auto size = static_cast<std::size_t>(element_count(output_shape_));
    append(result.activations, session_.samples(tensor, plan.value(tensor.value), count, Meaning::Value));
    session_.write_samples(y_, seed_of(target, y, size, result.scores), count, Meaning::Gradient, plan.seed());
    plan.backward();
    append(result.gradients, session_.samples(tensor, plan.gradient(tensor.value), count, Meaning::Gradient));
  });
  return result;
}

std::vector<std::string> NetworkModel::warnings(const Target& target, BackwardRule rule) const {
  std::vector<std::string> found;
  if (target.of == Of::Probability) {
    found.emplace_back(
        "The map explains a probability: where the network is very sure its gradient vanishes. Explain the logit "
        "instead.");
  }
  if (rule == BackwardRule::Exact) return found;
  const bool smooth =
      std::any_of(session_.graph().nodes.begin(), session_.graph().nodes.end(), [](const graph::Node& node) {
        return node.op->nonlinearity() == ops::Nonlinearity::Smooth && node.type != "Softmax" &&
               node.type != "LogSoftmax";
      });
  if (smooth) {
    found.emplace_back(
        "The network has smooth activations, which this rule leaves with their exact gradient; the map means less than "
        "for "
        "a network of rectifiers. Use IntegratedGradients or SmoothGrad instead.");
  }
  return found;
}

}  // namespace saliency
