#include "visualization/visualize.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "golden/pair_numbers.h"
#include "saliency/method_check.h"

namespace saliency {
namespace {

using testing::expect_error;
using testing::expect_near;
using testing::pair_numbers;

std::vector<Scalar> input_of(const std::string& key) {
  const std::vector<double> numbers = pair_numbers(key, "in");
  return {numbers.begin(), numbers.end()};
}

TEST(Visualize, MatchesPair) {
  for (const int percentile : {99, 90, 50, 100}) {
    const std::string key = "vis_" + std::to_string(percentile);
    SCOPED_TRACE(key);
    const MapLayout layout = channels_last_map(2, 3, 3);

    expect_near(visualize_grayscale(input_of(key), layout, percentile), pair_numbers(key, "gray"), 1e-6);
    expect_near(visualize_diverging(input_of(key), layout, percentile, Compat::Pair), pair_numbers(key, "div"), 1e-6);
  }
  expect_near(visualize_diverging(input_of("div_neg_outlier"), channels_last_map(2, 2, 3), 99, Compat::Pair),
              pair_numbers("div_neg_outlier", "out"), 1e-6);
}

TEST(Visualize, DivergingKeepsZeroAndIsSymmetric) {
  const std::vector<Scalar> map = {-4, -1, 0, 2, 4};
  std::vector<Scalar> negated;
  for (const Scalar value : map) negated.push_back(-value);

  const std::vector<Scalar> picture = visualize_diverging(map, channels_last_map(1, 5, 1), 100);

  EXPECT_EQ(picture, (std::vector<Scalar>{-1, -0.25, 0, 0.5, 1}));
  const std::vector<Scalar> mirrored = visualize_diverging(negated, channels_last_map(1, 5, 1), 100);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(mirrored[i], -picture[i]);
}

TEST(Visualize, ScaleDoesNotMatter) {
  const std::vector<Scalar> map = {0.5, 1, -2, 3, 0, 8};
  std::vector<Scalar> scaled;
  for (const Scalar value : map) scaled.push_back(value * 1024);

  EXPECT_EQ(visualize_grayscale(map, channels_last_map(2, 3, 1)),
            visualize_grayscale(scaled, channels_last_map(2, 3, 1)));
  EXPECT_EQ(visualize_diverging(map, channels_last_map(2, 3, 1)),
            visualize_diverging(scaled, channels_last_map(2, 3, 1)));
}

TEST(Visualize, MapsWithoutContrastAreZero) {
  for (const Scalar value : {0, 3, -3}) {
    const std::vector<Scalar> map(8, value);
    const std::vector<Scalar> picture = visualize_grayscale(map, channels_last_map(2, 2, 2));
    EXPECT_EQ(picture, std::vector<Scalar>(4, 0));
  }
  const std::vector<Scalar> zeros(8, 0);
  EXPECT_EQ(visualize_diverging(zeros, channels_last_map(2, 2, 2)), std::vector<Scalar>(4, 0));
  EXPECT_EQ(visualize_diverging(zeros, channels_last_map(2, 2, 2), 99, Compat::Pair), std::vector<Scalar>(4, 0));
}

// The 99th percentile of a map with one value in 200 is zero: it is shown all the same.
TEST(Visualize, SparseMapsAreShown) {
  std::vector<Scalar> map(200, 0);
  map[7] = -3;

  EXPECT_EQ(visualize_grayscale(map, channels_last_map(10, 20, 1))[7], 1);
  EXPECT_EQ(visualize_diverging(map, channels_last_map(10, 20, 1))[7], -1);
}

TEST(Visualize, ReadsBothLayoutsAndLeavesOutWhatIsNotFinite) {
  const std::vector<Scalar> last = {1, 2, 3, 4, 5, -6};
  const std::vector<Scalar> first = {1, 3, 5, 2, 4, -6};
  EXPECT_EQ(visualize_diverging(last, channels_last_map(1, 3, 2)),
            visualize_diverging(first, channels_first_map(2, 1, 3)));

  const std::vector<Scalar> broken = {1, std::numeric_limits<Scalar>::quiet_NaN(), 2};
  EXPECT_EQ(visualize_grayscale(broken, channels_last_map(1, 3, 1), 100), (std::vector<Scalar>{0.5, 0, 1}));
}

TEST(Visualize, WrongSizesAndPercentilesAreRefused) {
  const std::vector<Scalar> map(6, 1);

  expect_error(ErrorCode::ShapeMismatch, "6 values", [&] { visualize_grayscale(map, channels_last_map(2, 2, 1)); });
  expect_error(ErrorCode::InvalidOption, "percentile",
               [&] { visualize_grayscale(map, channels_last_map(2, 3, 1), 101); });
  expect_error(ErrorCode::InvalidOption, "percentile",
               [&] { visualize_diverging(map, channels_last_map(2, 3, 1), -1); });
}

TEST(Percentile, InterpolatesLinearly) {
  const std::vector<double> values = {4, 1, 3, 2};

  EXPECT_EQ(percentile_of(values, 0), 1);
  EXPECT_EQ(percentile_of(values, 50), 2.5);
  EXPECT_EQ(percentile_of(values, 100), 4);
  EXPECT_NEAR(percentile_of(values, 10), 1.3, 1e-12);
  EXPECT_EQ(percentile_of({}, 50), 0);
}

}  // namespace
}  // namespace saliency
