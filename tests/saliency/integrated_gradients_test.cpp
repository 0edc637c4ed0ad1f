#include <gtest/gtest.h>

#include <cmath>

#include "golden/pair_numbers.h"
#include "saliency/method_check.h"
#include "saliency/path_rule.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::expect_error;
using testing::linear_model;
using testing::mask_of;
using testing::pair_numbers;
using testing::square_model;
using testing::ToyModel;
using testing::Values;

// PAIR's test function: f = 5x + y² + sin z.
ToyModel pair_model(std::int64_t batch_size = 1) {
  return ToyModel(
      {1, 1, 3}, [](const Values& x) { return 5 * x[0] + x[1] * x[1] + std::sin(x[2]); },
      [](const Values& x) {
        return Values{5, 2 * x[1], std::cos(x[2])};
      },
      batch_size);
}

const Tensor kBaseline({1, 1, 3}, std::vector<Scalar>{0.5, 1, 1});
const std::vector<double> kExact = {2.5, 3, std::sin(3.0) - std::sin(1.0)};

TEST(IntegratedGradients, MatchesPairWithItsNodesAndWeights) {
  for (const int steps : {1, 2, 25, 50, 1000}) {
    SCOPED_TRACE(steps);
    auto model = pair_model(7);

    const Mask mask = mask_of("IntegratedGradients", model, {1, 2, 3},
                              {{"steps", steps}, {"baseline", kBaseline}, {"compat", "pair"}});

    testing::expect_near(mask.data, pair_numbers("ig_" + std::to_string(steps)), 2e-6);
    EXPECT_EQ(model.gradient_count, steps);
  }
}

struct RuleCase {
  const char* rule;
  int steps;
  double tolerance;
};

class IntegratedGradientsRule : public ::testing::TestWithParam<RuleCase> {};

TEST_P(IntegratedGradientsRule, ApproachesTheIntegral) {
  const RuleCase rule = GetParam();
  auto model = pair_model(4);

  const Mask mask = mask_of("IntegratedGradients", model, {1, 2, 3},
                            {{"steps", rule.steps}, {"rule", rule.rule}, {"baseline", kBaseline}});

  testing::expect_near(mask.data, kExact, rule.tolerance);
  ASSERT_TRUE(mask.completeness);
  EXPECT_NEAR(mask.completeness->expected, 2.5 + 3 + kExact[2], 1e-6);
  EXPECT_NEAR(mask.completeness->delta, mask.completeness->sum - mask.completeness->expected, 1e-12);
  EXPECT_LT(std::fabs(mask.completeness->delta), 3 * rule.tolerance);
}

INSTANTIATE_TEST_SUITE_P(Rules, IntegratedGradientsRule,
                         ::testing::Values(RuleCase{"left", 400, 0.01}, RuleCase{"right", 400, 0.01},
                                           RuleCase{"midpoint", 400, 1e-5}, RuleCase{"trapezoid", 400, 1e-5},
                                           RuleCase{"gauss-legendre", 8, 1e-6}));

TEST(IntegratedGradients, SumsToTheDifferenceOfScores) {
  auto model = square_model({1, 2, 2}, 3);

  const Mask mask = mask_of("IntegratedGradients", model, {1, -2, 3, 0.5}, {{"baseline", 0.25}});

  ASSERT_TRUE(mask.completeness);
  EXPECT_NEAR(mask.completeness->sum, 14.25 - 0.25, 1e-5);
  EXPECT_NEAR(mask.completeness->delta, 0, 1e-5);
  EXPECT_EQ(mask.steps, 25);
  EXPECT_EQ(mask.evaluations, 27);
}

// f = max(x, y) is symmetric: x = y must get equal shares of any symmetric function; here f = x·y.
TEST(IntegratedGradients, SymmetricValuesGetEqualShares) {
  ToyModel model(
      {2}, [](const Values& x) { return x[0] * x[1]; },
      [](const Values& x) {
        return Values{x[1], x[0]};
      });

  const Mask mask = mask_of("IntegratedGradients", model, {3, 3});

  EXPECT_EQ(mask.data[0], mask.data[1]);
  EXPECT_NEAR(mask.data[0], 4.5, 1e-6);
}

TEST(IntegratedGradients, AnImageEqualToItsBaselineGetsZeros) {
  auto model = square_model({1, 1, 3});

  const Mask mask = mask_of("IntegratedGradients", model, {2, 2, 2}, {{"baseline", 2}});

  EXPECT_EQ(mask.data, (std::vector<Scalar>{0, 0, 0}));
  EXPECT_EQ(mask.completeness->delta, 0);
  EXPECT_FALSE(mask.warnings.empty());
}

TEST(IntegratedGradients, SeveralBaselinesGiveTheMeanOfTheirMaps) {
  auto model = pair_model(5);
  const std::vector<Scalar> image = {1, 2, 3};
  const Mask low = mask_of("IntegratedGradients", model, image, {{"baseline", "min"}});
  const Mask high = mask_of("IntegratedGradients", model, image, {{"baseline", "max"}});

  const Mask both = mask_of("IntegratedGradients", model, image, {{"baseline", "min, max"}});

  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(both.data[i], (low.data[i] + high.data[i]) / 2, 1e-6);
  EXPECT_NEAR(both.completeness->delta, 0, 1e-3);
}

