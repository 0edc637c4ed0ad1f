#include "bindings/model.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "bindings/convert.h"
#include "bindings/envelope.h"
#include "onnx/load.h"

namespace saliency::bindings {

using emscripten::val;

namespace {

std::string_view dtype_name(DType dtype) {
  switch (dtype) {
    case DType::Float: return "float32";
    case DType::Int: return "int64";
    case DType::Bool: return "bool";
  }
  return "float32";
}

val from_infos(const std::vector<graph::TensorInfo>& infos) {
  val array = val::array();
  for (const graph::TensorInfo& info : infos) {
    val object = val::object();
    object.set("name", info.name);
    object.set("shape", from_shape(info.shape));
    object.set("dtype", std::string(dtype_name(info.dtype)));
    object.set("type", info.type);
    array.call<void>("push", object);
  }
  return array;
}

// Only the model's inputs and its inner tensors can be fed; that they exist is checked by the session.
std::map<std::string, Tensor> checked_feeds(const graph::Session& session, const val& feeds) {
  std::map<std::string, Tensor> tensors = to_tensors(feeds);
  if (!tensors.empty()) return tensors;
  const std::string name = session.inputs().empty() ? std::string() : session.inputs()[0].name;
  throw Error(ErrorCode::InvalidOption, "no input was given",
              {.expected = "tensors by name, for example {'" + name + "': {data, shape}}",
               .actual = "nothing",
               .remedy = "give a tensor for each of model.inputs"});
}

void check_input_names(const graph::Session& session, const std::map<std::string, Shape>& shapes) {
  for (const auto& entry : shapes) {
    const std::string& name = entry.first;
    const auto is_it = [&](const graph::TensorInfo& input) { return input.name == name; };
    const auto& inputs = session.inputs();
    if (name.empty() || std::any_of(inputs.begin(), inputs.end(), is_it)) continue;
    std::string known;
    for (const graph::TensorInfo& input : inputs) known += (known.empty() ? "'" : ", '") + input.name + "'";
    throw Error(ErrorCode::InvalidOption, "inputShape names '" + name + "', which is no input of the model",
                {.expected = known, .actual = "'" + name + "'", .remedy = "use one of these names"});
  }
}

}  // namespace

std::unique_ptr<NetworkModel> network_model(graph::Session& session, const std::string& y, const std::string& x,
                                            std::map<std::string, Tensor> feeds) {
  return std::make_unique<NetworkModel>(session, NetworkModelOptions{.y = y, .x = x, .feeds = std::move(feeds)});
}

namespace {

NetworkModelOptions options_of(const val& request, const std::string& y, const std::string& x,
                               Activations activations) {
  NetworkModelOptions options{.y = y, .x = x, .feeds = to_tensors(request["feeds"]), .activations = activations};
  if (request["valueRange"].isUndefined()) return options;
  const std::vector<Scalar> range = to_scalars(request["valueRange"]);
  if (!range.empty()) {
    const auto middle = range.begin() + static_cast<std::ptrdiff_t>(range.size() / 2);
    options.value_range = ValueRange{{range.begin(), middle}, {middle, range.end()}};
  }
  return options;
}

}  // namespace

std::unique_ptr<NetworkModel> network_model(graph::Session& session, const val& request, const std::string& y,
                                            const std::string& x, Activations activations) {
  return std::make_unique<NetworkModel>(session, options_of(request, y, x, activations));
}

ModelAtPoint model_at_point(graph::Session& session, const val& request, const std::string& y, const std::string& x,
                            Activations activations) {
  return model_at(session, options_of(request, y, x, activations), to_scalars(request["image"]));
}

val ModelBinding::load(const val& bytes, const val& options) {
  return enveloped([&] {
    onnx::LoadOptions load_options;
    load_options.lower.input_shapes = to_shapes(options["inputShapes"]);
    // Weights come one after the other, so that the file never lies here beside the tensors that are made of it.
    load_options.read.external_data = [&](const std::string& location, std::uint64_t offset, std::uint64_t length) {
      const val part = options.call<val>("weights", location, static_cast<double>(offset), static_cast<double>(length));
      if (!part.isUndefined()) return to_bytes(part);
      throw Error(ErrorCode::ModelInvalid, "its numbers are in another file, '" + location + "'",
                  {.expected = "a model in one file, or access to '" + location + "'",
                   .actual = "the .onnx file alone",
                   .remedy = "pass externalData, or save the model with all weights inside"});
    };
    load_options.lower.on_prepared = [&](std::size_t done, std::size_t total) {
      options.call<void>("onPrepared", static_cast<double>(done), static_cast<double>(total));
    };
    if (const val keep = options["keepWeights"]; !keep.isUndefined()) {
      load_options.lower.weights = keep.as<bool>() ? graph::Weights::Keep : graph::Weights::Release;
    }
    auto session = onnx::load(to_bytes(bytes), load_options);
    check_input_names(*session, load_options.lower.input_shapes);
    return val(ModelBinding(std::move(session)));
  });
}

val ModelBinding::info() const {
  return enveloped([&] {
    val metadata = val::object();
    for (const auto& [key, text] : session_->metadata()) metadata.set(key, text);
    val object = val::object();
    object.set("inputs", from_infos(session_->inputs()));
    object.set("outputs", from_infos(session_->outputs()));
    object.set("layers", from_infos(session_->layers()));
    object.set("metadata", metadata);
    return object;
  });
}

val ModelBinding::run(const val& feeds, const val& outputs) const {
  return enveloped([&] {
    auto names = emscripten::vecFromJSArray<std::string>(outputs);
    if (names.empty()) {
      for (const graph::TensorInfo& output : session_->outputs()) names.push_back(output.name);
    }
    const std::vector<Tensor> results = session_->run(checked_feeds(*session_, feeds), names);
    val object = val::object();
    for (std::size_t i = 0; i < names.size(); ++i) object.set(names[i], from_tensor(results[i]));
    return object;
  });
}

val ModelBinding::logits(const val& feeds) const {
  return enveloped([&] {
    std::map<std::string, Tensor> tensors = checked_feeds(*session_, feeds);
    const auto image = tensors.extract(session_->inputs()[0].name);
    if (image.empty()) {
      throw Error(ErrorCode::InvalidOption, "the first input is missing",
                  {.expected = "a tensor for '" + session_->inputs()[0].name + "'",
                   .actual = "feeds without it",
                   .remedy = "give a tensor for each of model.inputs"});
    }
    const auto model = network_model(*session_, "", "", std::move(tensors));
    const std::vector<Scalar> numbers = model->outputs(image.mapped().data);
    Shape shape = model->output_shape();
    shape.insert(shape.begin(), image.mapped().size() / element_count(model->input_shape()));
    return from_tensor(Tensor(std::move(shape), numbers));
  });
}

val ModelBinding::gradient(const val& feeds, const val& request) const {
  return enveloped([&] {
    const auto y = request["y"].as<std::string>();
    auto x = request["x"].as<std::string>();
    if (x.empty() && !session_->inputs().empty()) x = session_->inputs()[0].name;
    std::map<std::string, Tensor> tensors = checked_feeds(*session_, feeds);
    // A tensor inside the network is computed first, and then fed.
    Tensor point = tensors.contains(x) ? std::move(tensors.at(x)) : std::move(session_->run(tensors, {x}).front());
    tensors.erase(x);
    const auto model = network_model(*session_, y, x, std::move(tensors));
    const Target target = to_target(request["target"], model->output_shape());
    const BackwardRule rule = to_rule(request["rule"].as<std::string>());
    return from_tensor(Tensor(point.shape, model->gradients(point.data, target, rule).gradients));
  });
}

val ModelBinding::start_profile() {
  return enveloped([&] {
    *profile_ = {};
    session_->record(profile_.get());
    return val::undefined();
  });
}

val ModelBinding::profile() {
  return enveloped([&] {
    session_->record(nullptr);
    const std::vector<graph::Node>& nodes = session_->graph().nodes;
    val rows = val::array();
    for (const graph::NodeCost& cost : profile_->costs()) {
      const graph::Node& node = nodes[static_cast<std::size_t>(cost.node)];
      const std::string fused = cost.fused < 0 ? "" : "+" + nodes[static_cast<std::size_t>(cost.fused)].type;
      val row = val::object();
      row.set("node", node.name);
      row.set("type", node.type + fused);
      row.set("pass", std::string(cost.pass == graph::Pass::Forward ? "forward" : "backward"));
      row.set("milliseconds", cost.seconds * 1e3);
      row.set("flops", cost.flops);
      row.set("bytes", static_cast<double>(cost.bytes));
      rows.call<void>("push", row);
    }
    return rows;
  });
}

}  // namespace saliency::bindings
