#include "metrics/performance_information.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "golden/pair_numbers.h"
#include "saliency/method_check.h"

namespace saliency {
namespace {

using testing::expect_error;
using testing::pair_numbers;

// PAIR's run with a deterministic information r, the image's total variation relative to the full image's: for the
// blurred, five growing and the full image its thr and pred are listed.
TEST(PerformanceInformation, AreaOfPairsCurve) {
  for (const char* key : {"pic_tv_True", "pic_tv_False"}) {
    const std::vector<double> expected = pair_numbers(key, "curve_y");
    InformationCurve curve;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      curve.x.push_back(static_cast<double>(i) / static_cast<double>(expected.size() - 1));
      curve.y.push_back(expected[i]);
    }

    EXPECT_NEAR(aggregated({curve}, Aggregate::Mean).area, pair_numbers(key, "auc")[0], 1e-6);
  }
}

TEST(PerformanceInformation, NormalizesAndInterpolates) {
  // Base (10, 0.1), full (20, 0.9).
  const InformationCurve curve = information_curve({10, 0.1}, {{12, 0.5}, {15, 0.3}, {18, 0.7}}, {20, 0.9},
                                                   {.min_performance = 0.5, .points = 10});

  // (0, 0), (.2, .5), (.5, .5 by the running maximum), (.8, .75), (1, 1)
  EXPECT_NEAR(curve.y[0], 0, 1e-12);
  EXPECT_NEAR(curve.y[1], 0.25, 1e-12);
  EXPECT_NEAR(curve.y[2], 0.5, 1e-12);
  EXPECT_NEAR(curve.y[4], 0.5, 1e-12);
  EXPECT_NEAR(curve.y[8], 0.75, 1e-12);
  EXPECT_EQ(curve.x.size(), 11U);
  EXPECT_EQ(curve.y.back(), 1);
}

TEST(PerformanceInformation, MayFallWhereItIsNotMonotonous) {
  const InformationCurve curve = information_curve({10, 0.1}, {{12, 0.5}, {15, 0.3}}, {20, 0.9},
                                                   {.min_performance = 0.5, .monotonous = false, .points = 10});

  EXPECT_NEAR(curve.y[5], 0.25, 1e-12);
}

TEST(PerformanceInformation, ImagesThatCannotBeJudgedAreRefused) {
  const InformationPoint base{10, 0.1};
  const InformationPoint full{20, 0.9};

  expect_error(ErrorCode::InvalidOption, "cannot be judged",
               [&] { information_curve(base, {}, full, {.min_performance = 0.95}); });
  expect_error(ErrorCode::InvalidOption, "information", [&] { information_curve({20, 0.1}, {}, full, {}); });
  expect_error(ErrorCode::InvalidOption, "recognised", [&] { information_curve({10, 0.9}, {}, full, {}); });
}

TEST(PerformanceInformation, AggregatesAsPair) {
  const std::vector<double> x = {0, 0.25, 0.5, 0.75, 1};
  const InformationCurve a{x, {0, 0.2, 0.4, 0.6, 1}, 0};
  const InformationCurve b{x, {0, 0.4, 0.4, 0.4, 1}, 0};

  const InformationCurve mean = aggregated({a, b}, Aggregate::Mean);

  EXPECT_NEAR(mean.y[1], 0.3, 1e-12);
  EXPECT_NEAR(mean.y[3], 0.5, 1e-12);
  EXPECT_NEAR(mean.area, 0.425, 1e-12);
  EXPECT_EQ(aggregated({a, b, b}, Aggregate::Median).y, b.y);
  expect_error(ErrorCode::InvalidOption, "no curves", [] { aggregated({}, Aggregate::Mean); });
  expect_error(ErrorCode::ShapeMismatch, "different points", [&] {
    aggregated({a, InformationCurve{{0, 1}, {0, 1}, 0}}, Aggregate::Mean);
  });
}

TEST(PerformanceInformation, ShowsTheHighestPixelsAndTheRandomOnes) {
  const std::vector<bool> none(5, false);
  std::vector<bool> one = none;
  one[0] = true;

  EXPECT_EQ(shown_pixels({1, 5, 3, 2, 4}, none, 0.25), (std::vector<bool>{false, true, false, false, true}));
  EXPECT_EQ(shown_pixels({1, 5, 3, 2, 4}, one, 0), (std::vector<bool>{true, true, false, false, false}));
}

TEST(PerformanceInformation, RandomPixelsAreExactlyAsMany) {
  const std::vector<bool> mask = random_pixels(100, 100, 0.2, 3);

  EXPECT_EQ(std::count(mask.begin(), mask.end(), true), 2000);
  EXPECT_EQ(mask, random_pixels(100, 100, 0.2, 3));
}

}  // namespace
}  // namespace saliency
