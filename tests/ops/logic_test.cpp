#include <gtest/gtest.h>

#include <limits>

#include "support/operator_check.h"

namespace saliency::testing {
namespace {

TEST(Logic, ComparisonsBroadcast) {
  struct Case {
    const char* type;
    std::vector<Scalar> expected;
  };
  const Case cases[] = {
      {"Equal", {0, 1, 0}}, {"Greater", {0, 0, 1}},     {"GreaterOrEqual", {0, 1, 1}},
      {"Less", {1, 0, 0}},  {"LessOrEqual", {1, 1, 0}}, {"And", {0, 1, 1}},
      {"Or", {1, 1, 1}},    {"Xor", {1, 0, 0}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.type);
    const Tensor y = output_of({.type = c.type, .inputs = {Tensor({3}, {0, 1, 2}), Tensor({1}, 1)}});
    expect_close(y, Tensor({3}, c.expected, DType::Bool));
    EXPECT_EQ(y.dtype, DType::Bool);
  }
}

TEST(Logic, TestsSingleValues) {
  constexpr Scalar kInfinity = std::numeric_limits<Scalar>::infinity();
  const Tensor x({5}, {0, 1, std::numeric_limits<Scalar>::quiet_NaN(), kInfinity, -kInfinity});

  expect_close(output_of({.type = "Not", .inputs = {x}}), Tensor({5}, {1, 0, 0, 0, 0}));
  expect_close(output_of({.type = "IsNaN", .inputs = {x}}), Tensor({5}, {0, 0, 1, 0, 0}));
  expect_close(output_of({.type = "IsInf", .inputs = {x}}), Tensor({5}, {0, 0, 0, 1, 1}));
  expect_close(output_of({.type = "IsInf", .attributes = {{"detect_negative", std::int64_t{0}}}, .inputs = {x}}),
               Tensor({5}, {0, 0, 0, 1, 0}));
}

}  // namespace
}  // namespace saliency::testing
