// Whole architectures against PyTorch: logits, gradient, guided backpropagation and DeconvNet, within the tolerances
// that each folder's meta.json states.
#include <gtest/gtest.h>

#include "golden/architecture_check.h"
#include "saliency/network_model.h"

namespace saliency::testing {
namespace {

class Zoo : public ::testing::TestWithParam<Path> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Zoo);

TEST_P(Zoo, AgreesWithPyTorch) {
  expect_architecture_agrees(GetParam());
}

TEST_P(Zoo, StacksSamples) {
  expect_samples_stack(GetParam());
}

#ifndef SALIENCY_DOUBLE  // the naive kernels of that build would take minutes
// What only the changed rectangle of each layer computes is what the whole network computes.
TEST_P(Zoo, PatchesScoreAsFullRuns) {
  const Path folder = GetParam();
  const Json meta = read_json(folder / "meta.json");
  const Tensor input = read_npy(folder / "input.npy");
  const auto session = load_golden(folder);
  NetworkModel model(*session);
  const Target target = Target::of_class(meta.at("k").get<std::int64_t>());
  const std::vector<Scalar> grey(3 * 49, Scalar{0.5});
  std::vector<Model::Patch> patches = {{.begin = {0, 0, 0}, .size = {3, 7, 7}, .values = grey},
                                       {.begin = {0, 21, 34}, .size = {3, 7, 7}, .values = grey},
                                       {.begin = {0, 30, 0}, .size = {3, 7, 7}, .values = grey}};
  patches.back().begin[2] = input.shape[3] - 7;

  const std::vector<Scalar> actual = model.patched_scores(input.data, patches, target);

  const std::vector<Scalar> expected = model.Model::patched_scores(input.data, patches, target);
  const double scale = meta.at("outputs").at("logits").at("max_abs");
  EXPECT_LE(difference(actual, expected).largest, 2e-5 * scale);
}
#endif

INSTANTIATE_TEST_SUITE_P(Goldens, Zoo, ::testing::ValuesIn(golden_folders("zoo")),
                         [](const auto& instance) { return instance.param.filename().string(); });

TEST(Goldens, SharedFolderIsThere) {
  if (!has_shared_goldens()) GTEST_SKIP() << "no shared folder beside the checkout: only the carried goldens ran";
}

}  // namespace
}  // namespace saliency::testing
