#include "bindings/metrics.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings/convert.h"
#include "bindings/envelope.h"
#include "bindings/job.h"
#include "metrics/curves.h"
#include "metrics/faithfulness.h"
#include "metrics/performance_information.h"
#include "metrics/revealed.h"
#include "saliency/baselines.h"
#include "saliency/methods.h"

namespace saliency::bindings {

using emscripten::val;

namespace {

// The network of a request, its image and its target.
struct Setup {
  std::unique_ptr<NetworkModel> model;
  std::vector<Scalar> image;
  Target target;
};

Setup setup(const ModelBinding& binding, const val& request) {
  auto model = network_model(binding.session(), request, request["y"].as<std::string>(), request["x"].as<std::string>(),
                             Activations::Released);
  const Target target = to_target(request["target"], model->output_shape());
  return {std::move(model), to_scalars(request["image"]), target};
}

std::vector<Scalar> perturbations_of(const val& request, std::size_t size) {
  std::vector<Scalar> given = to_scalars(request["perturbations"]);
  if (!given.empty()) return given;
  return uniform_perturbations(static_cast<std::int64_t>(request["samples"].as<double>()),
                               static_cast<std::int64_t>(size), request["radius"].as<double>(),
                               static_cast<std::uint64_t>(request["seed"].as<double>()));
}

// Numbers stay doubles, which a Float32Array would round.
val from_doubles(const std::vector<double>& numbers) {
  return val::array(numbers);
}

val from_curve(const Curve& curve, const NetworkModel& /*model*/) {
  val object = val::object();
  object.set("scores", from_doubles(curve.scores));
  object.set("area", curve.area);
  return object;
}

val from_infidelity(const Infidelity& infidelity, const NetworkModel& /*model*/) {
  val object = val::object();
  object.set("value", infidelity.value);
  object.set("normalized", infidelity.normalized);
  return object;
}

val from_information(const InformationCurve& curve, const NetworkModel& /*model*/) {
  val object = val::object();
  object.set("x", from_doubles(curve.x));
  object.set("y", from_doubles(curve.y));
  object.set("area", curve.area);
  return object;
}

// The method lives as long as the job that refers to it.
Job<double> sensitivity(std::unique_ptr<Method> method, Model& model, std::vector<Scalar> image,
                        std::vector<Scalar> perturbations, Target target) {
  Job<double> job = max_sensitivity(*method, model, std::move(image), std::move(perturbations), std::move(target));
  while (job.step()) co_yield job.progress();
  co_return job.result();
}

}  // namespace

val start_perturbation_curve(const ModelBinding& model, const val& request) {
  return enveloped([&] {
    Setup given = setup(model, request);
    OptionReader reader("A metric", to_options(request["baseline"]));
    const Baselines baselines = Baselines::read(reader, "baseline", "zero", "what stands for a pixel that is gone");
    reader.finish();
    const std::vector<Scalar> baseline = baselines.of(*given.model, given.image).front();
    const auto kind = request["kind"].as<std::string>() == "insertion" ? CurveKind::Insertion : CurveKind::Deletion;
    const auto steps = static_cast<std::int64_t>(request["steps"].as<double>());
    const auto start = [&](NetworkModel& on, Mask* /*partial*/) {
      return perturbation_curve(on, given.image, to_scalars(request["map"]), baseline, given.target, kind, steps);
    };
    return started_job<Curve>(std::move(given.model), start, &from_curve);
  });
}

val start_infidelity(const ModelBinding& model, const val& request) {
  return enveloped([&] {
    Setup given = setup(model, request);
    const auto start = [&](NetworkModel& on, Mask* /*partial*/) {
      return infidelity(on, given.image, to_scalars(request["map"]), perturbations_of(request, given.image.size()),
                        given.target);
    };
    return started_job<Infidelity>(std::move(given.model), start, &from_infidelity);
  });
}

val start_sensitivity(const ModelBinding& model, const val& request) {
  return enveloped([&] {
    Setup given = setup(model, request);
    OptionReader reader(request["method"].as<std::string>(), to_options(request["options"]));
    std::unique_ptr<Method> method = method_info(reader.owner()).make(reader);
    reader.finish();
    const auto start = [&](NetworkModel& on, Mask* /*partial*/) {
      return sensitivity(std::move(method), on, given.image, perturbations_of(request, given.image.size()),
                         given.target);
    };
    return started_job<double>(std::move(given.model), start,
                               [](double value, const NetworkModel& /*model*/) { return val(value); });
  });
}

val start_revealed_curve(const ModelBinding& model, const val& request) {
  return enveloped([&] {
    Setup given = setup(model, request);
    const RevealOptions options{.thresholds = emscripten::vecFromJSArray<double>(request["thresholds"]),
                                .random_fraction = request["randomFraction"].as<double>(),
                                .seed = static_cast<std::uint64_t>(request["seed"].as<double>()),
                                .curve = {.min_performance = request["minPerformance"].as<double>(),
                                          .monotonous = request["monotonous"].as<bool>(),
                                          .points = static_cast<std::int64_t>(request["points"].as<double>())}};
    const auto start = [&](NetworkModel& on, Mask* /*partial*/) {
      return revealed_curve(on, given.image, to_scalars(request["map"]), given.target, options);
    };
    return started_job<InformationCurve>(std::move(given.model), start, &from_information);
  });
}

}  // namespace saliency::bindings
