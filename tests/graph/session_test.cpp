// Small networks through the whole road: bytes → network → graph → plan → numbers.
#include "graph/session.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "base/error.h"
#include "graph/fold_batch_norm.h"
#include "onnx/load.h"
#include "saliency/network_model.h"
#include "support/onnx_builder.h"

namespace saliency::testing {
namespace {

using Integers = std::vector<std::int64_t>;

std::vector<float> numbers(std::size_t count, std::uint32_t seed, float low = -1, float high = 1) {
  std::vector<float> result(count);
  std::uint32_t state = seed * 2654435761U + 1;
  for (float& value : result) {
    state = state * 1664525U + 1013904223U;
    value = low + (high - low) * static_cast<float>(state >> 8) / 16777216.0F;
  }
  return result;
}

// Conv → BatchNormalization → Relu → Conv, plus a skip connection, mean over space, a fully connected layer, Softmax.
ModelBuilder residual_network() {
  ModelBuilder model(13);
  model.input("x", {-1, 3, 6, 5}, ElementType::Float, {"batch"})
      .initializer("w1", {4, 3, 3, 3}, numbers(108, 1))
      .initializer("w2", {4, 4, 3, 3}, numbers(144, 2))
      .initializer("gamma", {4}, numbers(4, 3, 0.5F, 1.5F))
      .initializer("beta", {4}, numbers(4, 4))
      .initializer("mean", {4}, numbers(4, 5))
      .initializer("variance", {4}, numbers(4, 6, 0.5F, 2))
      .initializer("fc", {5, 4}, numbers(20, 7))
      .initializer("fc_bias", {5}, numbers(5, 8))
      .node("Conv", {"x", "w1"}, {"c1"}, {{"pads", Integers{1, 1, 1, 1}}}, "first")
      .node("BatchNormalization", {"c1", "gamma", "beta", "mean", "variance"}, {"n1"}, {}, "norm")
      .node("Relu", {"n1"}, {"r1"})
      .node("Conv", {"r1", "w2"}, {"c2"}, {{"pads", Integers{1, 1, 1, 1}}}, "second")
      .node("Add", {"c2", "r1"}, {"sum"})
      .node("GlobalAveragePool", {"sum"}, {"pooled"})
      .node("Flatten", {"pooled"}, {"flat"})
      .node("Gemm", {"flat", "fc", "fc_bias"}, {"logits"}, {{"transB", std::int64_t{1}}})
      .node("Softmax", {"logits"}, {"p"}, {{"axis", std::int64_t{1}}})
      .output("p", {-1, 5});
  return model;
}

std::vector<Scalar> image_of(std::size_t count, std::uint32_t seed) {
  const std::vector<float> values = numbers(count, seed);
  return {values.begin(), values.end()};
}

void expect_near(std::span<const Scalar> actual, std::span<const Scalar> expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], tolerance) << "at " << i;
}

TEST(Session, FindsTheLogitsInFrontOfTheSoftmax) {
  const auto session = onnx::load(residual_network().bytes());

  EXPECT_EQ(session->logits().value, session->find("logits").value);
  EXPECT_EQ(session->inputs().at(0).shape, (Shape{-1, 3, 6, 5}));
  EXPECT_EQ(session->outputs().at(0).shape, (Shape{-1, 5}));
}

TEST(Session, NoTransposeIsLeftBetweenImageOperators) {
  const auto session = onnx::load(residual_network().bytes());
  graph::Request request;
  request.fed = {session->find("x").value};
  request.outputs = {session->logits().value};

  int transposes = 0;
  for (const int node : session->plan(request).computed_nodes()) {
    transposes += session->graph().nodes[static_cast<std::size_t>(node)].type == "Transpose" ? 1 : 0;
  }

  EXPECT_EQ(transposes, 1);  // of the input
}

