#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase case_of(const char* type, std::int64_t opset, std::int64_t axis, Tensor x) {
  return {.type = type, .attributes = {{"axis", axis}}, .opset = opset, .inputs = {std::move(x)}};
}

struct Case {
  std::int64_t opset, axis;
  Shape shape;
};
const std::vector<Case> kCases = {
    {13, -1, {3, 5}},   {13, 1, {2, 3, 4}}, {13, 0, {3, 2}},       {21, 1, {1, 4, 2, 2}}, {11, 1, {2, 3, 4}},
    {11, 2, {2, 3, 4}}, {11, 0, {2, 3}},    {11, 1, {1, 6, 1, 1}}, {7, -1, {2, 3, 4}},
};

TEST(Softmax, TakesOneAxisSinceOpset13AndAllFromTheAxisBefore) {
  const Tensor x({1, 2, 2}, {0, 0, 0, std::log(Scalar(3))});

  expect_close(output_of(case_of("Softmax", 13, 1, x)),
               Tensor({1, 2, 2}, {Scalar(.5), Scalar(.25), Scalar(.5), Scalar(.75)}));
  expect_close(output_of(case_of("Softmax", 11, 1, x)),
               Tensor({1, 2, 2}, {Scalar(1) / 6, Scalar(1) / 6, Scalar(1) / 6, Scalar(.5)}));
}

TEST(Softmax, DefaultAxisDependsOnTheOpset) {
  const Tensor x = random_tensor({2, 3, 4});
  const OperatorCase latest{.type = "Softmax", .opset = 13, .inputs = {x}};
  const OperatorCase early{.type = "Softmax", .opset = 12, .inputs = {x}};

  expect_close(output_of(latest), output_of(case_of("Softmax", 13, 2, x)));
  expect_close(output_of(early), output_of(case_of("Softmax", 12, 1, x)));
}

TEST(Softmax, LargeNumbersDoNotOverflow) {
  const Tensor x({1, 3}, {1000, 1000, -1000});

  expect_close(output_of({.type = "Softmax", .inputs = {x}}), Tensor({1, 3}, {Scalar(.5), Scalar(.5), 0}));
  const Scalar half = std::log(Scalar(.5));
  expect_close(output_of({.type = "LogSoftmax", .inputs = {x}}), Tensor({1, 3}, {half, half, half - 2000}));
}

TEST(LogSoftmax, IsTheLogarithmOfSoftmax) {
  for (const Case& c : kCases) {
    const Tensor x = random_tensor(c.shape, -3, 3);
    Tensor expected = output_of(case_of("Softmax", c.opset, c.axis, x));
    for (Scalar& value : expected.data) value = std::log(value);
    expect_close(output_of(case_of("LogSoftmax", c.opset, c.axis, x)), expected);
  }
}

TEST(Hardmax, MarksTheFirstMaximum) {
  const Tensor x({2, 3}, {1, 3, 3, 2, 0, 1});

  expect_close(output_of({.type = "Hardmax", .inputs = {x}}), Tensor({2, 3}, {0, 1, 0, 1, 0, 0}));
  expect_close(output_of(case_of("Hardmax", 13, 0, x)), Tensor({2, 3}, {0, 1, 1, 1, 0, 0}));
  EXPECT_FALSE(OperatorRun({.type = "Hardmax", .inputs = {x}}).op().has_gradient(0));
}

GRADIENT_TEST(Softmax, GradientsMatchFiniteDifferences, "Softmax", "LogSoftmax") {
  for (const char* type : {"Softmax", "LogSoftmax"}) {
    for (const Case& c : kCases) {
      expect_gradient_matches_finite_differences(case_of(type, c.opset, c.axis, random_tensor(c.shape, -2, 2)));
    }
  }
}

TEST(Softmax, SamplesDoNotMix) {
  for (const char* type : {"Softmax", "LogSoftmax"}) {
    expect_batch_matches_single_samples(case_of(type, 13, 1, random_tensor({1, 3, 4})), {0});
    expect_batch_matches_single_samples(case_of(type, 11, 1, random_tensor({1, 3, 4})), {0});
    EXPECT_FALSE(batch_axis_of(case_of(type, 13, 0, Tensor({1, 3})), {0}).has_value());
    EXPECT_FALSE(batch_axis_of(case_of(type, 11, 0, Tensor({1, 3})), {0}).has_value());
  }
}

TEST(Softmax, TransposesPassThrough) {
  for (const char* type : {"Softmax", "LogSoftmax", "Hardmax"}) {
    for (const std::int64_t opset : {11, 13}) {
      for (const std::int64_t axis : {0, 1, 2}) {
        expect_pulls_transpose(case_of(type, opset, axis, random_tensor({2, 3, 4})), {0, 2, 1});
        expect_pulls_transpose(case_of(type, opset, axis, random_tensor({2, 3, 4})), {2, 0, 1});
      }
    }
  }
}

}  // namespace
}  // namespace saliency::testing
