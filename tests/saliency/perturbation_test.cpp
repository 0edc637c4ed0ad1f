// ScoreCam, Rise, FeatureAblation, Lime and KernelShap on toy functions.
#include <gtest/gtest.h>

#include <cmath>

#include "saliency/least_squares.h"
#include "saliency/method_check.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::expect_error;
using testing::expect_near;
using testing::linear_model;
using testing::mask_of;
using testing::ToyModel;
using testing::Values;

Values ones(std::size_t count) {
  return Values(count, 1);
}

// Labels of a 2×4 image: two regions of 2×2 pixels.
Tensor halves() {
  return Tensor({2, 4}, std::vector<Scalar>{0, 0, 1, 1, 0, 0, 1, 1});
}
Tensor pixels(std::int64_t count) {
  Tensor labels({1, count});
  for (std::int64_t i = 0; i < count; ++i) labels.data[static_cast<std::size_t>(i)] = static_cast<Scalar>(i);
  return labels;
}

TEST(FeatureAblation, IsTheFallOfTheScoreForEachRegion) {
  auto model = linear_model({2, 4, 1}, ones(8), 2);

  const Mask mask = mask_of("FeatureAblation", model, {1, 2, 3, 4, 5, 6, 7, 8}, {{"segments", halves()}, {"value", 1}});

  expect_near(mask.data, Values{10, 10, 18, 18, 10, 10, 18, 18}, 1e-6);
  EXPECT_EQ(mask.shape, (Shape{2, 4}));
  EXPECT_EQ(model.score_count, 3);
  EXPECT_EQ(mask.extras.at("segments").data, halves().data);
}

TEST(FeatureAblation, OverlappingMasksAddUp) {
  auto model = linear_model({1, 2, 1}, ones(2));
  const Tensor masks({3, 1, 2}, std::vector<Scalar>{1, 0, 1, 1, 0, 0});

  expect_near(mask_of("FeatureAblation", model, {3, 4}, {{"segments", masks}, {"value", 0}}).data, Values{10, 7}, 1e-6);
}

TEST(FeatureAblation, MakesItsOwnRegions) {
  auto model = linear_model({20, 20, 1}, ones(400), 8);
  std::vector<Scalar> image(400, 0);
  for (std::size_t row = 0; row < 20; ++row) {
    for (std::size_t column = 10; column < 20; ++column) image[row * 20 + column] = 1;
  }

  const Mask mask = mask_of("FeatureAblation", model, image, {{"value", 0}});

  EXPECT_NEAR(mask.data[0], 0, 1e-5);
  EXPECT_GT(mask.data[15], 1);
}

// f = 2a + 3b + ab + 4: Shapley values 2 + ½ and 3 + ½ for a = b = 1 against 0.
TEST(KernelShap, FindsShapleyValuesExactlyFromAllSets) {
  ToyModel model(
      {1, 2, 1}, [](const Values& x) { return 2 * x[0] + 3 * x[1] + x[0] * x[1] + 4; },
      [](const Values&) {
        return Values{0, 0};
      });

  const Mask mask = mask_of("KernelShap", model, {1, 1}, {{"segments", pixels(2)}, {"value", 0}});

  expect_near(mask.data, Values{2.5, 3.5}, 1e-5);
  EXPECT_EQ(mask.evaluations, 4);
  ASSERT_TRUE(mask.completeness);
  EXPECT_EQ(mask.completeness->expected, 6);
  EXPECT_NEAR(mask.completeness->delta, 0, 1e-9);
}

// The product of three: each gets a third of it; a fourth that does not matter gets nothing.
TEST(KernelShap, IsSymmetricAndGivesNothingToWhatDoesNotMatter) {
  ToyModel model(
      {1, 4, 1}, [](const Values& x) { return 6 * x[0] * x[1] * x[2]; }, [](const Values&) { return Values(4, 0); }, 5);

  const Mask mask = mask_of("KernelShap", model, {1, 1, 1, 1}, {{"segments", pixels(4)}, {"value", 0}});

  expect_near(mask.data, Values{2, 2, 2, 0}, 1e-5);
}

TEST(KernelShap, EstimatesFromRandomSets) {
  Values weights;
  for (int i = 0; i < 30; ++i) weights.push_back(std::sin(i));
  auto model = linear_model({1, 30, 1}, weights, 16);

  const Mask mask = mask_of("KernelShap", model, std::vector<Scalar>(30, 1),
                            {{"segments", pixels(30)}, {"value", 0}, {"perturbations", 200}});

  expect_near(mask.data, weights, 1e-4);  // a linear function is fitted exactly
  EXPECT_EQ(mask.steps, 200);
  EXPECT_NEAR(mask.completeness->delta, 0, 1e-6);
}

TEST(KernelShap, OneRegionGetsEverything) {
  auto model = linear_model({1, 2, 1}, {1, 2});

  expect_near(mask_of("KernelShap", model, {1, 1}, {{"segments", Tensor({1, 2})}, {"value", 0}}).data, Values{3, 3},
              1e-6);
}

TEST(Lime, RecoversALinearFunction) {
  auto model = linear_model({1, 5, 1}, {1, -2, 3, 0, 0.5}, 32);

  const Mask mask = mask_of("Lime", model, {1, 1, 1, 1, 1},
                            {{"segments", pixels(5)}, {"value", 0}, {"ridge", 0}, {"perturbations", 200}});

  expect_near(mask.data, Values{1, -2, 3, 0, 0.5}, 1e-4);
  EXPECT_NEAR(mask.extras.at("fit").data[0], 1, 1e-5);
}

