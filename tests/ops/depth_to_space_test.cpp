#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase regroup(const char* type, const Tensor& x, const char* mode = "DCR") {
  ops::Attributes attributes = {{"blocksize", std::int64_t{2}}};
  if (std::string(type) == "DepthToSpace") attributes.set("mode", std::string(mode));
  return {.type = type, .attributes = attributes, .inputs = {x}};
}

TEST(DepthToSpace, FollowsBothOrders) {
  Tensor x({1, 8, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7});

  expect_close(output_of(regroup("DepthToSpace", x, "DCR")), Tensor({1, 2, 2, 2}, {0, 2, 4, 6, 1, 3, 5, 7}));
  expect_close(output_of(regroup("DepthToSpace", x, "CRD")), Tensor({1, 2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(SpaceToDepth, InvertsDepthToSpace) {
  const Tensor x = random_tensor({2, 8, 3, 2});

  expect_close(output_of(regroup("SpaceToDepth", output_of(regroup("DepthToSpace", x)))), x);
}

TEST(DepthToSpace, RefusesSizesThatDoNotDivide) {
  EXPECT_THROW(output_of(regroup("DepthToSpace", random_tensor({1, 6, 2, 2}))), Error);
  EXPECT_THROW(output_of(regroup("SpaceToDepth", random_tensor({1, 6, 3, 2}))), Error);
  EXPECT_THROW(output_of(regroup("DepthToSpace", random_tensor({1, 4, 2, 2}), "RCD")), Error);
}

GRADIENT_TEST(DepthToSpace, GradientMatchesFiniteDifferences, "DepthToSpace", "SpaceToDepth") {
  expect_gradient_matches_finite_differences(regroup("DepthToSpace", random_tensor({2, 8, 2, 3}), "DCR"));
  expect_gradient_matches_finite_differences(regroup("DepthToSpace", random_tensor({2, 8, 2, 3}), "CRD"));
  expect_gradient_matches_finite_differences(regroup("SpaceToDepth", random_tensor({2, 2, 2, 4})));
}

TEST(DepthToSpace, KeepsBatchesApart) {
  expect_batch_matches_single_samples(regroup("DepthToSpace", random_tensor({1, 4, 2, 2})), {0});
  expect_batch_matches_single_samples(regroup("SpaceToDepth", random_tensor({1, 3, 2, 4})), {0});
}

}  // namespace
}  // namespace saliency::testing
