// Running a real network from one of its layers, and explaining layers and units.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "onnx/load.h"
#include "saliency/method_check.h"
#include "saliency/network_model.h"
#include "support/onnx_builder.h"

namespace saliency::testing {
namespace {

using Integers = std::vector<std::int64_t>;

// c = conv(x), n = norm(c), r = relu(n), d = conv(r), sum = d + r, logits = fc · mean(sum).
ModelBuilder residual_network() {
  const auto numbers = [](std::size_t count, int seed, float low) {
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(low + static_cast<float>((static_cast<int>(i) * 7 + seed * 5) % 11) / 10);
    }
    return values;
  };
  ModelBuilder model(13);
  model.input("x", {-1, 2, 3, 4})
      .initializer("w1", {3, 2, 1, 1}, numbers(6, 1, -0.5F))
      .initializer("w2", {3, 3, 1, 1}, numbers(9, 2, -0.5F))
      .initializer("gamma", {3}, numbers(3, 3, 0.5F))
      .initializer("beta", {3}, numbers(3, 4, -0.2F))
      .initializer("mean", {3}, numbers(3, 5, -0.5F))
      .initializer("variance", {3}, numbers(3, 6, 0.5F))
      .initializer("fc", {2, 3}, numbers(6, 7, -0.5F))
      .node("Conv", {"x", "w1"}, {"c"}, {}, "first")
      .node("BatchNormalization", {"c", "gamma", "beta", "mean", "variance"}, {"n"}, {}, "norm")
      .node("Relu", {"n"}, {"r"})
      .node("Conv", {"r", "w2"}, {"d"}, {}, "second")
      .node("Add", {"d", "r"}, {"sum"})
      .node("GlobalAveragePool", {"sum"}, {"pooled"})
      .node("Flatten", {"pooled"}, {"flat"})
      .node("Gemm", {"flat", "fc"}, {"logits"}, {{"transB", std::int64_t{1}}})
      .output("logits", {-1, 2});
  return model;
}

// 2×2 patches of three channels become tokens; the first one alone, after attention, makes the logits.
ModelBuilder token_network() {
  const auto numbers = [](std::size_t count, int seed) {
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(static_cast<float>((static_cast<int>(i) * 5 + seed * 3) % 7) / 5 - 0.6F);
    }
    return values;
  };
  ModelBuilder model(13);
  model.input("x", {1, 2, 4, 4})
      .initializer("patch", {3, 2, 2, 2}, numbers(24, 1))
      .initializer("wq", {3, 3}, numbers(9, 2))
      .initializer("wk", {3, 3}, numbers(9, 3))
      .initializer("wv", {3, 3}, numbers(9, 4))
      .initializer("fc", {3, 2}, numbers(6, 5))
      .integers("flat_shape", {3}, {0, 3, 4})
      .integers("first", {}, {0})
      .node("Conv", {"x", "patch"}, {"patches"}, {{"strides", Integers{2, 2}}})
      .node("Reshape", {"patches", "flat_shape"}, {"flat"})
      .node("Transpose", {"flat"}, {"tokens"}, {{"perm", Integers{0, 2, 1}}})
      .node("MatMul", {"tokens", "wq"}, {"q"})
      .node("MatMul", {"tokens", "wk"}, {"k"})
      .node("MatMul", {"tokens", "wv"}, {"v"})
      .node("Transpose", {"k"}, {"kt"}, {{"perm", Integers{0, 2, 1}}})
      .node("MatMul", {"q", "kt"}, {"similarity"})
      .node("Softmax", {"similarity"}, {"attention"}, {{"axis", std::int64_t{-1}}})
      .node("MatMul", {"attention", "v"}, {"mixed"})
      .node("Add", {"tokens", "mixed"}, {"sum"})
      .node("Gather", {"sum", "first"}, {"class_token"}, {{"axis", std::int64_t{1}}})
      .node("Gemm", {"class_token", "fc"}, {"logits"})
      .output("logits", {1, 2});
  return model;
}

std::vector<Scalar> picture() {
  std::vector<Scalar> image;
  for (int i = 0; i < 24; ++i) image.push_back(static_cast<Scalar>(i % 7) / 4 - Scalar{0.5});
  return image;
}

