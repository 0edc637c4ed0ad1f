#include "graph/session.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "ops/transpose.h"

namespace saliency::graph {
namespace {

constexpr std::size_t kPlansKept = 6;
constexpr std::size_t kAlignment = 64;

}  // namespace

Session::Session(Graph graph) : graph_(std::move(graph)) {
  const auto info = [&](const std::string& name, const NamedTensor& tensor) {
    const Value& value = graph_.values[static_cast<std::size_t>(tensor.value)];
    Shape shape = value.shape;
    if (value.batch_axis >= 0 && shape[static_cast<std::size_t>(value.batch_axis)] == 1) {
      shape[static_cast<std::size_t>(value.batch_axis)] = -1;
    }
    if (!tensor.permutation.empty()) shape = permuted(shape, tensor.permutation);
    const std::string type =
        value.producer < 0 ? std::string() : graph_.nodes[static_cast<std::size_t>(value.producer)].type;
    return TensorInfo{name, shape, value.dtype, type};
  };
  for (const GraphInput& input : graph_.inputs) inputs_.push_back(info(input.name, {.value = input.value}));
  for (const std::string& output : graph_.outputs) outputs_.push_back(info(output, graph_.names.at(output)));
  for (const std::string& layer : graph_.order) layers_.push_back(info(layer, graph_.names.at(layer)));
  logits_ = find_logits();
}

const NamedTensor& Session::find(const std::string& name) const {
  const auto it = graph_.names.find(name);
  if (it != graph_.names.end()) return it->second;
  if (const auto missing = graph_.unavailable.find(name); missing != graph_.unavailable.end()) {
    throw Error(ErrorCode::UnsupportedOperator, "tensor '" + name + "' needs " + missing->second,
                {.expected = "a tensor that supported operators make",
                 .actual = missing->second,
                 .remedy = "ask for one in front of that node: model.outputs and model.layers list them"});
  }
  std::vector<std::string> known = graph_.order;
  for (const GraphInput& input : graph_.inputs) known.push_back(input.name);
  throw Error(ErrorCode::InvalidOption, "the model has no tensor '" + name + "'",
              {.expected = "a tensor of the model, for example " + similar(name, known),
               .actual = "'" + name + "'",
               .remedy = "take a name from model.inputs, model.outputs or model.layers"});
}

NamedTensor Session::find_logits() const {
  if (graph_.outputs.empty()) throw Error(ErrorCode::ModelInvalid, "the model has no outputs");
  NamedTensor output = graph_.names.at(graph_.outputs[0]);
  int producer = graph_.values[static_cast<std::size_t>(output.value)].producer;
  bool same_shape = true;
  while (producer >= 0) {
    const Node& node = graph_.nodes[static_cast<std::size_t>(producer)];
    if (node.type == "Softmax" || node.type == "LogSoftmax") {
      return {.value = node.inputs[0], .permutation = same_shape ? output.permutation : std::vector<int>()};
    }
    if (!node.op->is_view()) break;
    same_shape = false;
    producer = graph_.values[static_cast<std::size_t>(node.inputs[0])].producer;
  }
  return output;
}

Shape Session::sample_shape(const NamedTensor& tensor) const {
  const Value& value = graph_.values[static_cast<std::size_t>(tensor.value)];
  Shape shape = tensor.permutation.empty() ? value.shape : permuted(value.shape, tensor.permutation);
  if (value.batch_axis < 0) return shape;
  int axis = value.batch_axis;
  if (!tensor.permutation.empty()) axis = ops::inverse(tensor.permutation)[static_cast<std::size_t>(axis)];
  if (shape[static_cast<std::size_t>(axis)] == 1) shape.erase(shape.begin() + axis);
  return shape;
}

bool Session::stacks(const NamedTensor& tensor) const {
  return graph_.values[static_cast<std::size_t>(tensor.value)].batch_axis != kUnbatched;
}

Plan& Session::plan(const Request& request) {
  ++plans_handed_out_;
  auto it = std::find_if(plans_.begin(), plans_.end(), [&](const auto& plan) { return plan->request() == request; });
  if (it == plans_.end()) {
    plans_.insert(plans_.begin(), std::make_unique<Plan>(graph_, request));
    if (plans_.size() > kPlansKept) plans_.pop_back();
  } else {
    std::rotate(plans_.begin(), it, it + 1);
  }
  Plan& plan = *plans_.front();
  if (plan.bytes() > memory_bytes_) {
    memory_.reset();  // first, so that the old and the new block do not add up
    memory_bytes_ = 0;
    memory_ = std::make_unique<std::byte[]>(plan.bytes() + kAlignment);
    memory_bytes_ = plan.bytes();
  }
  const auto address = reinterpret_cast<std::uintptr_t>(memory_.get());
  plan.bind(memory_.get() + (kAlignment - address % kAlignment) % kAlignment);
  plan.record(profile_);
  return plan;
}

// Where the samples of a named tensor lie: in ONNX's layout it is outer × batch × inner.
struct Session::Placement {
  std::int64_t outer = 1, batch = 1, inner = 1;
  std::int64_t channel_outer = 1, channels = 1, channel_inner = 1;  // for folded tensors
  Shape physical;
  std::vector<int> permutation;
};

Session::Placement Session::placement(const NamedTensor& tensor, std::int64_t batch) const {
  const Value& value = graph_.values[static_cast<std::size_t>(tensor.value)];
  Placement place;
  place.physical = batched_shape(value, batch);
  place.permutation = tensor.permutation;
  if (place.permutation.empty()) {
    place.permutation.resize(place.physical.size());
    std::iota(place.permutation.begin(), place.permutation.end(), 0);
  }
  const Shape logical = permuted(place.physical, place.permutation);
  if (value.batch_axis >= 0) {
    const auto axis =
        static_cast<std::size_t>(ops::inverse(place.permutation)[static_cast<std::size_t>(value.batch_axis)]);
    place.batch = batch;
    for (std::size_t i = 0; i < axis; ++i) place.outer *= logical[i];
  }
  place.inner = element_count(logical) / (place.outer * place.batch);
  if (!tensor.scale.empty() && tensor.channels_are_last) {
    place.channels = logical.back();
  } else if (!tensor.scale.empty() && logical.size() >= 2) {
    place.channels = logical[1];
    place.channel_inner = element_count(logical) / (logical[0] * logical[1]);
  }
  return place;
}

namespace {

// [a, b, c] → [b, a, c]
void swap_outer(std::int64_t a, std::int64_t b, std::int64_t c, const Scalar* from, Scalar* to) {
  const std::int64_t shape[] = {a, b, c};
  const int permutation[] = {1, 0, 2};
  kernels::transpose(3, shape, permutation, from, to);
}

bool is_identity(const std::vector<int>& permutation) {
  return std::is_sorted(permutation.begin(), permutation.end());
}

}  // namespace

std::vector<Scalar> Session::samples(const NamedTensor& tensor, ConstView buffer, std::int64_t batch,
                                     Meaning meaning) const {
  const Placement place = placement(tensor, batch);
  std::vector<Scalar> logical(buffer.data, buffer.data + buffer.size());
  if (!is_identity(place.permutation)) {
    kernels::transpose(static_cast<int>(place.physical.size()), place.physical.data(), place.permutation.data(),
                       buffer.data, logical.data());
  }
  for (std::size_t i = 0; !tensor.scale.empty() && i < logical.size(); ++i) {
    const auto c = static_cast<std::size_t>(static_cast<std::int64_t>(i) / place.channel_inner % place.channels);
    logical[i] =
        meaning == Meaning::Gradient ? logical[i] * tensor.scale[c] : (logical[i] - tensor.shift[c]) / tensor.scale[c];
  }
  if (place.outer == 1 || place.batch == 1) return logical;
  std::vector<Scalar> result(logical.size());
  swap_outer(place.outer, place.batch, place.inner, logical.data(), result.data());
  return result;
}

void Session::write_samples(const NamedTensor& tensor, std::span<const Scalar> samples, std::int64_t batch,
                            Meaning meaning, View buffer) const {
  const Placement place = placement(tensor, batch);
  const bool direct = is_identity(place.permutation) && tensor.scale.empty();
  const bool ordered = place.outer == 1 || place.batch == 1;
  if (direct && ordered) {
    std::copy(samples.begin(), samples.end(), buffer.data);
    return;
  }
  std::vector<Scalar> logical(samples.begin(), samples.end());
  if (!ordered) swap_outer(place.batch, place.outer, place.inner, samples.data(), logical.data());
  for (std::size_t i = 0; !tensor.scale.empty() && i < logical.size(); ++i) {
    const auto c = static_cast<std::size_t>(static_cast<std::int64_t>(i) / place.channel_inner % place.channels);
    logical[i] =
        meaning == Meaning::Gradient ? logical[i] / tensor.scale[c] : logical[i] * tensor.scale[c] + tensor.shift[c];
  }
  const Shape shape = permuted(place.physical, place.permutation);
  const std::vector<int> back = ops::inverse(place.permutation);
  kernels::transpose(static_cast<int>(shape.size()), shape.data(), back.data(), logical.data(), buffer.data);
}

namespace {

Shape shape_in_onnx(const Value& value, const NamedTensor& tensor) {
  return tensor.permutation.empty() ? value.shape : permuted(value.shape, tensor.permutation);
}

int batch_axis_in_onnx(const Value& value, const NamedTensor& tensor) {
  if (value.batch_axis < 0 || tensor.permutation.empty()) return value.batch_axis;
  return ops::inverse(tensor.permutation)[static_cast<std::size_t>(value.batch_axis)];
}

}  // namespace

// How many samples the feeds hold. Throws ShapeMismatch when one does not fit the model, or another feed.
std::int64_t Session::batch_of(const std::map<std::string, Tensor>& feeds) const {
  std::int64_t batch = 0;
  for (const auto& [name, tensor] : feeds) {
    const NamedTensor& fed = find(name);
    const Value& value = graph_.values[static_cast<std::size_t>(fed.value)];
    Shape expected = shape_in_onnx(value, fed);
    const std::int64_t samples =
        element_count(expected) == 0 ? 1 : tensor.size() / std::max<std::int64_t>(1, element_count(expected));
    if (value.batch_axis >= 0) expected[static_cast<std::size_t>(batch_axis_in_onnx(value, fed))] *= samples;
    if (expected != tensor.shape) {
      throw Error(ErrorCode::ShapeMismatch, "tensor '" + name + "' has another shape than the model's",
                  {.expected = to_string(expected),
                   .actual = to_string(tensor.shape),
                   .remedy = "give a tensor of that shape; only the batch may differ"});
    }
    if (value.batch_axis < 0) continue;
    if (batch != 0 && batch != samples) {
      throw Error(ErrorCode::ShapeMismatch, "the inputs have different batch sizes",
                  {.expected = std::to_string(batch),
                   .actual = std::to_string(samples) + " in '" + name + "'",
                   .remedy = "give every input the same number of samples"});
    }
    batch = samples;
  }
  return std::max<std::int64_t>(batch, 1);
}

// A tensor out of its samples, one behind the other.
Tensor Session::assembled(const NamedTensor& output, std::vector<Scalar> data, std::int64_t batch) const {
  const Value& value = graph_.values[static_cast<std::size_t>(output.value)];
  Shape shape = shape_in_onnx(value, output);
  const std::int64_t one = std::max<std::int64_t>(element_count(shape), 1);
  const int axis = value.batch_axis == kUnbatched ? 0 : batch_axis_in_onnx(value, output);
  if (axis >= 0 && !shape.empty()) {
    shape[static_cast<std::size_t>(axis)] *= std::max<std::int64_t>(1, static_cast<std::int64_t>(data.size()) / one);
  }
  std::int64_t outer = 1;
  for (int a = 0; a < axis; ++a) outer *= shape[static_cast<std::size_t>(a)];
  if (axis > 0 && outer > 1 && batch > 1) {
    std::vector<Scalar> ordered(data.size());
    swap_outer(batch, outer, static_cast<std::int64_t>(data.size()) / (batch * outer), data.data(), ordered.data());
    data = std::move(ordered);
  }
  return {std::move(shape), std::move(data), value.dtype};
}

std::vector<Tensor> Session::run(const std::map<std::string, Tensor>& feeds, const std::vector<std::string>& outputs) {
  Request request;
  for (const auto& feed : feeds) request.fed.push_back(find(feed.first).value);
  const std::int64_t batch = batch_of(feeds);
  bool stackable = true;
  for (const std::string& output : outputs) {
    request.outputs.push_back(find(output).value);
    stackable = stackable && stacks(find(output));
  }
  request.batch = stackable ? batch : 1;
  std::vector<std::vector<Scalar>> collected(outputs.size());
  for (std::int64_t first = 0; first < batch; first += request.batch) {
    Plan& plan = this->plan(request);
    for (const auto& [name, tensor] : feeds) {
      const NamedTensor& fed = find(name);
      const bool batched = graph_.values[static_cast<std::size_t>(fed.value)].batch_axis >= 0;
      const View buffer = plan.value(fed.value);
      const auto offset = static_cast<std::size_t>(batched ? first * buffer.size() / request.batch : 0);
      write_samples(fed, std::span(tensor.data).subspan(offset, static_cast<std::size_t>(buffer.size())), request.batch,
                    Meaning::Value, buffer);
    }
    plan.forward();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const NamedTensor& output = find(outputs[i]);
      const std::vector<Scalar> part = samples(output, plan.value(output.value), request.batch, Meaning::Value);
      collected[i].insert(collected[i].end(), part.begin(), part.end());
    }
  }
  std::vector<Tensor> results;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    results.push_back(assembled(find(outputs[i]), std::move(collected[i]), batch));
  }
  return results;
}

}  // namespace saliency::graph
