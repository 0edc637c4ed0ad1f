#include "golden/architecture_check.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "saliency/network_model.h"

namespace saliency::testing {
namespace {

BackwardRule rule_of(const std::string& name) {
  if (name == "guided") return BackwardRule::Guided;
  if (name == "deconvnet") return BackwardRule::DeconvNet;
  return BackwardRule::Exact;
}

// All inputs but x.
std::map<std::string, Tensor> feeds(const Path& folder, const Json& meta, const std::string& x) {
  std::map<std::string, Tensor> result;
  for (const Json& input : meta.value("inputs", Json::array())) {
    const std::string name = input.at("name");
    if (name != x) result[name] = read_npy(folder / input.at("file").get<std::string>());
  }
  return result;
}

}  // namespace

void expect_architecture_agrees(const Path& folder) {
  const Json meta = read_json(folder / "meta.json");
  const auto session = load_golden(folder);
  for (const auto& [name, expected] : meta.at("outputs").items()) {
    const std::string x = expected.value("x", session->inputs().at(0).name);
    const std::string y = expected.value("y", std::string());
    const bool is_map = expected.contains("rule") || name == "gradient" || name == "guided" || name == "deconvnet";
    NetworkModel model(*session, {.y = y, .x = x, .feeds = feeds(folder, meta, x)});
    const Tensor input = read_npy(folder / (x + ".npy"));
    const Tensor reference = read_npy(folder / expected.at("file").get<std::string>());

    const Target target = Target::of_class(expected.value("k", meta.at("k").get<std::int64_t>()));
    const BackwardRule rule = rule_of(expected.value("rule", name));
    const std::vector<Scalar> actual =
        is_map ? model.gradients(input.data, target, rule).gradients : model.outputs(input.data);

    const Difference gap = difference(actual, reference.data);
    const double error = gap.largest / expected.at("max_abs").get<double>(), allowed = expected.at("rel_tol");
    // tools/architectures.mjs reads this line.
    std::printf("%s %s: relative error %.2e of %.0e allowed\n", folder.filename().c_str(), name.c_str(), error,
                allowed);
    EXPECT_LE(gap.largest, expected.at("abs_tol").get<double>()) << folder.filename() << " " << name;
  }
}

void expect_samples_stack(const Path& folder) {
  const Json meta = read_json(folder / "meta.json");
  const auto session = load_golden(folder);
  NetworkModel model(*session, {.feeds = feeds(folder, meta, "input")});
  const Target target = Target::of_class(meta.at("k").get<std::int64_t>());
  const Tensor input = read_npy(folder / "input.npy");
  std::vector<Scalar> batch;
  std::vector<Scalar> expected;
  for (const Scalar factor : {Scalar{1}, Scalar{-0.5}, Scalar{0.75}}) {
    std::vector<Scalar> one = input.data;
    for (Scalar& value : one) value *= factor;
    const std::vector<Scalar> gradient = model.gradients(one, target, BackwardRule::Exact).gradients;
    expected.insert(expected.end(), gradient.begin(), gradient.end());
    batch.insert(batch.end(), one.begin(), one.end());
  }

  const std::vector<Scalar> stacked = model.gradients(batch, target, BackwardRule::Exact).gradients;

  EXPECT_TRUE(session->stacks(session->logits()));
  // Kernels may add in another order for another batch; where a network's rectifiers are near zero that shows.
  const double scale = meta.at("outputs").at("gradient").at("max_abs");
  EXPECT_LE(difference(stacked, expected).mean, 1e-3 * scale);
}

}  // namespace saliency::testing
