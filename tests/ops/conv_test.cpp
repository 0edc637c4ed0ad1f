#include <gtest/gtest.h>

#include "base/error.h"
#include "support/naive_image.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

constexpr double kTolerance = 1e-5;  // float32, 10² additions

struct ConvCase {
  const char* name;
  Shape x, weight;
  ops::Attributes attributes = {};
  NaiveWindow window = {};
  std::int64_t group = 1;
};

// The attributes and what they mean, spelled out.
const std::vector<ConvCase>& conv_cases() {
  static const std::vector<ConvCase> kCases = {
      {"plain", {2, 3, 5, 6}, {4, 3, 3, 2}},
      {"kernel_shape stated", {1, 3, 5, 6}, {4, 3, 3, 2}, {{"kernel_shape", Integers{3, 2}}}},
      {"pointwise", {1, 5, 3, 4}, {2, 5, 1, 1}},
      {"strides", {1, 2, 7, 8}, {3, 2, 3, 3}, {{"strides", Integers{2, 3}}}, {.stride = {2, 3}}},
      {"pads", {1, 2, 5, 4}, {3, 2, 3, 3}, {{"pads", Integers{1, 1, 1, 1}}}, {.leading = {1, 1}, .trailing = {1, 1}}},
      {"asymmetric pads",
       {1, 2, 5, 4},
       {3, 2, 3, 3},
       {{"pads", Integers{0, 2, 1, 0}}, {"strides", Integers{2, 1}}},
       {.stride = {2, 1}, .leading = {0, 2}, .trailing = {1, 0}}},
      {"dilations",
       {1, 2, 8, 9},
       {3, 2, 3, 2},
       {{"dilations", Integers{2, 3}}, {"pads", Integers{1, 0, 1, 0}}},
       {.dilation = {2, 3}, .leading = {1, 0}, .trailing = {1, 0}}},
      {"groups", {1, 6, 5, 5}, {4, 3, 3, 3}, {{"group", std::int64_t{2}}}, {}, 2},
      {"depthwise",
       {2, 4, 5, 5},
       {4, 1, 3, 3},
       {{"group", std::int64_t{4}}, {"pads", Integers{1, 1, 1, 1}}},
       {.leading = {1, 1}, .trailing = {1, 1}},
       4},
      {"depthwise with a multiplier", {1, 3, 5, 5}, {6, 1, 3, 3}, {{"group", std::int64_t{3}}}, {}, 3},
      {"SAME_UPPER",
       {1, 2, 5, 6},
       {3, 2, 4, 3},
       {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Integers{1, 2}}},
       {.stride = {1, 2}, .leading = {1, 0}, .trailing = {2, 1}}},
      {"SAME_LOWER",
       {1, 2, 5, 6},
       {3, 2, 4, 3},
       {{"auto_pad", std::string("SAME_LOWER")}, {"strides", Integers{1, 2}}},
       {.stride = {1, 2}, .leading = {2, 1}, .trailing = {1, 0}}},
      {"VALID", {1, 2, 5, 6}, {3, 2, 4, 3}, {{"auto_pad", std::string("VALID")}}},
      {"one spatial axis",
       {2, 3, 9},
       {4, 3, 3},
       {{"pads", Integers{2, 0}}, {"strides", Integers{2}}, {"dilations", Integers{2}}},
       {.stride = {2}, .dilation = {2}, .leading = {2}, .trailing = {0}}},
      {"one spatial axis, SAME_UPPER",
       {1, 2, 7},
       {4, 2, 3},
       {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Integers{2}}},
       {.stride = {2}, .leading = {1}, .trailing = {1}}},
      {"three spatial axes", {2, 3, 4, 5, 3}, {4, 3, 2, 3, 1}},
      {"three spatial axes, all attributes",
       {1, 4, 7, 6, 5},
       {6, 2, 3, 2, 3},
       {{"group", std::int64_t{2}},
        {"kernel_shape", Integers{3, 2, 3}},
        {"strides", Integers{2, 1, 2}},
        {"dilations", Integers{2, 3, 1}},
        {"pads", Integers{3, 0, 1, 1, 2, 0}}},
       {.stride = {2, 1, 2}, .dilation = {2, 3, 1}, .leading = {3, 0, 1}, .trailing = {1, 2, 0}},
       2},
      {"three spatial axes, SAME_LOWER",
       {1, 2, 5, 6, 3},
       {3, 2, 4, 3, 1},
       {{"auto_pad", std::string("SAME_LOWER")}, {"strides", Integers{1, 2, 1}}},
       {.stride = {1, 2, 1}, .leading = {2, 1, 0}, .trailing = {1, 0, 0}}},
  };
  return kCases;
}