TEST(IntegratedGradients, NamedBaselinesComeFromThePreprocessing) {
  auto model = linear_model({1, 1, 2}, {1, 1});
  const auto map = [&](Options options) {
    return mask_of("IntegratedGradients", model, {5, 5}, std::move(options)).data;
  };

  expect_error(ErrorCode::InvalidOption, "'black'", [&] { map({{"baseline", "black"}}); });
  testing::expect_near(map({{"baseline", "black"}, {"valueRange", std::vector<double>{-1, 3}}}), Values{6, 6}, 1e-6);
  testing::expect_near(map({{"baseline", "grey"}, {"valueRange", std::vector<double>{-1, 3}}}), Values{4, 4}, 1e-6);
  model.range = ValueRange{{-2, -1}, {2, 4}};
  testing::expect_near(map({{"baseline", "black"}}), Values{7, 6}, 1e-6);
  testing::expect_near(map({{"baseline", "white"}}), Values{3, 1}, 1e-6);
  testing::expect_near(map({{"baseline", std::vector<double>{1, 2}}}), Values{4, 3}, 1e-6);
  testing::expect_near(map({{"baseline", "mean"}}), Values{0, 0}, 1e-6);
  testing::expect_near(map({{"baseline", "blur"}}), Values{0, 0}, 1e-6);
}

TEST(IntegratedGradients, WrongBaselinesAndRulesAreRefused) {
  auto model = square_model({1, 1, 2});
  const auto map = [&](Options options) { return mask_of("IntegratedGradients", model, {5, 5}, std::move(options)); };

  expect_error(ErrorCode::ShapeMismatch, "option 'baseline' has shape [3]", [&] { map({{"baseline", Tensor({3})}}); });
  expect_error(ErrorCode::InvalidOption, "expected zero, black", [&] { map({{"baseline", "blak"}}); });
  expect_error(ErrorCode::InvalidOption, "3 numbers", [&] { map({{"baseline", std::vector<double>{1, 2, 3}}}); });
  expect_error(ErrorCode::InvalidOption, "baseline", [&] { map({{"baseline", true}}); });
  expect_error(ErrorCode::InvalidOption, "at least 2 steps", [&] { map({{"rule", "trapezoid"}, {"steps", 1}}); });
  expect_error(ErrorCode::InvalidOption, "steps", [&] { map({{"steps", 0}}); });
}

TEST(IntegratedGradients, ToleranceAddsStepsUntilTheMapIsComplete) {
  auto model = pair_model(8);

  const Mask mask = mask_of("IntegratedGradients", model, {1, 2, 3},
                            {{"steps", 3}, {"rule", "left"}, {"tolerance", 0.02}, {"baseline", kBaseline}});

  EXPECT_GT(mask.steps, 3);
  EXPECT_LE(std::fabs(mask.completeness->delta), 0.02 * mask.completeness->expected);
}

TEST(IntegratedGradients, PartialMapsEstimateTheWholePath) {
  auto model = square_model({2}, 4);
  Mask partial;
  Job<Mask> job = get_mask("IntegratedGradients", model, {1, 2}, Target::of_class(0), {{"steps", 64}}, &partial);
  for (int i = 0; i < 4; ++i) job.step();  // scores, then three batches of gradients

  testing::expect_near(partial.data, Values{1, 4}, 0.2);
}

TEST(PathRule, WeightsSumToOneAndNodesAreOnThePath) {
  using Kind = PathRule::Kind;
  for (const Kind kind : {Kind::Left, Kind::Right, Kind::Midpoint, Kind::Trapezoid, Kind::GaussLegendre, Kind::Pair}) {
    double sum = 0;
    double last = -1;
    for (const PathNode& node : PathRule{kind}.nodes(17)) {
      sum += node.weight;
      EXPECT_GT(node.position, last);
      EXPECT_GE(node.position, 0);
      EXPECT_LE(node.position, 1);
      last = node.position;
    }
    EXPECT_NEAR(sum, 1, 1e-12);
  }
}

TEST(PathRule, GaussLegendreIntegratesPolynomialsExactly) {
  double integral = 0;  // ∫ t⁹ dt = 1/10
  for (const PathNode& node : PathRule{PathRule::Kind::GaussLegendre}.nodes(5)) {
    integral += node.weight * std::pow(node.position, 9);
  }
  EXPECT_NEAR(integral, 0.1, 1e-15);
}

TEST(PathRule, SpreadOrderVisitsEachOnce) {
  EXPECT_EQ(spread_order(5), (std::vector<std::size_t>{0, 4, 2, 1, 3}));
  EXPECT_TRUE(spread_order(0).size() <= 1);
}

}  // namespace
}  // namespace saliency
