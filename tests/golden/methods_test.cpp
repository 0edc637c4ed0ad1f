// Maps of small trained networks against PAIR's saliency and Captum, within the tolerances that each case states.
// A row of kRecipes says how a case's parameters become a method and its options.
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>

#include "saliency/methods.h"
#include "saliency/network_model.h"
#include "support/golden.h"

namespace saliency::testing {
namespace {

struct GoldenCase {
  Path folder;  // of the case
  Json meta;

  const Json& params() const { return meta.at("params"); }
  Tensor tensor(const char* name) const {
    return read_npy(folder / meta.at("tensors").at(name).at("file").get<std::string>());
  }
};

// One map to be computed and the output that it is compared with.
struct Computation {
  std::string output;
  std::string method;
  Options options = {};
  bool smoothed = false;
};

struct Recipe {
  std::string prefix;  // of the case's name
  std::function<std::vector<Computation>(const GoldenCase&)> computations;
};

Recipe plain(const char* prefix, const char* method) {
  return {prefix, [method](const GoldenCase&) { return std::vector<Computation>{{"map", method}}; }};
}

std::vector<Computation> captum_path(const GoldenCase& golden) {
  const bool gauss = golden.params().at("method") == "gausslegendre";
  Options options{{"steps", golden.params().at("n_steps").get<double>()},
                  {"baseline", golden.tensor("baseline")},
                  {"rule", gauss ? "gauss-legendre" : "trapezoid"}};
  if (!gauss) options.insert({"compat", "captum"});
  return {{"map", "IntegratedGradients", options}};
}

std::vector<Computation> smoothgrad(const GoldenCase& golden) {
  std::vector<Computation> computations;
  for (const auto& [output, reduce] : {std::pair{"smoothgrad", "mean"}, std::pair{"smoothgrad_squared", "square"},
                                       std::pair{"vargrad", "variance"}}) {
    const Options options{{"samples", golden.params().at("nsamples").get<double>()},
                          {"noise", golden.tensor("noise")},
                          {"reduce", reduce}};
    computations.push_back({output, "VanillaGradients", options, true});
  }
  return computations;
}

// Captum's windows are [channels, height, width]; a window of one channel hides one channel at a time.
std::vector<Computation> captum_occlusion(const GoldenCase& golden) {
  const auto size = golden.params().at("sliding_window_shapes").get<std::vector<double>>();
  const auto stride = golden.params().at("strides").get<std::vector<double>>();
  return {{"map",
           "Occlusion",
           {{"size", std::vector<double>{size[1], size[2]}},
            {"stride", std::vector<double>{stride[1], stride[2]}},
            {"value", golden.params().at("baseline").get<double>()},
            {"perChannel", size[0] == 1}}}};
}

const std::vector<Recipe>& recipes() {
  static const std::vector<Recipe> kRecipes = {
      plain("gradient_x", "VanillaGradients"),
      plain("guided_backprop_", "GuidedBackprop"),
      plain("deconvnet_", "DeconvNet"),
      {"ig_pair_",
       [](const GoldenCase& golden) {
         return std::vector<Computation>{{"map",
                                          "IntegratedGradients",
                                          {{"steps", golden.params().at("x_steps").get<double>()},
                                           {"baseline", golden.tensor("baseline")},
                                           {"compat", "pair"}}}};
       }},
      {"ig_captum_", captum_path},
      {"smoothgrad_", smoothgrad},
      {"occlusion_pair_",
       [](const GoldenCase& golden) {
         return std::vector<Computation>{{"map",
                                          "Occlusion",
                                          {{"size", golden.params().at("size").get<double>()},
                                           {"value", golden.params().at("value").get<double>()},
                                           {"compat", "pair"}}}};
       }},
      {"occlusion_captum_", captum_occlusion},
  };
  return kRecipes;
}

const Recipe* recipe_of(const std::string& name) {
  for (const Recipe& recipe : recipes()) {
    if (name.rfind(recipe.prefix, 0) == 0) return &recipe;
  }
  return nullptr;
}

class Methods : public ::testing::TestWithParam<Path> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Methods);

void expect_agrees(const Mask& mask, const GoldenCase& golden, const std::string& output) {
  const Json& expected = golden.meta.at("outputs").at(output);
  const Tensor reference = read_npy(golden.folder / expected.at("file").get<std::string>());
  const Difference gap = difference(mask.data, reference.data);
  const std::string label = golden.meta.at("name").get<std::string>() + " " + output;
  EXPECT_LE(gap.largest, expected.at("abs_tol").get<double>()) << label;
  EXPECT_LE(gap.mean, expected.at("mean_abs_tol").get<double>()) << label;
}

TEST_P(Methods, AgreeWithTheirAuthorities) {
  const Path folder = GetParam();
  const auto session = load_golden(folder);
  NetworkModel model(*session);
  int compared = 0;
  const Json network = read_json(folder / "meta.json");
  for (const Json& entry : network.at("cases")) {
    const std::string name = entry.at("name");
    const Recipe* recipe = recipe_of(name);
    if (recipe == nullptr || !std::filesystem::is_directory(folder / "cases" / name)) continue;
    const GoldenCase golden{folder / "cases" / name, read_json(folder / "cases" / name / "meta.json")};
    const Tensor image = read_npy(folder / golden.meta.at("input").get<std::string>());
    const Target target = Target::of_class(golden.meta.at("target").get<std::int64_t>());
    for (const Computation& wanted : recipe->computations(golden)) {
      Job<Mask> job = wanted.smoothed
                          ? get_smoothed_mask(wanted.method, model, image.data, target, wanted.options)
                          : get_mask(wanted.method, model, image.data, target, wanted.options);
      expect_agrees(job.run(), golden, wanted.output);
      ++compared;
    }
  }
  EXPECT_GT(compared, 0);
  std::printf("%s: %d maps compared\n", folder.filename().c_str(), compared);
}

INSTANTIATE_TEST_SUITE_P(Goldens, Methods, ::testing::ValuesIn(golden_folders("methods")),
                         [](const auto& instance) { return instance.param.filename().string(); });

}  // namespace
}  // namespace saliency::testing