TEST(Session, FoldedBatchNormChangesNothing) {
  const std::vector<std::uint8_t> bytes = residual_network().bytes();
  graph::Session unfolded(graph::lower(onnx::read(bytes)));
  const auto folded = onnx::load(bytes);
  const Tensor x({2, 3, 6, 5}, image_of(180, 9));
  const std::vector<std::string> names = {"p", "c1", "n1", "sum"};

  const std::vector<Tensor> expected = unfolded.run({{"x", x}}, names);
  const std::vector<Tensor> actual = folded->run({{"x", x}}, names);

  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(actual[i].shape, expected[i].shape) << names[i];
    expect_near(actual[i].data, expected[i].data, 2e-5);
  }
}

TEST(Session, GradientMatchesFiniteDifferences) {
  const auto session = onnx::load(residual_network().bytes());
  NetworkModel model(*session);
  const std::vector<Scalar> x = image_of(90, 10);

  for (const Of of : {Of::Logit, Of::Probability, Of::LogProbability}) {
    Target target = Target::contrast(1, 3);
    target.of = of;
    const std::vector<Scalar> gradient = model.gradients(x, target, BackwardRule::Exact).gradients;
    const Scalar step = 1e-2F;
    for (const std::size_t i : {0U, 17U, 44U, 89U}) {
      std::vector<Scalar> moved = x;
      moved[i] = x[i] + step;
      const Scalar above = model.scores(moved, target)[0];
      moved[i] = x[i] - step;
      const Scalar below = model.scores(moved, target)[0];
      EXPECT_NEAR(gradient[i], (above - below) / (2 * step), 2e-3) << "at " << i;
    }
  }
}

TEST(Session, ABatchGivesWhatItsSamplesGive) {
  const auto session = onnx::load(residual_network().bytes());
  NetworkModel model(*session);
  std::vector<Scalar> batch;
  std::vector<Scalar> expected;
  for (std::uint32_t seed = 0; seed < 5; ++seed) {
    const std::vector<Scalar> x = image_of(90, seed);
    batch.insert(batch.end(), x.begin(), x.end());
    const auto one = model.gradients(x, Target::of_class(2), BackwardRule::Guided).gradients;
    expected.insert(expected.end(), one.begin(), one.end());
  }

  expect_near(model.gradients(batch, Target::of_class(2), BackwardRule::Guided).gradients, expected, 1e-5);
}

TEST(Session, GradientOfALayerIsThatOfTheFedLayer) {
  const auto session = onnx::load(residual_network().bytes());
  NetworkModel whole(*session);
  const Target target = Target::of_class(4);
  for (const char* name : {"c1", "n1", "r1", "sum"}) {
    const Model::Layer layer = whole.layer(image_of(90, 11), target, name);
    NetworkModel rest(*session, {.x = name});

    const ScoresAndGradients fed = rest.gradients(layer.activations, target, BackwardRule::Exact);

    EXPECT_EQ(layer.shape, (Shape{4, 6, 5}));
    EXPECT_NEAR(fed.scores.at(0), layer.scores.at(0), 1e-5) << name;
    expect_near(fed.gradients, layer.gradients, 1e-5);
  }
}

TEST(Session, ReusesMemory) {
  const auto session = onnx::load(residual_network().bytes());
  graph::Request request;
  request.fed = {session->find("x").value};
  request.outputs = {session->logits().value};
  request.y = session->logits().value;
  request.x = request.fed;

  const graph::Plan& plan = session->plan(request);

  EXPECT_LT(plan.bytes(), plan.unplanned_bytes());
}

TEST(Session, NamesWhatHasNoGradient) {
  const auto session = onnx::load(ModelBuilder(13)
                                      .input("x", {1, 4})
                                      .node("ArgMax", {"x"}, {"i"}, {{"axis", std::int64_t{1}}}, "winner")
                                      .node("Cast", {"i"}, {"y"}, {{"to", std::int64_t{1}}})
                                      .output("y", {1, 1})
                                      .bytes());
  NetworkModel model(*session);

  EXPECT_EQ(model.outputs(std::vector<Scalar>{1, 5, 2, 3}).at(0), 1);
  try {
    model.gradients(std::vector<Scalar>{1, 5, 2, 3}, Target::of_class(0), BackwardRule::Exact);
    FAIL() << "expected NoGradient";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::NoGradient);
    EXPECT_NE(error.message().find("ArgMax (node 'winner')"), std::string::npos) << error.message();
  }
}

