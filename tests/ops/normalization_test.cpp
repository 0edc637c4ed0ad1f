// InstanceNormalization, GroupNormalization, LayerNormalization, LRN, LpNormalization.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

constexpr double kEpsilon = 1e-3;
constexpr double kTolerance = 1e-5;

// (x − mean) / √(variance + ε) of each run of `run` values.
Tensor standardized(const Tensor& x, std::int64_t run) {
  Tensor result = x;
  const auto length = static_cast<std::size_t>(run);
  for (std::size_t start = 0; start < x.data.size(); start += length) {
    double mean = 0, variance = 0;
    for (std::size_t i = start; i < start + length; ++i) mean += static_cast<double>(x.data[i]);
    mean /= static_cast<double>(run);
    for (std::size_t i = start; i < start + length; ++i) {
      variance += std::pow(static_cast<double>(x.data[i]) - mean, 2) / static_cast<double>(run);
    }
    for (std::size_t i = start; i < start + length; ++i) {
      result.data[i] = static_cast<Scalar>((static_cast<double>(x.data[i]) - mean) / std::sqrt(variance + kEpsilon));
    }
  }
  return result;
}

// x[n, c, …] · scale[c / repeats] + bias[c / repeats]
Tensor scaled(Tensor x, const Tensor& scale, const Tensor& bias) {
  const auto channels = static_cast<std::size_t>(x.shape[1]);
  const std::size_t pixels = x.data.size() / static_cast<std::size_t>(x.shape[0]) / channels;
  for (std::size_t i = 0; i < x.data.size(); ++i) {
    const std::size_t c = i / pixels % channels * scale.data.size() / channels;
    x.data[i] = x.data[i] * scale.data[c] + bias.data[c];
  }
  return x;
}

OperatorCase normalization(const char* type, ops::Attributes attributes, Tensor x, Shape parameters) {
  attributes.set("epsilon", kEpsilon);
  return {.type = type,
          .attributes = attributes,
          .inputs = {std::move(x), constant(random_tensor(parameters, Scalar(0.5), 2, 2)),
                     constant(random_tensor(parameters, -1, 1, 3))}};
}

const Shape kShapes[] = {{2, 4, 3, 5}, {1, 40, 2, 2}, {2, 6, 70}, {1, 2, 2, 3, 2}};

GRADIENT_TEST(InstanceNormalization, MatchesItsDefinitionAndFiniteDifferences, "InstanceNormalization") {
  for (const Shape& shape : kShapes) {
    const OperatorCase check = normalization("InstanceNormalization", {}, random_tensor(shape, -1, 3), {shape[1]});
    const Tensor& x = check.inputs[0].tensor;
    const Tensor expected =
        scaled(standardized(x, x.size() / (shape[0] * shape[1])), check.inputs[1].tensor, check.inputs[2].tensor);

    expect_close(output_of(check), expected, kTolerance);
    expect_gradient_matches_finite_differences(check);
  }
}

GRADIENT_TEST(GroupNormalization, MatchesItsDefinitionAndFiniteDifferences, "GroupNormalization") {
  for (const Shape& shape : kShapes) {
    for (const std::int64_t parameters : {shape[1], std::int64_t{2}}) {  // opset 21 and 18
      const OperatorCase check = normalization("GroupNormalization", {{"num_groups", std::int64_t{2}}},
                                               random_tensor(shape, -1, 3), {parameters});
      const Tensor& x = check.inputs[0].tensor;
      const Tensor expected =
          scaled(standardized(x, x.size() / (shape[0] * 2)), check.inputs[1].tensor, check.inputs[2].tensor);

      expect_close(output_of(check), expected, kTolerance);
      expect_gradient_matches_finite_differences(check);
    }
  }
}

TEST(GroupNormalization, KeepsSamplesApart) {
  expect_batch_matches_single_samples(
      normalization("GroupNormalization", {{"num_groups", std::int64_t{2}}}, random_tensor({1, 4, 3, 5}), {4}),
      {0, -1, -1});
  expect_batch_matches_single_samples(normalization("InstanceNormalization", {}, random_tensor({1, 4, 3, 5}), {4}),
                                      {0, -1, -1});
}

