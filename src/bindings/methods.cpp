#include "bindings/methods.h"

#include <utility>
#include <vector>

#include "base/error.h"
#include "bindings/convert.h"
#include "bindings/envelope.h"
#include "bindings/job.h"
#include "saliency/explain.h"
#include "saliency/feature_visualization.h"
#include "saliency/methods.h"

namespace saliency::bindings {

using emscripten::val;

namespace {

val from_mask(const Mask& mask) {
  val object = val::object();
  object.set("data", from_scalars(mask.data));
  object.set("shape", from_shape(mask.shape));
  object.set("method", mask.method);
  object.set("score", mask.score);
  object.set("completeness", val::undefined());
  if (mask.completeness) {
    val completeness = val::object();
    completeness.set("sum", mask.completeness->sum);
    completeness.set("expected", mask.completeness->expected);
    completeness.set("delta", mask.completeness->delta);
    object.set("completeness", completeness);
  }
  object.set("seed", mask.seed ? val(static_cast<double>(*mask.seed)) : val::undefined());
  object.set("evaluations", static_cast<double>(mask.evaluations));
  object.set("steps", static_cast<double>(mask.steps));
  object.set("zeros", mask.zeros);
  object.set("clipped", mask.clipped);
  object.set("notFinite", mask.not_finite);
  object.set("warnings", val::array(mask.warnings));
  object.set("extras", from_tensors(mask.extras));
  return object;
}

val from_options(const std::vector<OptionInfo>& infos) {
  val array = val::array();
  for (const OptionInfo& info : infos) {
    val object = val::object();
    object.set("name", info.name);
    object.set("type", info.type);
    object.set("fallback", info.fallback);
    object.set("meaning", info.meaning);
    array.call<void>("push", object);
  }
  return array;
}

}  // namespace

MethodBinding::MethodBinding(std::size_t row, const ModelBinding& model, const val& tensors)
    : name_(methods()[row].name),
      y_(tensors["y"].as<std::string>()),
      x_(tensors["x"].as<std::string>()),
      model_(model) {}

template <class Get>
val MethodBinding::started(const val& request, Get get) const {
  return enveloped([&] {
    ModelAtPoint at = model_at_point(model_.session(), request, y_, x_, Activations::Released);
    const Target target = to_target(request["target"], at.model->output_shape());
    const auto start = [&](NetworkModel& on, Mask* partial) {
      return get(name_, on, std::move(at.point), target, to_options(request["options"]), partial);
    };
    return started_job<Mask>(std::move(at.model), start,
                             [](const Mask& mask, const NetworkModel& /*model*/) { return from_mask(mask); });
  });
}

val MethodBinding::get_mask(const val& request) const {
  using Get = Job<Mask> (*)(std::string, Model&, std::vector<Scalar>, Target, Options, Mask*);
  return started(request, static_cast<Get>(&saliency::get_mask));
}

val MethodBinding::get_smoothed_mask(const val& request) const {
  return started(request, &saliency::get_smoothed_mask);
}

val explain_together(const ModelBinding& model, const val& request) {
  return enveloped([&] {
    ModelAtPoint at = model_at_point(model.session(), request, request["y"].as<std::string>(),
                                     request["x"].as<std::string>(), Activations::Kept);
    std::vector<MethodCall> calls;
    for (const val& call : emscripten::vecFromJSArray<val>(request["methods"])) {
      calls.push_back({call["name"].as<std::string>(),
                       call["smoothed"].as<bool>() ? MethodCall::Form::Smoothed : MethodCall::Form::Plain,
                       to_options(call["options"])});
    }
    std::vector<Target> targets;
    for (const val& target : emscripten::vecFromJSArray<val>(request["targets"])) {
      targets.push_back(to_target(target, at.model->output_shape()));
    }
    const auto start = [&](NetworkModel& on, Mask* /*partial*/) {
      return explain(on, std::move(at.point), std::move(calls), std::move(targets));
    };
    return started_job<std::vector<Mask>>(std::move(at.model), start,
                                          [](const std::vector<Mask>& masks, const NetworkModel& on) {
                                            val array = val::array();
                                            for (const Mask& mask : masks) array.call<void>("push", from_mask(mask));
                                            val passes = val::object();
                                            passes.set("forward", static_cast<double>(on.passes().forward));
                                            passes.set("backward", static_cast<double>(on.passes().backward));
                                            val object = val::object();
                                            object.set("masks", array);
                                            object.set("passes", passes);
                                            return object;
                                          });
  });
}

val visualize_feature(const ModelBinding& model, const val& request) {
  return enveloped([&] {
    auto network = network_model(model.session(), request, request["y"].as<std::string>(), "", Activations::Released);
    const Target target = to_target(request["target"], network->output_shape());
    const auto start = [&](NetworkModel& on, Mask* partial) {
      return saliency::visualize_feature(on, target, to_options(request["options"]), partial);
    };
    return started_job<Mask>(std::move(network), start,
                             [](const Mask& mask, const NetworkModel& /*model*/) { return from_mask(mask); });
  });
}

val method_table() {
  val array = val::array();
  for (const MethodInfo& info : methods()) {
    val object = val::object();
    object.set("name", std::string(info.name));
    object.set("summary", std::string(info.summary));
    object.set("options", from_options(mask_options(info.name)));
    object.set("smoothedOptions", from_options(smoothed_mask_options(info.name)));
    array.call<void>("push", object);
  }
  return array;
}

}  // namespace saliency::bindings
