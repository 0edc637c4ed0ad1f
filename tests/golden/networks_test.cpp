// Networks that are built otherwise than the usual classifiers (tools/networks), against PyTorch: every output,
// gradient, guided backpropagation and DeconvNet.
#include <gtest/gtest.h>

#include "base/error.h"
#include "golden/architecture_check.h"
#include "saliency/network_model.h"

namespace saliency::testing {
namespace {

class Networks : public ::testing::TestWithParam<Path> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Networks);

TEST_P(Networks, AgreesWithPyTorch) {
  expect_architecture_agrees(GetParam());
}

// Samples of a batch do not mix, and none of these networks has to run them one by one.
TEST_P(Networks, StacksSamples) {
  const Path folder = GetParam();
  const Json meta = read_json(folder / "meta.json");
  const auto session = load_golden(folder);
  NetworkModelOptions options;
  for (const Json& input : meta.at("inputs")) {
    if (input.at("name") != "input") options.feeds[input.at("name")] = read_npy(folder / input.at("file"));
  }
  NetworkModel model(*session, options);
  const Target target = Target::of_class(meta.at("k"));
  const Tensor input = read_npy(folder / "input.npy");
  std::vector<Scalar> batch, expected;
  for (const Scalar factor : {Scalar{1}, Scalar{-0.5}, Scalar{0.75}}) {
    std::vector<Scalar> one = input.data;
    for (Scalar& value : one) value *= factor;
    const std::vector<Scalar> gradient = model.gradients(one, target, BackwardRule::Exact).gradients;
    expected.insert(expected.end(), gradient.begin(), gradient.end());
    batch.insert(batch.end(), one.begin(), one.end());
  }

  const std::vector<Scalar> stacked = model.gradients(batch, target, BackwardRule::Exact).gradients;

  EXPECT_TRUE(session->stacks(session->logits()));
  // Kernels may add in another order for another batch; where a rectifier is near zero that shows.
  const double scale = meta.at("outputs").at("gradient").at("max_abs");
  EXPECT_LE(difference(stacked, expected).mean, 1e-3 * scale);
}

INSTANTIATE_TEST_SUITE_P(Goldens, Networks, ::testing::ValuesIn(golden_folders("networks")),
                         [](const auto& instance) { return instance.param.filename().string(); });

TEST(DynamicAxes, ANetworkOfOpenSizesWantsThemAndThenRunsAtAny) {
  const Path folder = source_directory() / "tests/golden/data/networks/dynamic";
  const auto outputs = [&](const Shape& shape) {
    const auto session = load_golden(folder, {.input_shapes = {{"input", shape}}});
    NetworkModel model(*session);
    return model.outputs(std::vector<Scalar>(static_cast<std::size_t>(element_count(shape)), Scalar(0.5)));
  };

  EXPECT_EQ(outputs({1, 3, 18, 30}).size(), 10U);
  EXPECT_EQ(outputs({1, 3, 40, 21}).size(), 10U);
  EXPECT_NE(outputs({1, 3, 18, 30}), outputs({1, 3, 40, 21}));
  EXPECT_THROW(load_golden(folder, {}), Error);
}

}  // namespace
}  // namespace saliency::testing
