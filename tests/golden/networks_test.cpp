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

TEST_P(Networks, StacksSamples) {
  expect_samples_stack(GetParam());
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