// "d" is bypassed by "r", which is computed from the image; "c" was folded into the convolution in front.
TEST(NetworkLayers, GoOnFromTheirOwnActivations) {
  const auto session = onnx::load(residual_network().bytes());
  NetworkModel model(*session);
  const Target target = Target::contrast(0, 1);
  const std::vector<Scalar> image = picture();
  const Scalar expected = model.scores(image, target).front();

  for (const char* name : {"x", "c", "n", "r", "d", "sum", "pooled", "logits", ""}) {
    const Model::Layer layer = model.layer(image, target, name);
    std::vector<Scalar> batch = layer.activations;
    batch.insert(batch.end(), batch.size(), Scalar{0.25});

    const std::vector<Scalar> scores = model.scores_from(image, name, batch, target);

    ASSERT_EQ(scores.size(), 2U);
    EXPECT_NEAR(scores[0], expected, 1e-5) << name;
    EXPECT_NE(scores[1], scores[0]) << name;
    EXPECT_GE(model.layer_batch_size(name), 1);
  }
}

TEST(NetworkLayers, RefuseActivationsOfAnotherSize) {
  const auto session = onnx::load(residual_network().bytes());
  NetworkModel model(*session);

  expect_error(ErrorCode::ShapeMismatch, "do not fit layer 'd'",
               [&] { model.scores_from(picture(), "d", picture(), Target::of_class(0)); });
}

// Behind the last layer everything is linear, so that a channel's fall is its mean times its weight.
TEST(NetworkLayers, AblationCamIsGradCamWhereTheRestIsLinear) {
  const auto session = onnx::load(residual_network().bytes());
  NetworkModel model(*session);
  const Options options{{"layer", "sum"}, {"relu", false}, {"resize", "none"}};

  const Mask ablation = mask_of("AblationCam", model, picture(), options);

  const Model::Layer layer = model.layer(picture(), Target::of_class(0), "sum");
  std::vector<double> expected(12);
  for (std::size_t c = 0; c < 3; ++c) {
    double fall = 0;
    for (std::size_t i = 0; i < 12; ++i) fall += layer.activations[c * 12 + i] * layer.gradients[c * 12 + i];
    for (std::size_t i = 0; i < 12; ++i) {
      expected[i] += fall / std::fabs(layer.scores[0]) * layer.activations[c * 12 + i];
    }
  }
  expect_near(ablation.data, expected, 1e-4);
}

// Behind the attention only the class token has a gradient; q, k and v are passed by some of the signals only.
TEST(CamLayer, IsTheTokensInFrontOfTheLastAttention) {
  const auto session = onnx::load(token_network().bytes());
  NetworkModel model(*session);
  std::vector<Scalar> image;
  for (int i = 0; i < 32; ++i) image.push_back(static_cast<Scalar>(i % 5) / 3 - Scalar{0.4});

  const Model::Layer chosen = model.layer(image, Target::of_class(0), "");

  const Model::Layer tokens = model.layer(image, Target::of_class(0), "tokens");
  EXPECT_EQ(chosen.shape, (Shape{4, 3}));
  EXPECT_EQ(chosen.activations, tokens.activations);
  for (std::size_t token = 0; token < 4; ++token) EXPECT_NE(chosen.gradients[token * 3], 0) << token;
  EXPECT_EQ(mask_of("GradCam", model, image).shape, (Shape{4, 4}));
}

TEST(CamLayer, IsTheLastImageThatYDependsOn) {
  const auto session = onnx::load(residual_network().bytes());
  NetworkModel logits(*session);
  NetworkModel middle(*session, {.y = "r"});

  EXPECT_EQ(logits.layer(picture(), Target::of_class(0), "").activations,
            logits.layer(picture(), Target::of_class(0), "sum").activations);
  EXPECT_EQ(middle.layer(picture(), Target::of_class(0), "").activations,
            middle.layer(picture(), Target::of_class(0), "r").activations);
}

