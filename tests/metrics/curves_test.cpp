#include "metrics/curves.h"

#include <gtest/gtest.h>

#include "saliency/method_check.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::linear_model;

// f = Σ x on 2×2 pixels; the map ranks them 3, 0, 2, 1.
Curve curve_of(CurveKind kind, std::int64_t steps, std::int64_t batch = 2) {
  auto model = linear_model({2, 2, 1}, {1, 1, 1, 1}, batch);
  return testing::run_checking_progress(
      perturbation_curve(model, {1, 2, 4, 8}, {0.5, 0.1, 0.3, 0.9}, {0, 0, 0, 0}, Target::of_class(0), kind, steps));
}

TEST(Curves, DeletionTakesPixelsInTheirOrder) {
  EXPECT_EQ(curve_of(CurveKind::Deletion, 4).scores, (std::vector<double>{15, 7, 6, 2, 0}));
}

TEST(Curves, InsertionBringsThemBack) {
  const Curve curve = curve_of(CurveKind::Insertion, 4);

  EXPECT_EQ(curve.scores, (std::vector<double>{0, 8, 9, 13, 15}));
  EXPECT_NEAR(curve.area, (7.5 + 8 + 9 + 13) / 4, 1e-12);
}

TEST(Curves, ForASumTheyAddUpToTheScore) {
  const Curve deletion = curve_of(CurveKind::Deletion, 3);
  const Curve insertion = curve_of(CurveKind::Insertion, 3);

  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(deletion.scores[i] + insertion.scores[i], 15);
}

TEST(Curves, DoNotDependOnTheBatchSize) {
  EXPECT_EQ(curve_of(CurveKind::Deletion, 4, 1).scores, curve_of(CurveKind::Deletion, 4, 50).scores);
}

TEST(Curves, EqualPixelsKeepTheirOrderAndChannelsAreSummed) {
  auto model = linear_model({1, 3, 2}, {1, 1, 1, 1, 1, 1});

  EXPECT_EQ(pixel_order(model, {1, 1, 3, -1, 0, 5}), (std::vector<std::int32_t>{2, 0, 1}));
  EXPECT_EQ(pixel_order(model, {7, 7, 7}), (std::vector<std::int32_t>{0, 1, 2}));
}

TEST(Curves, WrongSizesAndNoStepsAreRefused) {
  auto model = linear_model({2, 2, 1}, {1, 1, 1, 1});
  const auto run = [&](std::vector<Scalar> map, std::int64_t steps) {
    perturbation_curve(model, {1, 2, 3, 4}, std::move(map), {0, 0, 0, 0}, Target::of_class(0), CurveKind::Deletion,
                       steps)
        .run();
  };

  testing::expect_error(ErrorCode::ShapeMismatch, "3 values", [&] { run({1, 2, 3}, 2); });
  testing::expect_error(ErrorCode::InvalidOption, "0 steps", [&] { run({1, 2, 3, 4}, 0); });
}

}  // namespace
}  // namespace saliency