TEST(GroupNormalization, StaysAccurateFarFromZero) {
  const Shape shape = {1, 2, 40, 40};
  Tensor x = random_tensor(shape);
  Tensor moved = x;
  for (Scalar& value : moved.data) value += 1000;
  constexpr double kRounding = 3e-4;  // of 1000 + x itself

  expect_close(output_of(normalization("InstanceNormalization", {}, moved, {2})),
               output_of(normalization("InstanceNormalization", {}, x, {2})), kRounding);
}

TEST(GroupNormalization, ErrorsSayWhatDoesNotFit) {
  const auto message = [](std::int64_t groups, Shape parameters) -> std::string {
    try {
      OperatorRun run(normalization("GroupNormalization", {{"num_groups", groups}}, Tensor({1, 4, 2, 2}), parameters));
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };

  EXPECT_EQ(message(3, {4}), "'num_groups' is 3, input has 4 channels");
  EXPECT_EQ(message(2, {3}), "input has 4 channels in 2 groups, 'scale' has 3 values");
}

struct LayerCase {
  Shape x;
  std::int64_t axis;
  Shape parameters;
};
const LayerCase kLayers[] = {
    {{2, 3, 7}, -1, {7}}, {{2, 3, 4}, 1, {3, 4}}, {{2, 3, 4}, -2, {4}}, {{3, 5}, 0, {3, 5}}, {{2, 3, 4}, 1, {3, 1}}};

OperatorCase layer(const LayerCase& c) {
  return normalization("LayerNormalization", {{"axis", c.axis}}, random_tensor(c.x, -1, 3), c.parameters);
}

GRADIENT_TEST(LayerNormalization, MatchesItsDefinitionAndFiniteDifferences, "LayerNormalization") {
  for (const LayerCase& c : kLayers) {
    const OperatorCase check = layer(c);
    const auto axis = static_cast<std::size_t>(c.axis < 0 ? c.axis + static_cast<std::int64_t>(c.x.size()) : c.axis);
    const Shape columns(c.x.begin() + static_cast<std::ptrdiff_t>(axis), c.x.end());
    Tensor expected = standardized(check.inputs[0].tensor, element_count(columns));
    for (std::size_t i = 0; i < expected.data.size(); ++i) {
      std::size_t column = i % static_cast<std::size_t>(element_count(columns));
      if (c.parameters == Shape{3, 1}) column /= 4;
      if (c.parameters == Shape{4}) column %= 4;
      expected.data[i] = expected.data[i] * check.inputs[1].tensor.data[column] + check.inputs[2].tensor.data[column];
    }

    expect_close(output_of(check), expected, kTolerance);
    expect_gradient_matches_finite_differences(check);
  }
}

TEST(LayerNormalization, WorksWithoutABiasAndWithComputedParameters) {
  OperatorCase check = layer(kLayers[0]);
  check.inputs[1].constant = false;
  check.inputs.pop_back();

  expect_gradient_matches_finite_differences(check);
}

TEST(LayerNormalization, GivesItsMomentsButNoGradientThroughThem) {
  OperatorCase check = layer(kLayers[0]);
  check.outputs = 3;
  const OperatorRun run(check);

  const std::vector<Tensor> outputs = run.forward();

  EXPECT_EQ(outputs[1].shape, (Shape{2, 3, 1}));
  double mean = 0;
  for (std::size_t i = 0; i < 7; ++i) mean += static_cast<double>(check.inputs[0].tensor.data[i]) / 7;
  EXPECT_NEAR(static_cast<double>(outputs[1].data[0]), mean, kTolerance);
  EXPECT_THROW(run.backward(outputs, {true, false, false}), Error);
}

TEST(LayerNormalization, KeepsRowsApart) {
  const OperatorCase check = layer({{1, 3, 4}, -1, {4}});
  expect_batch_matches_single_samples(check, {0, -1, -1});
  expect_batch_matches_single_samples(check, {1, -1, -1}, 1);
  EXPECT_EQ(batch_axis_of(check, {2, -1, -1}), std::nullopt);
  expect_pulls_transpose(check, {1, 0, 2});
  EXPECT_EQ(pulled_transpose(check, {0, 2, 1}), std::nullopt);
}

TEST(LRN, MatchesItsDefinition) {
  for (const std::int64_t size : {1, 3, 4, 5, 20}) {
    for (const double beta : {0.75, 1.5}) {
      const OperatorCase check{.type = "LRN",
                               .attributes = {{"size", size}, {"alpha", 0.5}, {"beta", beta}, {"bias", 2.0}},
                               .inputs = {random_tensor({2, 6, 3, 2})}};
      const Tensor& x = check.inputs[0].tensor;
      Tensor expected = x;
      for (std::int64_t i = 0; i < x.size(); ++i) {
        const std::int64_t c = i / 6 % 6;
        double sum = 0;
        const std::int64_t first = std::max<std::int64_t>(0, c - (size - 1) / 2);
        const std::int64_t last = std::min<std::int64_t>(5, c + static_cast<std::int64_t>(std::ceil((size - 1) / 2.0)));
        for (std::int64_t k = first; k <= last; ++k) {
          sum += std::pow(static_cast<double>(x.data[static_cast<std::size_t>(i + (k - c) * 6)]), 2);
        }
        const auto at = static_cast<std::size_t>(i);
        expected.data[at] = static_cast<Scalar>(static_cast<double>(x.data[at]) *
                                                std::pow(2 + 0.5 / static_cast<double>(size) * sum, -beta));
      }

      expect_close(output_of(check), expected, kTolerance);
    }
  }
}

GRADIENT_TEST(LRN, GradientMatchesFiniteDifferences, "LRN") {
  for (const std::int64_t size : {1, 3, 4, 5, 20}) {
    for (const double beta : {0.75, 1.5}) {
      expect_gradient_matches_finite_differences({.type = "LRN",
                                                  .attributes = {{"size", size}, {"alpha", 0.9}, {"beta", beta}},
                                                  .inputs = {random_tensor({2, 6, 3, 2}, -2, 2)}});
    }
  }
}

TEST(LRN, KeepsSamplesApart) {
  expect_batch_matches_single_samples(
      {.type = "LRN", .attributes = {{"size", std::int64_t{5}}}, .inputs = {random_tensor({1, 6, 3, 2})}}, {0});
}

TEST(LpNormalization, GivesUnitNorms) {
  const Tensor x({2, 2}, {3, 4, -1, 1});
  const auto of = [&](std::int64_t p, std::int64_t axis) {
    return output_of({.type = "LpNormalization", .attributes = {{"p", p}, {"axis", axis}}, .inputs = {x}});
  };
  const Scalar half = Scalar(0.5), root = std::sqrt(half);

  expect_close(of(2, 1), Tensor({2, 2}, {Scalar(0.6), Scalar(0.8), -root, root}));
  expect_close(of(1, 0), Tensor({2, 2}, {Scalar(0.75), Scalar(0.8), Scalar(-0.25), Scalar(0.2)}));
}

GRADIENT_TEST(LpNormalization, GradientMatchesFiniteDifferences, "LpNormalization") {
  for (const std::int64_t p : {1, 2}) {
    for (const std::int64_t axis : {-1, 0, 1}) {
      const OperatorCase check{
          .type = "LpNormalization", .attributes = {{"p", p}, {"axis", axis}}, .inputs = {random_tensor({2, 3, 4})}};
      expect_gradient_matches_finite_differences(check);
      expect_pulls_transpose(check, {2, 0, 1});
    }
  }
}

TEST(LpNormalization, ZerosStayZeros) {
  const OperatorCase check{.type = "LpNormalization", .inputs = {Tensor({1, 3})}};

  expect_close(output_of(check), Tensor({1, 3}));
  expect_close(OperatorRun(check).backward({Tensor({1, 3}, 1)}, {true})[0], Tensor({1, 3}));
  EXPECT_EQ(batch_axis_of(check, {0}), 0);
  EXPECT_EQ(batch_axis_of(check, {1}), std::nullopt);
}

}  // namespace
}  // namespace saliency::testing
