// The rules of relevance propagation on single layers by hand, and what they conserve in small networks. Whole networks
// under the ε-rule are compared with Captum in tests/golden.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "onnx/load.h"
#include "saliency/method_check.h"
#include "saliency/network_model.h"
#include "saliency/small_network.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::expect_error;
using testing::expect_near;
using testing::mask_of;
using testing::ModelBuilder;
using testing::small_network;
using testing::small_picture;
using testing::Values;
using Integers = std::vector<std::int64_t>;

constexpr double kTolerance = 1e-5;

Mask lrp(const std::vector<std::uint8_t>& bytes, const std::vector<Scalar>& image, Options options,
         std::int64_t target = 0) {
  const auto session = onnx::load(bytes);
  NetworkModel model(*session);
  return get_mask("Lrp", model, image, Target::of_class(target), std::move(options)).run();
}

// z = 3·1 − 1·2 − 2·(−1) + 1 = 4
std::vector<std::uint8_t> neuron() {
  return ModelBuilder(13)
      .input("x", {1, 3})
      .initializer("w", {3, 1}, {3, -1, -2})
      .initializer("b", {1}, {1})
      .node("Gemm", {"x", "w", "b"}, {"y"})
      .output("y")
      .bytes();
}

struct RuleCase {
  std::string rule;
  Values expected;
};

class LrpRule : public ::testing::TestWithParam<RuleCase> {};

