#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

struct Case {
  const char* what;
  std::vector<Scalar> starts, ends, axes, steps, expected;
};

OperatorCase slice(const Tensor& x, const Case& c) {
  const auto list = [](const std::vector<Scalar>& values) {
    return constant(integers({static_cast<std::int64_t>(values.size())}, values));
  };
  return {.type = "Slice", .inputs = {x, list(c.starts), list(c.ends), list(c.axes), list(c.steps)}};
}

TEST(Slice, FollowsPythonsRules) {
  constexpr Scalar kEnd = Scalar{9.2233720368547758e18};
  const Case cases[] = {
      {"middle", {1}, {3}, {0}, {1}, {1, 2}},
      {"negative positions", {-3}, {-1}, {0}, {1}, {2, 3}},
      {"to the end", {2}, {kEnd}, {0}, {1}, {2, 3, 4}},
      {"every second", {0}, {kEnd}, {-1}, {2}, {0, 2, 4}},
      {"backwards", {-1}, {-kEnd}, {0}, {-1}, {4, 3, 2, 1, 0}},
      {"backwards by two, open", {3}, {0}, {0}, {-2}, {3, 1}},
      {"nothing", {3}, {2}, {0}, {1}, {}},
      {"cut at both ends", {-100}, {100}, {0}, {3}, {0, 3}},
  };
  const Tensor x({5}, {0, 1, 2, 3, 4});
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    expect_close(output_of(slice(x, c)), Tensor({static_cast<std::int64_t>(c.expected.size())}, c.expected));
  }
}

TEST(Slice, TakesAttributesBeforeOpsetTen) {
  const Tensor x({2, 3}, {0, 1, 2, 3, 4, 5});

  const Tensor y = output_of({.type = "Slice",
                              .attributes = {{"starts", Integers{1}}, {"ends", Integers{3}}, {"axes", Integers{1}}},
                              .opset = 9,
                              .inputs = {x}});

  expect_close(y, Tensor({2, 2}, {1, 2, 4, 5}));
}

TEST(Slice, RefusesStepZeroAndUnequalLists) {
  EXPECT_THROW(output_of(slice(random_tensor({3}), {"", {0}, {1}, {0}, {0}, {}})), Error);
  EXPECT_THROW(output_of(slice(random_tensor({3}), {"", {0}, {1, 2}, {0}, {1}, {}})), Error);
}

const Case kGradientCases[] = {
    {"one axis", {1}, {3}, {1}, {1}, {}},
    {"steps", {0, 4}, {2, -100}, {0, 1}, {1, -2}, {}},
    {"empty", {2}, {1}, {1}, {1}, {}},
};

GRADIENT_TEST(Slice, GradientMatchesFiniteDifferences, "Slice") {
  for (const Case& c : kGradientCases) expect_gradient_matches_finite_differences(slice(random_tensor({2, 5, 2}), c));
}

TEST(Slice, KeepsBatchesApartAndPullsTransposes) {
  const OperatorCase check = slice(random_tensor({1, 5, 2}), {"", {1, 0}, {4, 100}, {1, 0}, {2, 1}, {}});
  expect_batch_matches_single_samples(check, {0, -1, -1, -1, -1});
  EXPECT_EQ(batch_axis_of(check, {1, -1, -1, -1, -1}), std::nullopt);
  expect_pulls_transpose(check, {0, 2, 1});
}

}  // namespace
}  // namespace saliency::testing
