#include "saliency/network_model.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "saliency/lint.h"
#include "saliency/network_rules.h"

namespace saliency {
namespace {

// Methods that run side by side ask for the same batch in turn, a few steps apart at most.
constexpr std::size_t kKnownOutputs = 4;

void append(std::vector<Scalar>& to, const std::vector<Scalar>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

// Activations of one batch should stay within a large second-level cache.
std::int64_t NetworkModel::best_batch(std::size_t bytes, std::int64_t largest) {
  constexpr std::size_t kBatchBytes = std::size_t{24} << 20;
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(kBatchBytes / std::max<std::size_t>(bytes, 1)), 1, largest);
}

NetworkModel::NetworkModel(graph::Session& session, NetworkModelOptions options)
    : session_(session),
      feeds_(std::move(options.feeds)),
      value_range_(std::move(options.value_range)),
      activations_(options.activations) {
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
    one.repeat_backward = activations_ == Activations::Kept;
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
  if (const std::vector<Scalar>* known = known_outputs(batch)) return *known;
  std::vector<Scalar> result;
  in_batches(sample_count(batch), [&](std::int64_t first, std::int64_t count) {
    graph::Plan& plan = session_.plan(request(count));
    feed(plan, batch, first, count);
    plan.forward();
    passes_.forward += count;
    const std::vector<Scalar> y = session_.samples(y_, plan.value(y_.value), count, graph::Session::Meaning::Value);
    result.insert(result.end(), y.begin(), y.end());
  });
  if (activations_ == Activations::Kept) {
    known_.push_front({{batch.begin(), batch.end()}, result});
    if (known_.size() > kKnownOutputs) known_.pop_back();
  }
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

NetworkModel::Point NetworkModel::evaluated(std::span<const Scalar> samples, std::int64_t count, const Target& target,
                                            BackwardRule rule, const Expected& x, Want want) {
  using Meaning = graph::Session::Meaning;
  if (activations_ == Activations::Kept) return evaluated_from_kept(samples, count, target, rule, x, want);
  graph::Request wanted = request(count);
  wanted.y = y_.value;
  wanted.x = {x.tensor.value};
  wanted.rule = &rule_of(rule);
  if (want == Want::Activations) wanted.outputs.push_back(x.tensor.value);
  graph::Plan& plan = session_.plan(wanted);
  feed(plan, samples, 0, count);
  plan.forward();
  passes_.forward += count;
  Point point;
  const std::vector<Scalar> y = session_.samples(y_, plan.value(y_.value), count, Meaning::Value);
  const auto size = static_cast<std::size_t>(element_count(output_shape_));
  if (want == Want::Activations) {
    point.activations = session_.samples(x.tensor, plan.value(x.tensor.value), count, Meaning::Value);
  }
  session_.write_samples(y_, seed_of(target, y, size, point.scores), count, Meaning::Gradient, plan.seed());
  plan.backward();
  passes_.backward += count;
  point.gradients = session_.samples(x.tensor, plan.gradient(x.tensor.value), count, Meaning::Gradient);
  return point;
}

ScoresAndGradients NetworkModel::gradients(std::span<const Scalar> batch, const Target& target, BackwardRule rule) {
  check(target);
  const auto size = static_cast<std::size_t>(element_count(input_shape_));
  const Expected input{kInput, x_};
  ScoresAndGradients result;
  in_batches(sample_count(batch), [&](std::int64_t first, std::int64_t count) {
    const auto samples = batch.subspan(static_cast<std::size_t>(first) * size, static_cast<std::size_t>(count) * size);
    const Point point = evaluated(samples, count, target, rule, input, Want::Gradients);
    append(result.scores, point.scores);
    append(result.gradients, point.gradients);
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
    passes_.forward += count;
    session_.write_samples(
        y_, output_grads.subspan(static_cast<std::size_t>(first) * size, static_cast<std::size_t>(count) * size), count,
        Meaning::Gradient, plan.seed());
    plan.backward();
    passes_.backward += count;
    append(result, session_.samples(x_, plan.gradient(x_.value), count, Meaning::Gradient));
  });
  return result;
}

NetworkModel::Expected NetworkModel::layer_named(const std::string& name) const {
  return {"layer " + name, find_layer(name)};
}

Model::Layer NetworkModel::layer(std::span<const Scalar> batch, const Target& target, const std::string& name) {
  check(target);
  const Expected layer = layer_named(name);
  const auto size = static_cast<std::size_t>(element_count(input_shape_));
  Layer result{.shape = session_.sample_shape(layer.tensor), .scores = {}, .activations = {}, .gradients = {}};
  in_batches(sample_count(batch), [&](std::int64_t first, std::int64_t count) {
    const auto samples = batch.subspan(static_cast<std::size_t>(first) * size, static_cast<std::size_t>(count) * size);
    const Point point = evaluated(samples, count, target, BackwardRule::Exact, layer, Want::Activations);
    append(result.scores, point.scores);
    append(result.activations, point.activations);
    append(result.gradients, point.gradients);
  });
  return result;
}

std::vector<std::string> NetworkModel::gradient_warnings() const {
  if (!gradient_warnings_) {
    gradient_warnings_.emplace();
    if (const auto grid = gridding(session_.graph())) gradient_warnings_->push_back(*grid);
  }
  return *gradient_warnings_;
}

std::vector<std::string> NetworkModel::warnings(const Target& target, BackwardRule rule) const {
  std::vector<std::string> found;
  if (target.of == Of::Probability) {
    found.emplace_back(
        "The map explains a probability: where the network is very sure its gradient vanishes. Explain the logit "
        "instead.");
  }
  if (rule != BackwardRule::Exact && has_smooth_activations(session_.graph())) {
    found.emplace_back(
        "The network has smooth activations, which this rule leaves with their exact gradient; the map means less than "
        "for a network of rectifiers. Use IntegratedGradients or SmoothGrad instead.");
  }
  return found;
}

}  // namespace saliency