TEST_P(LrpRule, SharesByItsContributions) {
  const Mask mask = lrp(neuron(), {1, 2, -1},
                        {{"composite", "epsilon"},
                         {"epsilon", 0},
                         {"gamma", 1},
                         {"rules", "Gemm=" + GetParam().rule},
                         {"valueRange", std::vector<double>{-2, 3}}});

  expect_near(mask.data, GetParam().expected, kTolerance);
  EXPECT_NEAR(mask.completeness.value().expected, 4, kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Rules, LrpRule,
                         ::testing::Values(RuleCase{"epsilon", {3, -2, 2}}, RuleCase{"gamma", {2.4, -0.8, 1.6}},
                                           RuleCase{"z-plus", {2, 0, 4.0 / 3}},
                                           RuleCase{"alpha1beta0", {2, 0, 4.0 / 3}},
                                           RuleCase{"alpha2beta1", {4, -4, 8.0 / 3}},
                                           RuleCase{"box", {2, 2.0 / 9, 16.0 / 9}},
                                           RuleCase{"w-square", {36.0 / 14, 4.0 / 14, 16.0 / 14}},
                                           RuleCase{"flat", {4.0 / 3, 4.0 / 3, 4.0 / 3}}),
                         [](const auto& instance) {
                           std::string name = instance.param.rule;
                           std::erase(name, '-');
                           return name;
                         });

TEST(Lrp, TheStabiliserAbsorbsRelevance) {
  const Mask mask = lrp(neuron(), {1, 2, -1}, {{"composite", "epsilon"}, {"epsilon", 4}});

  expect_near(mask.data, Values{1.5, -1, 1}, kTolerance);
  EXPECT_NEAR(mask.completeness.value().delta, 1.5 - 4, kTolerance);
}

class LrpComposite : public ::testing::TestWithParam<std::string> {};

TEST_P(LrpComposite, ConservesTheScoreWithoutBiases) {
  const Mask mask = lrp(small_network(), small_picture(), {{"composite", GetParam()}, {"epsilon", 1e-9}});

  EXPECT_NEAR(mask.completeness.value().sum, mask.score, 1e-3 * std::fabs(mask.score));
  EXPECT_NEAR(mask.completeness.value().expected, mask.score, 1e-5 * std::fabs(mask.score));
}

INSTANTIATE_TEST_SUITE_P(Composites, LrpComposite,
                         ::testing::Values("epsilon", "epsilon-plus", "epsilon-gamma-box", "epsilon-alpha2-beta1",
                                           "epsilon-plus-flat", "epsilon-alpha2-beta1-flat"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(Lrp, WithoutStabiliserAndBiasesTheEpsilonRuleIsInputTimesGradient) {
  const auto session = onnx::load(small_network());
  NetworkModel model(*session);

  const Mask relevance = mask_of("Lrp", model, small_picture(), {{"composite", "epsilon"}, {"epsilon", 1e-12}});
  const Mask product = mask_of("InputXGradient", model, small_picture());

  expect_near(relevance.data, product.data, 1e-3);
}

TEST(Lrp, RulesOfSingleLayersGoBeforeTheComposite) {
  const auto of = [](const char* composite, const char* rules) {
    return lrp(small_network(), small_picture(), {{"composite", composite}, {"rules", rules}}).data;
  };

  EXPECT_EQ(of("epsilon", "stem=z-plus, block=z-plus"), of("epsilon-plus", ""));
  EXPECT_EQ(of("epsilon", "Conv=z-plus, first=flat"), of("epsilon-plus", ""));  // the type goes before the place
  EXPECT_EQ(of("epsilon-plus", "first=flat"), of("epsilon-plus-flat", ""));
  EXPECT_EQ(of("epsilon", "head=z-plus"), of("epsilon", "last=z-plus"));
  EXPECT_NE(of("epsilon", "head=z-plus"), of("epsilon", ""));
}

TEST(Lrp, RefusesRulesAndLayersThatDoNotExist) {
  expect_error(ErrorCode::InvalidOption, "option 'rules'", [] {
    lrp(small_network(), small_picture(), {{"rules", "stem=best"}});
  });
  expect_error(ErrorCode::InvalidOption, "'tail'", [] {
    lrp(small_network(), small_picture(), {{"rules", "tail=flat"}});
  });
}

TEST(Lrp, SaysHowToKeepWeightsThatARuleNeeds) {
  const auto session = onnx::load(small_network(), {.lower = {.weights = graph::Weights::Release}});
  NetworkModel model(*session);

  expect_error(ErrorCode::InvalidOption, "no longer there", [&] { mask_of("Lrp", model, small_picture()); });
  EXPECT_EQ(mask_of("Lrp", model, small_picture(), {{"composite", "epsilon"}}).not_finite, 0);
}

TEST(Lrp, AGateCountsAsConstant) {
  const auto bytes = ModelBuilder(13)
                         .input("x", {1, 3})
                         .node("Sigmoid", {"x"}, {"s"})
                         .node("Mul", {"x", "s"}, {"y"})
                         .output("y")
                         .bytes();

  const Mask mask = lrp(bytes, {1, 2, -1}, {{"epsilon", 0}}, 1);

  expect_near(mask.data, Values{0, 2 / (1 + std::exp(-2.0)), 0}, kTolerance);
}

TEST(Lrp, ASumSharesInProportionAndAMaxPoolWithItsWinner) {
  const auto bytes = ModelBuilder(13)
                         .input("x", {1, 1, 1, 4})
                         .initializer("two", {1}, {2})
                         .node("Mul", {"x", "two"}, {"m"})
                         .node("MaxPool", {"m"}, {"p"}, {{"kernel_shape", Integers{1, 2}}, {"strides", Integers{1, 2}}})
                         .node("Slice", {"x", "from", "to", "axis"}, {"s"})
                         .integers("from", {1}, {0})
                         .integers("to", {1}, {2})
                         .integers("axis", {1}, {3})
                         .node("Add", {"p", "s"}, {"q"})
                         .node("Flatten", {"q"}, {"y"})
                         .output("y")
                         .bytes();

  // y0 = max(2, 6) + 1 = 7: 6 of it goes to the winner, 1 to the sliced value.
  expect_near(lrp(bytes, {1, 3, 5, 4}, {{"epsilon", 0}}).data, Values{1, 6, 0, 0}, kTolerance);
}

// A layer with a normalisation of negative and of positive scale behind it.
std::vector<std::uint8_t> normalised() {
  return ModelBuilder(13)
      .input("x", {1, 2, 1, 1})
      .initializer("w", {2, 2, 1, 1}, {1, 2, 3, -1})
      .initializer("scale", {2}, {-2, 1})
      .initializer("shift", {2}, {1, 1})
      .initializer("mean", {2}, {0, 0})
      .initializer("variance", {2}, {1, 1})
      .node("Conv", {"x", "w"}, {"c"})
      .node("BatchNormalization", {"c", "scale", "shift", "mean", "variance"}, {"n"}, {{"epsilon", 0.0}})
      .node("Flatten", {"n"}, {"y"})
      .output("y")
      .bytes();
}

TEST(Lrp, BatchNormalisationIsPartOfItsLayerOrALayerOfItsOwn) {
  const std::vector<Scalar> image = {1, 2};  // c = (5, 1), y = (−9, 2)

  const Mask merged = lrp(normalised(), image, {{"composite", "epsilon"}, {"epsilon", 0}}, 1);
  const Mask own = lrp(normalised(), image, {{"composite", "epsilon"}, {"epsilon", 0}, {"batchNorm", "own"}}, 1);

  expect_near(merged.data, Values{3, -2}, kTolerance);
  expect_near(own.data, Values{3, -2}, kTolerance);  // half of 2 is the shift's, and 1 is shared as 3 − 2
}

TEST(Lrp, ANormalisationWithoutALayerInFrontPassesRelevance) {
  const auto bytes =
      ModelBuilder(13)
          .input("x", {1, 2, 1, 1})
          .initializer("scale", {2}, {-2, 2})
          .initializer("shift", {2}, {1, 1})
          .initializer("mean", {2}, {0, 0})
          .initializer("variance", {2}, {1, 1})
          .node("BatchNormalization", {"x", "scale", "shift", "mean", "variance"}, {"n"}, {{"epsilon", 0.0}})
          .node("Flatten", {"n"}, {"y"})
          .output("y")
          .bytes();

  expect_near(lrp(bytes, {1, 3}, {{"epsilon", 0}}, 1).data, Values{0, 7}, kTolerance);
  expect_near(lrp(bytes, {1, 3}, {{"epsilon", 0}, {"batchNorm", "own"}}, 1).data, Values{0, 6}, kTolerance);
}

TEST(Lrp, TheSignOfANormalisationMatters) {
  const std::vector<Scalar> image = {1, 2};

  // Merged: y0 = −2·1 − 4·2 + 1, nothing positive but the bias. Own: c0 = 1·1 + 2·2, all positive; R_c = −10.
  expect_near(lrp(normalised(), image, {{"epsilon", 0}}, 0).data, Values{0, 0}, kTolerance);
  expect_near(lrp(normalised(), image, {{"epsilon", 0}, {"batchNorm", "own"}}, 0).data, Values{-2, -8}, kTolerance);
}

TEST(Lrp, AnImageOfZerosGetsZeros) {
  const Mask mask = lrp(small_network(), std::vector<Scalar>(128, 0), {});

  for (const Scalar value : mask.data) EXPECT_EQ(value, 0);
}

TEST(Lrp, ABatchIsAsGoodAsSingleImages) {
  const auto session = onnx::load(small_network());
  NetworkModel model(*session);
  const RelevanceRules rules{.convolution = layer_rule("gamma", 1e-6, 0.25).value(),
                             .first = layer_rule("box", 1e-6, 0.25).value()};
  std::vector<Scalar> batch = small_picture();
  for (const Scalar value : small_picture()) batch.push_back(value * value - Scalar{0.5});

  const auto both = model.relevance(batch, Target::of_class(1), {.rules = rules}).relevances;
  const auto second = model.relevance(std::span(batch).subspan(128), Target::of_class(1), {.rules = rules}).relevances;

  expect_near(std::vector<Scalar>(both.begin() + 128, both.end()), second, 1e-4);
}

}  // namespace
}  // namespace saliency