OperatorCase conv(const ConvCase& c, bool constant_weight = true) {
  const Tensor weight = random_tensor(c.weight, -1, 1, 2), bias = random_tensor({c.weight[0]}, -1, 1, 3);
  return {.type = "Conv",
          .attributes = c.attributes,
          .inputs = {random_tensor(c.x), constant_weight ? constant(weight) : CaseInput(weight),
                     constant_weight ? constant(bias) : CaseInput(bias)}};
}

TEST(Conv, MatchesItsDefinition) {
  for (const ConvCase& c : conv_cases()) {
    SCOPED_TRACE(c.name);
    const OperatorCase check = conv(c);

    const Tensor y = output_of(check);

    expect_close(y,
                 naive_conv(check.inputs[0].tensor, check.inputs[1].tensor, check.inputs[2].tensor, c.window, c.group),
                 kTolerance);
  }
}

TEST(Conv, ComputedWeightGivesTheSame) {
  for (const ConvCase& c : conv_cases()) {
    SCOPED_TRACE(c.name);
    expect_close(output_of(conv(c, false)), output_of(conv(c)));
  }
}

TEST(Conv, WorksWithoutABias) {
  OperatorCase check = conv(conv_cases()[0]);
  check.inputs.pop_back();
  const Tensor zero({4});

  expect_close(output_of(check), naive_conv(check.inputs[0].tensor, check.inputs[1].tensor, zero, {}, 1), kTolerance);
}

GRADIENT_TEST(Conv, GradientMatchesFiniteDifferences, "Conv") {
  for (const ConvCase& c : conv_cases()) {
    SCOPED_TRACE(c.name);
    expect_gradient_matches_finite_differences(conv(c));
    expect_gradient_matches_finite_differences(conv(c, false));
  }
}

TEST(Conv, KeepsSamplesApart) {
  for (ConvCase c : conv_cases()) {
    SCOPED_TRACE(c.name);
    c.x[0] = 1;
    expect_batch_matches_single_samples(conv(c), {0, -1, -1});
  }
}

TEST(Conv, RefusesABatchOfWeights) {
  EXPECT_EQ(batch_axis_of(conv(conv_cases()[0], false), {0, 0, -1}), std::nullopt);
}

TEST(Conv, FreesConstantWeights) {
  OperatorRun run(conv(conv_cases()[0]));

  EXPECT_EQ(run.op().needs().inputs, 0u);
  EXPECT_EQ(run.op().needs().outputs, 0u);
  EXPECT_EQ(run.op().saved_bytes({}, {}), 0u);
}

std::string message_of(const OperatorCase& check) {
  try {
    OperatorRun run(check);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Conv, ErrorsSayWhatDoesNotFit) {
  const auto of = [](Shape x, Shape weight, ops::Attributes attributes = {}) {
    return message_of({.type = "Conv",
                       .attributes = std::move(attributes),
                       .inputs = {Tensor(std::move(x)), constant(Tensor(std::move(weight)))}});
  };

  EXPECT_EQ(of({1, 4, 5, 5}, {2, 3, 3, 3}), "input has 4 channels, weight expects 3");
  EXPECT_EQ(of({1, 4, 5, 5}, {3, 2, 3, 3}, {{"group", std::int64_t{2}}}),
            "'group' is 2, the weight has 3 output channels");
  EXPECT_EQ(of({1, 3, 5, 5}, {2, 3, 3, 3}, {{"kernel_shape", Integers{5, 5}}}),
            "'kernel_shape' is [5, 5], the weight has [3, 3]");
  EXPECT_EQ(of({1, 3, 2, 2}, {2, 3, 3, 3}), "a window of 3×3 does not fit into the padded input of 2×2");
  EXPECT_EQ(of({1, 3, 5}, {2, 3, 3, 3}), "input has 3 axes, weight has 4");
  EXPECT_EQ(of({1, 3, 5, 5, 5, 5}, {2, 3, 3, 3, 3, 3}), "input of 6 axes");
  EXPECT_EQ(of({1, 3, 5, 5}, {2, 3, 3, 3}, {{"strides", Integers{0, 1}}}),
            "'strides' has the value 0, expected at least 1");
  EXPECT_EQ(of({1, 3, 5, 5}, {2, 3, 3, 3}, {{"pads", Integers{1, 1}}}), "'pads' has 2 values, expected 4");
  EXPECT_EQ(message_of({.type = "Conv",
                        .inputs = {Tensor({1, 3, 5, 5}), constant(Tensor({2, 3, 3, 3})), constant(Tensor({3}))}}),
            "bias has 3 values, weight has 2 output channels");
}

}  // namespace
}  // namespace saliency::testing
