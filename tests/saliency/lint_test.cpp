// Each remark has a case that calls for it and one that does not.
#include "saliency/lint.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "onnx/load.h"
#include "saliency/method_check.h"
#include "saliency/network_model.h"
#include "saliency/toy_model.h"
#include "support/onnx_builder.h"

namespace saliency {
namespace {

using testing::ModelBuilder;
using Integers = std::vector<std::int64_t>;

bool says(const std::vector<std::string>& warnings, const std::string& part) {
  return std::any_of(warnings.begin(), warnings.end(),
                     [&](const std::string& warning) { return warning.find(part) != std::string::npos; });
}

struct Layer {
  std::int64_t kernel;
  std::int64_t stride;
  std::int64_t dilation;
  bool grid;
  bool gaps;
};

std::unique_ptr<graph::Session> strided(const Layer& layer) {
  const std::int64_t k = layer.kernel;
  ModelBuilder model(13);
  model.input("x", {-1, 1, 16, 16}, testing::ElementType::Float, {"batch"})
      .initializer("w", {2, 1, k, k}, std::vector<float>(static_cast<std::size_t>(2 * k * k), 1))
      .node(
          "Conv", {"x", "w"}, {"c"},
          {{"strides", Integers{layer.stride, layer.stride}}, {"dilations", Integers{layer.dilation, layer.dilation}}},
          "stem")
      .node("GlobalAveragePool", {"c"}, {"y"})
      .output("y", {-1, 2, 1, 1});
  return onnx::load(model.bytes());
}

class Gridding : public ::testing::TestWithParam<Layer> {};

TEST_P(Gridding, IsSeenFromKernelStrideAndDilation) {
  const auto session = strided(GetParam());
  NetworkModel model(*session);

  const Mask gradient = testing::mask_of("VanillaGradients", model, std::vector<Scalar>(256, 1));
  const Mask occlusion =
      testing::mask_of("Occlusion", model, std::vector<Scalar>(256, 1), {{"size", 8}, {"stride", 8}});

  EXPECT_EQ(says(gradient.warnings, "leave a grid in the gradient: Conv 'stem'"), GetParam().grid);
  EXPECT_EQ(says(gradient.warnings, "some never"), GetParam().gaps);
  EXPECT_FALSE(says(occlusion.warnings, "grid")) << "it needs no gradient";
}

INSTANTIATE_TEST_SUITE_P(Lint, Gridding,
                         ::testing::Values(Layer{3, 1, 1, false, false}, Layer{4, 2, 1, false, false},
                                           Layer{3, 2, 1, true, false}, Layer{1, 2, 1, true, true},
                                           Layer{3, 3, 1, false, false}, Layer{2, 2, 2, true, true},
                                           Layer{3, 3, 2, false, false}));

TEST(Lint, NamesThreeLayersAndCountsTheOthers) {
  ModelBuilder model(13);
  model.input("t0", {-1, 1, 64, 64}, testing::ElementType::Float, {"batch"});
  for (int i = 0; i < 5; ++i) {
    model.node("MaxPool", {"t" + std::to_string(i)}, {"t" + std::to_string(i + 1)},
               {{"kernel_shape", Integers{3, 3}}, {"strides", Integers{2, 2}}}, "pool" + std::to_string(i));
  }
  const auto session = onnx::load(model.output("t5", {-1, 1, 1, 1}).bytes());

  const auto remark = gridding(session->graph());

  ASSERT_TRUE(remark.has_value());
  EXPECT_NE(remark->find("MaxPool 'pool2' (3×3, stride 2) and 2 more"), std::string::npos) << *remark;
}

std::unique_ptr<graph::Session> activated(const char* activation) {
  ModelBuilder model(13);
  model.input("x", {-1, 4}, testing::ElementType::Float, {"batch"})
      .node(activation, {"x"}, {"a"})
      .node("Softmax", {"a"}, {"p"})
      .output("p", {-1, 4});
  return onnx::load(model.bytes());
}

TEST(Lint, RemarksOnRectifierRulesForSmoothActivationsOnly) {
  for (const auto& [activation, smooth] : {std::pair{"Sigmoid", true}, {"Relu", false}}) {
    const auto session = activated(activation);
    NetworkModel model(*session);

    EXPECT_EQ(says(testing::mask_of("GuidedBackprop", model, {1, 2, 3, 4}).warnings, "smooth activations"), smooth);
    EXPECT_FALSE(says(testing::mask_of("VanillaGradients", model, {1, 2, 3, 4}).warnings, "smooth activations"));
  }
}

TEST(Lint, RemarksOnProbabilitiesAndMoreSoWhereTheyAreSaturated) {
  const auto session = activated("Relu");
  NetworkModel model(*session);
  const auto mask_for = [&](Of of, Scalar value) {
    Target target = Target::of_class(0);
    target.of = of;
    return get_mask("VanillaGradients", model, {value, 0, 0, 0}, target).run();
  };

  EXPECT_TRUE(says(mask_for(Of::Probability, 1).warnings, "explains a probability"));
  EXPECT_FALSE(says(mask_for(Of::Probability, 1).warnings, "where the Softmax is flat"));
  EXPECT_TRUE(says(mask_for(Of::Probability, 9).warnings, "where the Softmax is flat"));
  EXPECT_TRUE(mask_for(Of::Logit, 9).warnings.empty());
  EXPECT_TRUE(mask_for(Of::LogProbability, 9).warnings.empty());
}

TEST(Lint, RemarksOnValuesThatNoPictureHas) {
  auto model = testing::square_model({2, 2, 1});
  model.range = ValueRange{{-2}, {2}};

  const Mask inside = testing::mask_of("VanillaGradients", model, {-2, 2, 0, 1});
  const Mask outside = testing::mask_of("VanillaGradients", model, {0, 128, 255, 1});
  model.range.reset();
  const Mask unknown = testing::mask_of("VanillaGradients", model, {0, 128, 255, 1});

  EXPECT_TRUE(inside.warnings.empty());
  ASSERT_EQ(outside.warnings.size(), 1U);
  EXPECT_NE(outside.warnings[0].find("50% of the image's values lie outside"), std::string::npos)
      << outside.warnings[0];
  EXPECT_NE(outside.warnings[0].find("0 to 255"), std::string::npos);
  EXPECT_TRUE(unknown.warnings.empty());
}

TEST(Lint, CountsWhatAnActivationMapCutsOff) {
  auto model = testing::square_model({1, 2, 1});
  model.layer_values = [](const testing::Values&) { return Model::Layer{{1, 1, 2}, {}, {1, -1}, {1, 1}}; };

  const Mask positive = testing::mask_of("GradCam", model, {1, 1}, {{"resize", "none"}});
  const Mask both = testing::mask_of("GradCam", model, {1, 1}, {{"resize", "none"}, {"relu", false}});

  EXPECT_EQ(positive.clipped, 0.5);
  EXPECT_EQ(both.clipped, 0);
}

}  // namespace
}  // namespace saliency