// ∂logit/∂d, with the skip connection past d held fixed.
TEST(LayerAttribution, TheGradientOfATensorInside) {
  const auto session = onnx::load(residual_network().bytes());
  NetworkModel whole(*session);
  const Model::Layer layer = whole.layer(picture(), Target::of_class(1), "d");

  const ModelAtPoint at = model_at(*session, {.x = "d"}, picture());
  const Mask mask = get_mask("VanillaGradients", *at.model, at.point, Target::of_class(1)).run();

  expect_near(at.point, layer.activations, 1e-6);
  expect_near(mask.data, layer.gradients, 1e-6);
  EXPECT_EQ(mask.shape, (Shape{3, 3, 4}));
  EXPECT_NEAR(mask.score, layer.scores[0], 1e-5);
}

// From zero activations of every layer, also where batch normalisation was folded into it.
TEST(LayerAttribution, IntegratedGradientsOfALayerAreComplete) {
  const auto session = onnx::load(residual_network().bytes());
  for (const char* x : {"", "x", "c", "n", "r", "d", "sum", "pooled"}) {
    const ModelAtPoint at = model_at(*session, {.x = x}, picture());

    const Mask mask = get_mask("IntegratedGradients", *at.model, at.point, Target::of_class(0), {{"steps", 200}}).run();

    ASSERT_TRUE(mask.completeness);
    EXPECT_NE(mask.completeness->expected, 0) << x;
    EXPECT_NEAR(mask.completeness->delta, 0, 2e-3) << x;
    EXPECT_EQ(element_count(mask.shape), static_cast<std::int64_t>(at.point.size()));
  }
}

// y between, x the image: a channel's mean, and a unit.
TEST(NeuronAttribution, ExplainsAChannelOrAUnitOfALayer) {
  const auto session = onnx::load(residual_network().bytes());
  NetworkModel model(*session, {.y = "sum"});
  const Model::Layer layer = model.layer(picture(), Target::of_class(0), "sum");
  double mean = 0;
  for (std::size_t i = 0; i < 12; ++i) mean += layer.activations[24 + i] / 12;

  const Mask channel =
      get_mask("VanillaGradients", model, picture(), Target::of_channel(model.output_shape(), 2)).run();
  const Mask unit =
      get_mask("VanillaGradients", model, picture(), Target::of_unit(model.output_shape(), {2, 1, 3})).run();

  EXPECT_NEAR(channel.score, mean, 1e-5);
  EXPECT_NEAR(unit.score, layer.activations[24 + 7], 1e-6);
  // All operators are point by point: only the pixel (1, 3) matters to the unit.
  for (std::size_t i = 0; i < 24; ++i) {
    if (i % 12 == 7) continue;
    EXPECT_EQ(unit.data[i], 0) << i;
  }
}

TEST(Target, FindsTheValuesOfAChannel) {
  const auto indices = [](const Target& target) {
    std::vector<std::int64_t> found;
    for (const Target::Term& term : target.terms) found.push_back(term.index);
    return found;
  };

  EXPECT_EQ(indices(Target::of_channel({3, 1, 2}, 1)), (Integers{2, 3}));
  EXPECT_EQ(indices(Target::of_channel({3, 2}, 1)), (Integers{1, 3, 5}));
  EXPECT_EQ(indices(Target::of_channel({4}, 3)), (Integers{3}));
  EXPECT_EQ(indices(Target::of_unit({3, 4, 5}, {2, 1, 3})), (Integers{48}));
  EXPECT_EQ(Target::of_channel({3, 1, 2}, 1).terms[0].weight, Scalar{0.5});
}

TEST(Target, RefusesPlacesThatDoNotExist) {
  const auto channel = [](Shape shape, std::int64_t index) {
    return [shape, index] { Target::of_channel(shape, index); };
  };

  expect_error(ErrorCode::TargetOutOfRange, "channel 3", channel({3, 2, 2}, 3));
  expect_error(ErrorCode::TargetOutOfRange, "channel -1", channel({3}, -1));
  expect_error(ErrorCode::TargetOutOfRange, "channel 0", channel({}, 0));
  expect_error(ErrorCode::TargetOutOfRange, "unit [0, 2]", [] { Target::of_unit({3, 2}, {0, 2}); });
  expect_error(ErrorCode::TargetOutOfRange, "unit [0]", [] { Target::of_unit({3, 2}, {0}); });
}

}  // namespace
}  // namespace saliency::testing