TEST(Lime, TheRidgeShrinksTheWeights) {
  auto model = linear_model({1, 2, 1}, {1, 2}, 32);
  const auto map = [&](double ridge) {
    return mask_of("Lime", model, {1, 1}, {{"segments", pixels(2)}, {"value", 0}, {"ridge", ridge}}).data;
  };

  EXPECT_LT(map(100)[1], map(1)[1]);
  EXPECT_GT(map(100)[1], 0);
}

TEST(Lime, DependsOnTheSeedOnly) {
  ToyModel model(
      {1, 6, 1}, [](const Values& x) { return x[0] * x[1] + std::sin(x[2] + x[3]) - x[4] * x[5]; },
      [](const Values&) { return Values(6, 0); }, 7);
  const std::vector<Scalar> image = {1, 2, 3, 4, 5, 6};
  const auto map = [&](int seed) {
    return mask_of("Lime", model, image, {{"segments", pixels(6)}, {"seed", seed}, {"perturbations", 40}}).data;
  };

  EXPECT_EQ(map(1), map(1));
  EXPECT_NE(map(1), map(2));
}

TEST(Rise, FollowsItsFormulaForGivenMasks) {
  auto model = linear_model({1, 2, 1}, {1, 10}, 2);
  const Tensor masks({3, 1, 2}, std::vector<Scalar>{1, 0, 0, 1, 0.5, 0.5});

  const Mask mask = mask_of("Rise", model, {2, 3}, {{"maskSet", masks}});

  // scores 2, 30, 16
  expect_near(mask.data, Values{(2 + 8) / 1.5, (30 + 8) / 1.5}, 1e-6);
  EXPECT_EQ(mask.steps, 3);
}

TEST(Rise, ShowsWhereTheScoreComesFrom) {
  Values weights(144, 0);
  for (std::size_t row = 2; row < 5; ++row) {
    for (std::size_t column = 7; column < 10; ++column) weights[row * 12 + column] = 1;
  }
  auto model = linear_model({12, 12, 1}, weights, 32);

  const Mask mask = mask_of("Rise", model, std::vector<Scalar>(144, 1), {{"masks", 2000}, {"cells", 4}});

  EXPECT_GT(mask.data[3 * 12 + 8], mask.data[9 * 12 + 2] * 1.2);
  EXPECT_EQ(mask.seed, 0U);
}

TEST(Rise, EverythingShownIsTheScoreEverywhere) {
  auto model = linear_model({4, 4, 1}, ones(16), 32);

  const Mask mask =
      mask_of("Rise", model, std::vector<Scalar>(16, 1), {{"masks", 3}, {"probability", 1}, {"cells", 2}});

  expect_near(mask.data, Values(16, 16), 1e-5);
}

TEST(Rise, WrongMasksAreRefused) {
  auto model = linear_model({4, 4, 1}, ones(16));

  expect_error(ErrorCode::ShapeMismatch, "maskSet", [&] {
    mask_of("Rise", model, std::vector<Scalar>(16, 1), {{"maskSet", Tensor({3, 2, 2})}});
  });
}

// Two channels that each show one pixel of two: their weights are the softmax of that pixel's score.
TEST(ScoreCam, WeighsChannelsByTheirScore) {
  auto model = linear_model({1, 2, 1}, {1, 2}, 2);
  model.layer_values = [](const Values&) {
    return Model::Layer{{3, 1, 2}, {}, {4, 0, 0, 2, 1, 1}, {0, 0, 0, 0, 0, 0}};
  };

  const Mask mask = mask_of("ScoreCam", model, {1, 1});

  const double sum = std::exp(1) + std::exp(2) + 1;  // the constant channel shows nothing: score 0
  expect_near(mask.data, Values{(4 * std::exp(1) + 1) / sum, (2 * std::exp(2) + 1) / sum}, 1e-5);
  EXPECT_EQ(mask.evaluations, 4);
}

TEST(Fillings, AreOneImage) {
  auto model = linear_model({2, 4, 1}, ones(8), 2);
  const std::vector<Scalar> image = {1, 2, 3, 4, 5, 6, 7, 8};

  for (const char* method : {"Occlusion", "Rise", "FeatureAblation", "Lime", "KernelShap"}) {
    SCOPED_TRACE(method);
    expect_error(ErrorCode::InvalidOption, "option 'value' stands for 2 images", [&] {
      mask_of(method, model, image,
              method[0] == 'O' ? Options{{"value", "min,max"}, {"size", 1}} : Options{{"value", "min,max"}});
    });
  }
}

TEST(LeastSquares, SolvesAndSurvivesDependentRows) {
  NormalEquations equations(2);
  equations.add({1, 0}, 3, 1);
  equations.add({1, 1}, 5, 2);
  const std::vector<double> solution = equations.solve();
  EXPECT_NEAR(solution[0], 3, 1e-6);
  EXPECT_NEAR(solution[1], 2, 1e-6);

  NormalEquations dependent(2);
  dependent.add({1, 1}, 4, 1);
  for (const double value : dependent.solve()) EXPECT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace saliency
