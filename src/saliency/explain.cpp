#include "saliency/explain.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "saliency/lint.h"
#include "saliency/method.h"
#include "saliency/methods.h"
#include "saliency/smoothgrad.h"

namespace saliency {
namespace {

struct Prepared {
  std::unique_ptr<Method> method;
  std::optional<SmoothGradOptions> smoothing;
};

Prepared prepared(const MethodCall& call) {
  OptionReader reader(call.method, call.options);
  Prepared result;
  if (call.form == MethodCall::Form::Smoothed) result.smoothing = SmoothGradOptions::read(reader);
  result.method = method_info(call.method).make(reader);
  reader.finish();
  return result;
}

// One map in the making.
struct Lane {
  std::size_t place;  // among the results
  const Target* target;
  Job<Mask> job;
  bool over = false;
};

Job<Mask> started(const Prepared& method, Model& model, const std::vector<Scalar>& image, const Target& target) {
  if (method.smoothing) return smoothed_mask(*method.method, model, image, target, *method.smoothing);
  return get_mask(*method.method, model, image, target);
}

// Whether both take the same samples.
bool same_samples(const Prepared& a, const Prepared& b) {
  if (!a.smoothing || !b.smoothing) return !a.smoothing && !b.smoothing;
  const auto drawn = [](const SmoothGradOptions& options) {
    return std::tie(options.stdev_spread, options.stdev, options.samples, options.antithetic, options.tolerance,
                    options.seed);
  };
  return drawn(*a.smoothing) == drawn(*b.smoothing) && !a.smoothing->noise && !b.smoothing->noise;
}

// Methods that go forward on the same inputs at the same time: those of one gradient, plain or with the same samples.
// All others are alone. Plain gradients come first, before anything else replaces the pass that the model keeps.
std::vector<std::vector<std::size_t>> grouped(const std::vector<Prepared>& calls, Model& model) {
  std::vector<std::vector<std::size_t>> shared;
  std::vector<std::vector<std::size_t>> alone;
  for (std::size_t m = 0; m < calls.size(); ++m) {
    if (!calls[m].method->announce(model)) {
      alone.push_back({m});
      continue;
    }
    const auto group = std::find_if(shared.begin(), shared.end(), [&](const std::vector<std::size_t>& members) {
      return same_samples(calls[members.front()], calls[m]);
    });
    if (group == shared.end()) {
      shared.insert(calls[m].smoothing ? shared.end() : shared.begin(), {m});
    } else {
      group->push_back(m);
    }
  }
  shared.insert(shared.end(), alone.begin(), alone.end());
  return shared;
}

void check_not_empty(std::size_t count, const std::string& what) {
  if (count > 0) return;
  throw Error(ErrorCode::InvalidOption, "there are no " + what + " to explain",
              {.expected = "at least one of " + what, .actual = "none", .remedy = "name one"});
}

}  // namespace

Job<std::vector<Mask>> explain(Model& model, std::vector<Scalar> image, std::vector<MethodCall> methods,
                               std::vector<Target> targets) {
  check_not_empty(methods.size(), "methods");
  check_not_empty(targets.size(), "targets");
  check_image(model, image.size());
  constexpr std::int64_t kWhole = 1000;
  std::vector<Prepared> calls;
  for (const MethodCall& call : methods) calls.push_back(prepared(call));

  const std::vector<std::vector<std::size_t>> groups = grouped(calls, model);
  std::vector<Mask> masks(methods.size() * targets.size());
  std::vector<std::int64_t> shares(masks.size(), 0);  // thousandths that are done
  const auto total = kWhole * static_cast<std::int64_t>(masks.size());
  for (const std::vector<std::size_t>& group : groups) {
    std::vector<Lane> lanes;
    for (std::size_t t = 0; t < targets.size(); ++t) {
      for (const std::size_t m : group) {
        lanes.push_back({m * targets.size() + t, &targets[t], started(calls[m], model, image, targets[t])});
      }
    }
    while (std::any_of(lanes.begin(), lanes.end(), [](const Lane& lane) { return !lane.over; })) {
      for (Lane& lane : lanes) {
        if (lane.over) continue;
        std::int64_t& share = shares[lane.place];
        if (lane.job.step()) {
          const Progress own = lane.job.progress();
          if (own.total > 0) share = std::max(share, std::min(kWhole - 1, kWhole * own.done / own.total));
        } else {
          lane.over = true;
          share = kWhole;
          masks[lane.place] = lane.job.result();
          lint(model, image, *lane.target, masks[lane.place]);
        }
        std::int64_t done = 0;
        for (const std::int64_t one : shares) done += one;
        const Progress progress{done, total};
        co_yield progress;
      }
    }
  }
  co_return masks;
}

}  // namespace saliency