TEST(Session, ListsEverythingUnsupportedAtOnce) {
  const auto bytes = ModelBuilder(13)
                         .input("x", {1, 4})
                         .node("NonMaxSuppression", {"x"}, {"a"}, {}, "nms")
                         .node("StringNormalizer", {"x"}, {"b"}, {}, "strings")
                         .node("Add", {"a", "b"}, {"c"})
                         .node("Bernoulli", {"c"}, {"y"}, {}, "behind")
                         .output("y", {1, 4})
                         .bytes();
  try {
    onnx::load(bytes);
    FAIL() << "expected UnsupportedOperator";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::UnsupportedOperator);
    EXPECT_EQ(error.message(),
              "3 unsupported operators: NonMaxSuppression (node 'nms'), StringNormalizer (node 'strings'), "
              "Bernoulli (node 'behind')");
  }
}

TEST(Session, OpenSizesMustBeGiven) {
  const auto bytes = ModelBuilder(13)
                         .input("x", {-1, 3, -1, -1}, ElementType::Float, {"n", "", "height", "width"})
                         .node("GlobalAveragePool", {"x"}, {"y"})
                         .output("y")
                         .bytes();
  try {
    onnx::load(bytes);
    FAIL() << "expected ShapeMismatch";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::ShapeMismatch);
    EXPECT_EQ(error.details().actual, "[n, 3, height, width]");
  }
  onnx::LoadOptions options;
  options.lower.input_shapes["x"] = {1, 3, 8, 9};
  EXPECT_EQ(onnx::load(bytes, options)->inputs().at(0).shape, (Shape{-1, 3, 8, 9}));
}

// y = x · mean over the batch mixes samples: they must be run one by one.
TEST(Session, SamplesThatWouldMixRunOneByOne) {
  const auto session = onnx::load(ModelBuilder(13)
                                      .input("x", {-1, 3})
                                      .node("ReduceMean", {"x"}, {"m"}, {{"axes", Integers{0}}})
                                      .node("Mul", {"x", "m"}, {"y"})
                                      .output("y", {-1, 3})
                                      .bytes());
  NetworkModel model(*session);

  const std::vector<Scalar> y = model.outputs(std::vector<Scalar>{1, 2, 3, 4, 5, 6});

  expect_near(y, std::vector<Scalar>{1, 4, 9, 16, 25, 36}, 1e-5);
}

TEST(Session, WeightsThatAreSharedAndValuesThatAreReadTwiceAddTheirGradients) {
  // y = (x·W)·W + x·x, element 0
  const auto session = onnx::load(ModelBuilder(13)
                                      .input("x", {-1, 2})
                                      .initializer("w", {2, 2}, {1, 2, 3, 4})
                                      .node("MatMul", {"x", "w"}, {"a"})
                                      .node("MatMul", {"a", "w"}, {"b"})
                                      .node("Mul", {"x", "x"}, {"c"})
                                      .node("Add", {"b", "c"}, {"y"})
                                      .output("y", {-1, 2})
                                      .bytes());
  NetworkModel model(*session);

  const auto result = model.gradients(std::vector<Scalar>{3, 5}, Target::of_class(0), BackwardRule::Exact);

  // W² = [[7, 10], [15, 22]]: dy0/dx = (7 + 2·3, 15)
  expect_near(result.gradients, std::vector<Scalar>{13, 15}, 1e-4);
  EXPECT_NEAR(result.scores[0], 3 * 7 + 5 * 15 + 9, 1e-4);
}

}  // namespace
}  // namespace saliency::testing
