#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "golden/pair_numbers.h"
#include "saliency/method_check.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::expect_near;
using testing::linear_model;
using testing::mask_of;
using testing::pair_numbers;
using testing::ToyModel;
using testing::Values;

// f = (2a + b)²
ToyModel dependent_model() {
  return ToyModel(
      {2}, [](const Values& x) { return (2 * x[0] + x[1]) * (2 * x[0] + x[1]); },
      [](const Values& x) {
        return Values{8 * x[0] + 4 * x[1], 4 * x[0] + 2 * x[1]};
      });
}

// f with the gradient [2ab + 1, a² − c, 3c² − b, ½ cos d]
ToyModel four_model() {
  return ToyModel(
      {4},
      [](const Values& x) {
        return x[0] * x[0] * x[1] + x[0] - x[1] * x[2] + x[2] * x[2] * x[2] + 0.5 * std::sin(x[3]);
      },
      [](const Values& x) {
        return Values{2 * x[0] * x[1] + 1, x[0] * x[0] - x[2], 3 * x[2] * x[2] - x[1], 0.5 * std::cos(x[3])};
      });
}

struct GuidedCase {
  const char* parameters;  // steps_fraction_maxDist, as in the reference's keys
  int steps;
  double fraction;
  double max_dist;

  Options options() const { return {{"steps", steps}, {"fraction", fraction}, {"maxDist", max_dist}}; }
};

TEST(GuidedIg, MatchesPairOnDependentValues) {
  const GuidedCase cases[] = {{"1000_0.1_0.0", 1000, 0.1, 0},     {"1000_1.0_0.5", 1000, 1, 0.5},
                              {"1000_0.1_1.0", 1000, 0.1, 1},     {"1000_0.1_0.2", 1000, 0.1, 0.2},
                              {"200_0.25_0.02", 200, 0.25, 0.02}, {"10_0.25_0.02", 10, 0.25, 0.02},
                              {"10_0.5_1.0", 10, 0.5, 1},         {"25_0.5_1.0", 25, 0.5, 1}};
  for (const GuidedCase& one : cases) {
    SCOPED_TRACE(one.parameters);
    auto model = dependent_model();

    const Mask mask = mask_of("GuidedIg", model, {3, 3}, one.options());

    expect_near(mask.data, pair_numbers(std::string("gig_") + one.parameters), 2e-6);
    EXPECT_EQ(model.gradient_count, one.steps);
  }
}

TEST(GuidedIg, MatchesPairWhereAValueEqualsItsBaseline) {
  const GuidedCase cases[] = {{"5_0.25_0.02", 5, 0.25, 0.02},
                              {"5_0.5_1.0", 5, 0.5, 1},
                              {"20_0.25_0.1", 20, 0.25, 0.1},
                              {"200_0.25_0.02", 200, 0.25, 0.02}};
  for (const GuidedCase& one : cases) {
    SCOPED_TRACE(one.parameters);
    auto model = four_model();
    Options options = one.options();
    options.insert_or_assign("baseline", Tensor({4}, std::vector<Scalar>{0, 1, 0.5, -1}));

    const Mask mask = mask_of("GuidedIg", model, {1, -2, 0.5, 3}, options);

    expect_near(mask.data, pair_numbers(std::string("gig4_") + one.parameters), 2e-6);
    EXPECT_EQ(mask.data[2], 0);
  }
}

TEST(GuidedIg, IsExactForALinearFunction) {
  auto model = linear_model({2}, {2, 1});
  const Options options = {{"steps", 10}, {"fraction", 0.1}, {"maxDist", 0.5}};

  Options with_baseline = options;
  with_baseline.insert_or_assign("baseline", Tensor({2}, std::vector<Scalar>{-1, -3}));
  expect_near(mask_of("GuidedIg", model, {10, 5}, with_baseline).data, Values{22, 8}, 1e-6);
  expect_near(mask_of("GuidedIg", model, {10, 5}, options).data, Values{20, 5}, 1e-6);
}

TEST(GuidedIg, IsIntegratedGradientsWithoutFreedom) {
  const std::vector<Scalar> image = {1, -2, 0.5, 3};
  for (const Options& options : {Options{{"maxDist", 0}}, Options{{"fraction", 1}}}) {
    auto model = four_model();

    const Mask guided = mask_of("GuidedIg", model, image, options);
    const Mask straight = mask_of("IntegratedGradients", model, image, {{"steps", 200}, {"rule", "left"}});

    expect_near(guided.data, straight.data, 2e-3);
  }
}

TEST(GuidedIg, SumsToTheDifferenceOfScores) {
  auto model = four_model();

  const Mask mask = mask_of("GuidedIg", model, {1, -2, 0.5, 3}, {{"steps", 1000}});

  ASSERT_TRUE(mask.completeness);
  EXPECT_NEAR(mask.completeness->delta, 0, 0.02);
}

TEST(GuidedIg, AnImageEqualToItsBaselineGetsZeros) {
  auto model = four_model();

  EXPECT_EQ(mask_of("GuidedIg", model, {0, 0, 0, 0}, {{"steps", 5}}).data, (std::vector<Scalar>{0, 0, 0, 0}));
}

TEST(GuidedIg, SeveralBaselinesGiveTheMeanOfTheirMaps) {
  auto model = four_model();
  const std::vector<Scalar> image = {1, -2, 0.5, 3};

  const Mask low = mask_of("GuidedIg", model, image, {{"baseline", "min"}, {"steps", 20}});
  const Mask high = mask_of("GuidedIg", model, image, {{"baseline", "max"}, {"steps", 20}});
  const Mask both = mask_of("GuidedIg", model, image, {{"baseline", "min,max"}, {"steps", 20}});

  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(both.data[i], (low.data[i] + high.data[i]) / 2, 1e-5);
}

}  // namespace
}  // namespace saliency
