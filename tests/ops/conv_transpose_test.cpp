#include <gtest/gtest.h>

#include "base/error.h"
#include "support/naive_image.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

constexpr double kTolerance = 1e-5;  // float32, 10² additions

struct Case {
  const char* name;
  Shape x, weight, y;
  ops::Attributes attributes = {};
  NaiveWindow window = {};
  std::int64_t group = 1;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases = {
      {"plain", {2, 3, 3, 4}, {3, 2, 3, 2}, {2, 2, 5, 5}},
      {"strides", {1, 3, 3, 4}, {3, 2, 3, 3}, {1, 2, 7, 9}, {{"strides", Integers{2, 2}}}, {.stride = {2, 2}}},
      {"strides wider than the kernel",
       {1, 2, 3, 3},
       {2, 2, 2, 2},
       {1, 2, 8, 8},
       {{"strides", Integers{3, 3}}},
       {.stride = {3, 3}}},
      {"asymmetric pads",
       {1, 3, 4, 4},
       {3, 2, 3, 3},
       {1, 2, 8, 7},
       {{"strides", Integers{2, 2}}, {"pads", Integers{1, 0, 0, 2}}},
       {.stride = {2, 2}, .leading = {1, 0}}},
      {"output padding",
       {1, 3, 4, 4},
       {3, 2, 3, 3},
       {1, 2, 8, 8},
       {{"strides", Integers{2, 2}}, {"pads", Integers{1, 1, 1, 1}}, {"output_padding", Integers{1, 1}}},
       {.stride = {2, 2}, .leading = {1, 1}}},
      {"dilations", {1, 2, 3, 3}, {2, 3, 2, 3}, {1, 3, 5, 5}, {{"dilations", Integers{2, 1}}}, {.dilation = {2, 1}}},
      {"groups",
       {1, 4, 3, 3},
       {4, 3, 2, 2},
       {1, 6, 6, 6},
       {{"group", std::int64_t{2}}, {"strides", Integers{2, 2}}},
       {.stride = {2, 2}},
       2},
      {"depthwise",
       {1, 3, 3, 3},
       {3, 1, 4, 4},
       {1, 3, 6, 6},
       {{"group", std::int64_t{3}}, {"strides", Integers{2, 2}}, {"pads", Integers{1, 1, 1, 1}}},
       {.stride = {2, 2}, .leading = {1, 1}},
       3},
      // 10×8 asked, 7×7 follow from the window: three and one rows that no pixel reaches, then pads of ⌈total/2⌉ in
      // front.
      {"output shape, larger",
       {1, 2, 3, 3},
       {2, 2, 3, 3},
       {1, 2, 10, 8},
       {{"strides", Integers{2, 2}}, {"output_shape", Integers{10, 8}}},
       {.stride = {2, 2}}},
      {"output shape, smaller",
       {1, 2, 3, 3},
       {2, 2, 3, 3},
       {1, 2, 6, 4},
       {{"strides", Integers{2, 2}}, {"output_shape", Integers{6, 4}}},
       {.stride = {2, 2}, .leading = {1, 2}}},
      {"SAME_UPPER",
       {1, 2, 3, 3},
       {2, 2, 3, 4},
       {1, 2, 6, 9},
       {{"strides", Integers{2, 3}}, {"auto_pad", std::string("SAME_UPPER")}},
       {.stride = {2, 3}, .leading = {0, 0}}},
      {"SAME_LOWER",
       {1, 2, 3, 3},
       {2, 2, 3, 4},
       {1, 2, 6, 9},
       {{"strides", Integers{2, 3}}, {"auto_pad", std::string("SAME_LOWER")}},
       {.stride = {2, 3}, .leading = {1, 1}}},
      {"one spatial axis",
       {2, 3, 5},
       {3, 2, 4},
       {2, 2, 10},
       {{"strides", Integers{2}}, {"pads", Integers{1, 1}}},
       {.stride = {2}, .leading = {1}}},
      {"three spatial axes", {2, 3, 3, 4, 2}, {3, 2, 2, 3, 2}, {2, 2, 4, 6, 3}},
      {"three spatial axes, all attributes",
       {1, 4, 3, 3, 2},
       {4, 3, 3, 2, 1},
       {1, 6, 7, 4, 4},
       {{"group", std::int64_t{2}},
        {"strides", Integers{3, 1, 2}},
        {"dilations", Integers{1, 2, 1}},
        {"pads", Integers{1, 0, 0, 1, 1, 0}},
        {"output_padding", Integers{0, 0, 1}}},
       {.stride = {3, 1, 2}, .dilation = {1, 2, 1}, .leading = {1, 0, 0}},
       2},
      {"three spatial axes, output shape",
       {1, 2, 3, 3, 3},
       {2, 2, 3, 3, 3},
       {1, 2, 6, 7, 4},
       {{"strides", Integers{2, 2, 2}}, {"output_shape", Integers{6, 7, 4}}},
       {.stride = {2, 2, 2}, .leading = {1, 0, 2}}},
  };
  return kCases;
}

OperatorCase conv_transpose(const Case& c, bool constant_weight = true) {
  const Tensor weight = random_tensor(c.weight, -1, 1, 2), bias = random_tensor({c.weight[1] * c.group}, -1, 1, 3);
  return {.type = "ConvTranspose",
          .attributes = c.attributes,
          .inputs = {random_tensor(c.x), constant_weight ? constant(weight) : CaseInput(weight),
                     constant_weight ? constant(bias) : CaseInput(bias)}};
}

TEST(ConvTranspose, MatchesItsDefinition) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const OperatorCase check = conv_transpose(c);

    const Tensor y = output_of(check);

    expect_close(y,
                 naive_conv_transpose(check.inputs[0].tensor, check.inputs[1].tensor, check.inputs[2].tensor, c.window,
                                      c.group, c.y),
                 kTolerance);
  }
}

TEST(ConvTranspose, ComputedWeightGivesTheSame) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    expect_close(output_of(conv_transpose(c, false)), output_of(conv_transpose(c)));
  }
}

GRADIENT_TEST(ConvTranspose, GradientMatchesFiniteDifferences, "ConvTranspose") {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    expect_gradient_matches_finite_differences(conv_transpose(c));
    expect_gradient_matches_finite_differences(conv_transpose(c, false));
  }
}

TEST(ConvTranspose, KeepsSamplesApart) {
  for (Case c : cases()) {
    SCOPED_TRACE(c.name);
    c.x[0] = 1;
    expect_batch_matches_single_samples(conv_transpose(c), {0, -1, -1});
  }
}

TEST(ConvTranspose, ErrorsSayWhatDoesNotFit) {
  const OperatorCase wrong{.type = "ConvTranspose", .inputs = {Tensor({1, 4, 5, 5}), constant(Tensor({3, 2, 3, 3}))}};
  try {
    OperatorRun run(wrong);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "input has 4 channels, weight expects 3");
    EXPECT_EQ(error.code(), ErrorCode::ShapeMismatch);
  }
}

}  // namespace
}  // namespace saliency::testing
