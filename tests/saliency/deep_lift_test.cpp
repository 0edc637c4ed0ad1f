// DeepLIFT on toys; its rule within networks is compared with Captum in tests/golden.
#include <gtest/gtest.h>

#include "saliency/method_check.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::expect_near;
using testing::mask_of;
using testing::square_model;
using testing::Values;

TEST(DeepLift, SumsToTheDifferenceOfScores) {
  auto model = square_model({3}, 4);

  const Mask mask = mask_of("DeepLift", model, {1, -2, 3}, {{"baseline", 0.5}});

  expect_near(mask.data, Values{0.75, 3.75, 8.75}, 1e-6);
  ASSERT_TRUE(mask.completeness);
  EXPECT_NEAR(mask.completeness->delta, 0, 1e-6);
  EXPECT_EQ(mask.evaluations, 2);
}

TEST(DeepLift, SeveralBaselinesGiveTheMeanOfTheirMaps) {
  auto model = square_model({1}, 3);

  const Mask mask = mask_of("DeepLift", model, {3}, {{"baseline", Tensor({2, 1}, std::vector<Scalar>{0, 1})}});

  expect_near(mask.data, Values{8.5}, 1e-6);
  EXPECT_NEAR(mask.completeness->expected, 8.5, 1e-6);
}

TEST(DeepLift, AnImageEqualToItsBaselineGetsZeros) {
  auto model = square_model({2});

  EXPECT_EQ(mask_of("DeepLift", model, {2, 2}, {{"baseline", 2}}).data, (std::vector<Scalar>{0, 0}));
}

}  // namespace
}  // namespace saliency
