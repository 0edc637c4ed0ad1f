// Several methods and targets at once: the same maps as one by one, from fewer passes.
#include "saliency/explain.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "onnx/load.h"
#include "saliency/method_check.h"
#include "saliency/methods.h"
#include "saliency/network_model.h"
#include "saliency/toy_model.h"
#include "support/onnx_builder.h"

namespace saliency {
namespace {

using testing::expect_error;
using testing::ModelBuilder;
using Integers = std::vector<std::int64_t>;

std::vector<float> numbers(std::size_t count, std::uint32_t seed) {
  std::vector<float> result(count);
  std::uint32_t state = seed * 2654435761U + 1;
  for (float& value : result) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<float>(state >> 8) / 8388608.0F - 1;
  }
  return result;
}

// A convolution, rectifiers of both kinds, a sum with a skip connection, a pool; three classes.
std::unique_ptr<graph::Session> network() {
  ModelBuilder model(13);
  model.input("x", {-1, 3, 8, 8}, testing::ElementType::Float, {"batch"})
      .initializer("w1", {4, 3, 3, 3}, numbers(108, 1))
      .initializer("w2", {4, 4, 3, 3}, numbers(144, 2))
      .initializer("fc", {3, 4}, numbers(12, 3))
      .node("Conv", {"x", "w1"}, {"c1"}, {{"pads", Integers{1, 1, 1, 1}}})
      .node("Relu", {"c1"}, {"r1"})
      .node("Conv", {"r1", "w2"}, {"c2"}, {{"pads", Integers{1, 1, 1, 1}}})
      .node("LeakyRelu", {"c2"}, {"l2"}, {})
      .node("Add", {"l2", "r1"}, {"sum"})
      .node("MaxPool", {"sum"}, {"pool"}, {{"kernel_shape", Integers{2, 2}}, {"strides", Integers{2, 2}}})
      .node("GlobalAveragePool", {"pool"}, {"pooled"})
      .node("Flatten", {"pooled"}, {"flat"})
      .node("Gemm", {"flat", "fc"}, {"logits"}, {{"transB", std::int64_t{1}}})
      .node("Softmax", {"logits"}, {"p"}, {{"axis", std::int64_t{1}}})
      .output("p", {-1, 3});
  return onnx::load(model.bytes());
}

std::vector<Scalar> image() {
  const std::vector<float> values = numbers(192, 9);
  return {values.begin(), values.end()};
}

std::vector<Target> targets() {
  Target probability = Target::of_class(1);
  probability.of = Of::Probability;
  Target logarithm = Target::of_class(2);
  logarithm.of = Of::LogProbability;
  return {Target::of_class(0), Target::contrast(2, 1), probability, logarithm};
}

// The masks that `calls` give one by one, and what the network ran for them.
struct Separate {
  std::vector<Mask> masks;
  Passes passes;
};
Separate separate(graph::Session& session, const std::vector<MethodCall>& calls) {
  Separate result;
  for (const MethodCall& call : calls) {
    for (const Target& target : targets()) {
      NetworkModel model(session);
      const auto get =
          call.form == MethodCall::Form::Plain
              ? static_cast<Job<Mask> (*)(std::string, Model&, std::vector<Scalar>, Target, Options, Mask*)>(&get_mask)
              : &get_smoothed_mask;
      result.masks.push_back(get(call.method, model, image(), target, call.options, nullptr).run());
      result.passes.forward += model.passes().forward;
      result.passes.backward += model.passes().backward;
    }
  }
  return result;
}

void expect_same(const std::vector<Mask>& actual, const std::vector<Mask>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_EQ(actual[i].method, expected[i].method);
    EXPECT_EQ(actual[i].score, expected[i].score);
    EXPECT_EQ(actual[i].warnings, expected[i].warnings);
    testing::expect_near(actual[i].data, expected[i].data, 1e-5);
  }
}

TEST(Explain, OneForwardPassServesAllTargetsRulesAndLayers) {
  const auto session = network();
  const std::vector<MethodCall> calls = {{"VanillaGradients"}, {"GuidedBackprop"}, {"DeconvNet"},    {"InputXGradient"},
                                         {"GradCam"},          {"HiResCam"},       {"GuidedGradCam"}};
  const Separate alone = separate(*session, calls);
  NetworkModel model(*session, {.activations = Activations::Kept});

  const std::vector<Mask> masks = explain(model, image(), calls, targets()).run();

  expect_same(masks, alone.masks);
  EXPECT_EQ(alone.passes.forward, 4 * 8);
  EXPECT_EQ(model.passes().forward, 1);
  EXPECT_EQ(model.passes().backward, 4 * 3);  // by target and rule
}

