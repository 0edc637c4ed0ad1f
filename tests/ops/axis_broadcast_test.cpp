#include "ops/axis_broadcast.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

struct Case {
  const char* type;
  Shape x, operand;
  std::int64_t axis;
  Shape as_numpy;  // the operand's shape with which opset 7 does the same
};

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases = {
      {"Add", {2, 3, 4, 5}, {3, 4}, 1, {3, 4, 1}}, {"Sub", {2, 3, 4}, {2}, 0, {2, 1, 1}},
      {"Mul", {2, 3, 4}, {3}, -2, {3, 1}},         {"Div", {2, 3}, {3}, 1, {3}},
      {"Add", {2, 3}, {1, 3}, 0, {1, 3}},          {"PRelu", {2, 3, 4, 5}, {3}, 1, {3, 1, 1}},
  };
  return kCases;
}

OperatorCase old(const Case& c) {
  OperatorCase check{
      .type = c.type, .opset = 6, .inputs = {random_tensor(c.x), random_tensor(c.operand, Scalar(0.5), 2, 2)}};
  if (check.type != "PRelu") check.attributes = {{"broadcast", std::int64_t{1}}, {"axis", c.axis}};
  return check;
}

TEST(AxisBroadcast, MeansWhatNumPysRuleDoesWithTrailingAxes) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.type);
    const OperatorCase check = old(c);
    Tensor operand = check.inputs[1].tensor;
    operand.shape = c.as_numpy;

    expect_close(output_of(check), output_of({.type = c.type, .inputs = {check.inputs[0], operand}}));
  }
}

GRADIENT_TEST(AxisBroadcast, GradientMatchesFiniteDifferences, "Add", "Sub", "Mul", "Div", "PRelu") {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.type);
    expect_gradient_matches_finite_differences(old(c));
  }
}

TEST(AxisBroadcast, KeepsSamplesApart) {
  expect_batch_matches_single_samples(old({"Mul", {1, 3, 4}, {3}, 1, {}}), {0, -1});
}

TEST(AxisBroadcast, RefusesAnAxisBehindTheLast) {
  EXPECT_THROW(output_of(old({"Add", {2, 3}, {3, 4}, 1, {}})), Error);
}

}  // namespace
}  // namespace saliency::testing
