#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase pad(const Tensor& x, const std::string& mode, const std::vector<Scalar>& pads) {
  return {.type = "Pad",
          .attributes = {{"mode", mode}},
          .inputs = {x, constant(integers({static_cast<std::int64_t>(pads.size())}, pads)),
                     constant(Tensor({}, Scalar{9}))}};
}

TEST(Pad, EachModeFillsTheFrame) {
  struct Case {
    const char* mode;
    std::vector<Scalar> pads, expected;
  };
  const Case cases[] = {
      {"constant", {2, 1}, {9, 9, 1, 2, 3, 9}},
      {"reflect", {2, 2}, {3, 2, 1, 2, 3, 2, 1}},
      {"reflect", {5, 0}, {2, 1, 2, 3, 2, 1, 2, 3}},
      {"edge", {2, 1}, {1, 1, 1, 2, 3, 3}},
      {"wrap", {2, 4}, {2, 3, 1, 2, 3, 1, 2, 3, 1}},
      {"constant", {-1, 1}, {2, 3, 9}},
      {"edge", {1, -2}, {1, 1}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.mode);
    expect_close(output_of(pad(Tensor({3}, {1, 2, 3}), c.mode, c.pads)),
                 Tensor({static_cast<std::int64_t>(c.expected.size())}, c.expected));
  }
}

TEST(Pad, TakesAxesAndAttributes) {
  const Tensor x({1, 2}, {1, 2});

  const Tensor by_axes =
      output_of({.type = "Pad",
                 .opset = 18,
                 .inputs = {x, constant(integers({2}, {1, 0})), absent(), constant(integers({1}, {-1}))}});
  const Tensor older = output_of(
      {.type = "Pad", .attributes = {{"pads", Integers{0, 0, 0, 1}}, {"value", 7.0}}, .opset = 2, .inputs = {x}});

  expect_close(by_axes, Tensor({1, 3}, {0, 1, 2}));
  expect_close(older, Tensor({1, 3}, {1, 2, 7}));
}

TEST(Pad, RefusesWrongModesAndLengths) {
  EXPECT_THROW(output_of(pad(random_tensor({3}), "mirror", {1, 1})), Error);
  EXPECT_THROW(output_of(pad(random_tensor({3}), "constant", {1, 1, 1})), Error);
  EXPECT_THROW(output_of(pad(random_tensor({3}), "constant", {-2, -2})), Error);
}

GRADIENT_TEST(Pad, GradientMatchesFiniteDifferences, "Pad") {
  for (const char* mode : {"constant", "reflect", "edge", "wrap"}) {
    expect_gradient_matches_finite_differences(pad(random_tensor({2, 3, 4}), mode, {0, 1, 2, 0, 2, 1}));
    expect_gradient_matches_finite_differences(pad(random_tensor({2, 3, 4}), mode, {0, -1, 2, 0, 1, -1}));
  }
}

TEST(Pad, KeepsBatchesApartAndPullsTransposes) {
  for (const char* mode : {"constant", "reflect", "edge", "wrap"}) {
    const OperatorCase check = pad(random_tensor({1, 3, 4}), mode, {0, 1, 2, 0, 2, 1});
    expect_batch_matches_single_samples(check, {0, -1, -1});
    EXPECT_EQ(batch_axis_of(check, {1, -1, -1}), std::nullopt);
    expect_pulls_transpose(check, {0, 2, 1});
  }
}

}  // namespace
}  // namespace saliency::testing