TEST(Explain, TargetsOfSamplingAndPathMethodsShareTheirForwardPasses) {
  const auto session = network();
  const std::vector<MethodCall> calls = {
      {"VanillaGradients", MethodCall::Form::Smoothed, {{"samples", 5}, {"seed", 3}}},
      {"GuidedBackprop", MethodCall::Form::Smoothed, {{"samples", 5}, {"seed", 3}}},
      {"IntegratedGradients", MethodCall::Form::Plain, {{"steps", 7}}},
      {"Occlusion", MethodCall::Form::Plain, {{"size", 4}, {"stride", 4}}}};
  const Separate alone = separate(*session, calls);
  NetworkModel model(*session, {.activations = Activations::Kept});

  const std::vector<Mask> masks = explain(model, image(), calls, targets()).run();

  expect_same(masks, alone.masks);
  EXPECT_GE(alone.passes.forward, 4 * (2 * (5 + 1) + (7 + 2) + (1 + 4)));
  // The image itself is known from the samples' receipt on; to hide parts of it, it is run once more.
  EXPECT_LE(model.passes().forward, 5 + 1 + (7 + 2) + (1 + 1 + 4));
  EXPECT_EQ(model.passes().backward, 4 * (2 * 5 + 7));
}

TEST(Explain, PlainAndSmoothedGradientsDoNotDisturbEachOther) {
  const auto session = network();
  const Options samples = {{"samples", 4}, {"seed", 3}};
  const std::vector<MethodCall> calls = {{"VanillaGradients", MethodCall::Form::Smoothed, samples},
                                         {"GradCam"},
                                         {"GuidedBackprop", MethodCall::Form::Smoothed, {{"samples", 4}, {"seed", 8}}},
                                         {"VanillaGradients"},
                                         {"InputXGradient", MethodCall::Form::Smoothed, samples}};
  const Separate alone = separate(*session, calls);
  NetworkModel model(*session, {.activations = Activations::Kept});

  const std::vector<Mask> masks = explain(model, image(), calls, targets()).run();

  expect_same(masks, alone.masks);
  EXPECT_LE(model.passes().forward, 1 + 4 + 4 + 2) << "and the image's score once more for each set of samples";
}

TEST(Explain, ReportsProgressOverTheWhole) {
  const auto session = network();
  NetworkModel model(*session, {.activations = Activations::Kept});

  testing::run_checking_progress(
      explain(model, image(), {{"GradCam"}, {"IntegratedGradients"}, {"EigenCam"}}, targets()));
}

TEST(Explain, LeavesTheModelUsableWhenTheJobIsDropped) {
  const auto session = network();
  NetworkModel model(*session, {.activations = Activations::Kept});
  {
    Job<std::vector<Mask>> job = explain(model, image(), {{"IntegratedGradients"}, {"GuidedBackprop"}}, targets());
    job.step();
    job.step();
  }

  const Mask mask = explain(model, image(), {{"VanillaGradients"}}, {Target::of_class(0)}).run().front();

  NetworkModel fresh(*session);
  testing::expect_near(mask.data, testing::mask_of("VanillaGradients", fresh, image()).data, 1e-6);
}

TEST(Explain, SeesThatTheImageIsAnother) {
  const auto session = network();
  NetworkModel model(*session, {.activations = Activations::Kept});
  std::vector<Scalar> other = image();
  for (Scalar& value : other) value = -value;

  explain(model, image(), {{"VanillaGradients"}}, {Target::of_class(0)}).run();
  const Mask mask = explain(model, other, {{"VanillaGradients"}}, {Target::of_class(0)}).run().front();

  NetworkModel fresh(*session);
  testing::expect_near(mask.data, testing::mask_of("VanillaGradients", fresh, other).data, 1e-6);
}

TEST(Explain, WorksOnAnyModel) {
  auto model = testing::square_model({2, 2, 1});

  const std::vector<Mask> masks =
      explain(model, {1, 2, 3, 4}, {{"InputXGradient"}, {"Occlusion", {}, {{"size", 1}}}}, {Target::of_class(0)}).run();

  testing::expect_near(masks.at(0).data, std::vector<double>{2, 8, 18, 32}, 1e-6);
  testing::expect_near(masks.at(1).data, std::vector<double>{1, 4, 9, 16}, 1e-6);
}

TEST(Explain, RefusesNothingToDo) {
  auto model = testing::square_model({2, 2, 1});

  expect_error(ErrorCode::InvalidOption, "no methods", [&] { explain(model, {1, 2, 3, 4}, {}, targets()).run(); });
  expect_error(ErrorCode::InvalidOption, "no targets", [&] {
    explain(model, {1, 2, 3, 4}, {{"InputXGradient"}}, {}).run();
  });
  expect_error(ErrorCode::InvalidOption, "unknown option 'steps'", [&] {
    explain(model, {1, 2, 3, 4}, {{"InputXGradient", {}, {{"steps", 3}}}}, targets()).run();
  });
}

}  // namespace
}  // namespace saliency
