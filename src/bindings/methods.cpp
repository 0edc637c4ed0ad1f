#include "bindings/methods.h"

#include <utility>
#include <vector>

#include "base/error.h"
#include "bindings/convert.h"
#include "bindings/envelope.h"
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

JobBinding::JobBinding(const std::string& method, const std::string& y, const std::string& x, graph::Session& session,
                       const val& request, Start start)
    : JobBinding(
          method,
          model_at(session, {.y = y, .x = x, .feeds = to_tensors(request["feeds"])}, to_scalars(request["image"])),
          request, start) {}

JobBinding::JobBinding(const std::string& method, ModelAtPoint at, const val& request, Start start)
    : model_(std::move(at.model)),
      partial_(std::make_unique<Mask>()),
      job_(start(method, *model_, std::move(at.point), to_target(request["target"], model_->output_shape()),
                 to_options(request["options"]), partial_.get())) {}

val JobBinding::step() {
  return enveloped([&] {
    const bool goes_on = job_.step();
    const Progress progress = job_.progress();
    val object = val::object();
    object.set("finished", !goes_on);
    object.set("done", static_cast<double>(progress.done));
    object.set("total", static_cast<double>(progress.total));
    return object;
  });
}

val JobBinding::partial() const {
  return enveloped([&] { return from_tensor(Tensor(partial_->shape, partial_->data)); });
}

val JobBinding::result() {
  return enveloped([&] { return from_mask(job_.result()); });
}

MethodBinding::MethodBinding(std::size_t row, const ModelBinding& model, const val& tensors)
    : name_(methods()[row].name),
      y_(tensors["y"].as<std::string>()),
      x_(tensors["x"].as<std::string>()),
      model_(model) {}

val MethodBinding::get_mask(const val& request) const {
  return enveloped([&] { return val(JobBinding(name_, y_, x_, model_.session(), request, &saliency::get_mask)); });
}

val MethodBinding::get_smoothed_mask(const val& request) const {
  return enveloped(
      [&] { return val(JobBinding(name_, y_, x_, model_.session(), request, &saliency::get_smoothed_mask)); });
}

val visualize_feature(const ModelBinding& model, const val& request) {
  const auto start = [](std::string, Model& network, std::vector<Scalar>, Target target, Options options,
                        Mask* partial) {
    return saliency::visualize_feature(network, std::move(target), std::move(options), partial);
  };
  return enveloped([&] {
    const auto y = request["y"].as<std::string>();
    return val(JobBinding("FeatureVisualization", y, "", model.session(), request, start));
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
