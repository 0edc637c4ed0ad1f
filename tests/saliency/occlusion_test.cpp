#include <gtest/gtest.h>

#include "golden/pair_numbers.h"
#include "saliency/method_check.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::expect_error;
using testing::linear_model;
using testing::mask_of;
using testing::pair_numbers;
using testing::square_model;
using testing::Values;

Values ones(std::size_t count) {
  return Values(count, 1);
}

// f = 3 Σ x, ones at (1, 1) and (3, 3).
TEST(Occlusion, MatchesPairsOwnTest) {
  auto model = linear_model({5, 5}, Values(25, 3), 4);
  std::vector<Scalar> image(25);
  image[6] = image[18] = 1;

  const Mask mask = mask_of("Occlusion", model, image, {{"size", 3}, {"compat", "pair"}});

  testing::expect_near(
      mask.data, Values{3, 6, 6, 3, 0, 6, 15, 18, 12, 3, 6, 18, 24, 18, 6, 3, 12, 18, 15, 6, 0, 3, 6, 6, 3}, 1e-6);
  EXPECT_EQ(model.score_count, 10);
  EXPECT_EQ(mask.evaluations, 10);
}

TEST(Occlusion, MatchesPairForEachSizeAndValue) {
  Values weights(48);
  std::vector<Scalar> image(48);
  for (std::size_t i = 0; i < 48; ++i) {
    weights[i] = static_cast<double>(i % 5) - 2;
    image[i] = static_cast<Scalar>(static_cast<double>(i) / 10);
  }
  struct Case {
    const char* key;
    int size;
    double value;
  };
  for (const Case& one :
       {Case{"occ_2_0", 2, 0}, Case{"occ_3_1.5", 3, 1.5}, Case{"occ_4_0", 4, 0}, Case{"occ_5_0", 5, 0}}) {
    SCOPED_TRACE(one.key);
    auto model = linear_model({4, 4, 3}, weights, 3);

    const Mask mask =
        mask_of("Occlusion", model, image, {{"size", one.size}, {"value", one.value}, {"compat", "pair"}});

    const std::vector<double> expected = pair_numbers(one.key);
    for (std::size_t pixel = 0; pixel < 16; ++pixel) {
      for (std::size_t channel = 0; channel < 3; ++channel) {
        EXPECT_NEAR(mask.data[pixel * 3 + channel], expected[pixel], 2e-5);
      }
    }
  }
}

// A linear function with equal weights on a constant image: every window lowers the score equally, hence the mean over
// the covering windows is the same everywhere, at the border too.
TEST(Occlusion, CoverageDoesNotFavourTheMiddle) {
  auto model = linear_model({6, 6, 1}, ones(36), 5);

  const Mask mask = mask_of("Occlusion", model, std::vector<Scalar>(36, 1), {{"size", 3}});

  testing::expect_near(mask.data, Values(36, 9), 1e-6);
}

// Windows of 2 with stride 2 on 5 pixels start at 0, 2 and 4; the last is cut to one pixel.
TEST(Occlusion, TheLastWindowIsCutAtTheEdge) {
  auto model = linear_model({1, 5, 1}, ones(5));

  const Mask mask = mask_of("Occlusion", model, {1, 2, 4, 8, 16},
                            {{"size", std::vector<double>{1, 2}}, {"stride", std::vector<double>{1, 2}}});

  testing::expect_near(mask.data, Values{3, 3, 12, 12, 16}, 1e-6);
  EXPECT_EQ(model.score_count, 4);
}

TEST(Occlusion, OverlappingWindowsAreAveraged) {
  auto model = linear_model({1, 3, 1}, ones(3));

  const Mask mask = mask_of("Occlusion", model, {1, 2, 4}, {{"size", std::vector<double>{1, 2}}});

  testing::expect_near(mask.data, Values{3, 4.5, 6}, 1e-6);
}

TEST(Occlusion, OnePixelWindowsGiveEachValuesShareOfALinearFunction) {
  auto model = linear_model({2, 2}, {1, -2, 3, 0});

  const Mask mask = mask_of("Occlusion", model, {5, 6, 7, 8}, {{"size", 1}, {"value", 1}});

  testing::expect_near(mask.data, Values{4, -10, 18, 0}, 1e-6);
}

TEST(Occlusion, ChannelsCanBeHiddenOneAtATime) {
  auto model = linear_model({1, 1, 3}, {1, 2, 3}, 2);

  EXPECT_EQ(mask_of("Occlusion", model, {1, 1, 1}, {{"size", 1}}).data, (std::vector<Scalar>{6, 6, 6}));
  EXPECT_EQ(mask_of("Occlusion", model, {1, 1, 1}, {{"size", 1}, {"perChannel", true}}).data,
            (std::vector<Scalar>{1, 2, 3}));
}

TEST(Occlusion, ChannelsFirstInputsHaveTheSameMap) {
  auto last = linear_model({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  auto first = linear_model({2, 2, 2}, {1, 3, 5, 7, 2, 4, 6, 8});
  first.layout = InputLayout::ChannelsFirst;

  const Mask a = mask_of("Occlusion", last, {1, 2, 3, 4, 5, 6, 7, 8}, {{"size", 1}});
  const Mask b = mask_of("Occlusion", first, {1, 3, 5, 7, 2, 4, 6, 8}, {{"size", 1}});

  for (std::size_t pixel = 0; pixel < 4; ++pixel) EXPECT_EQ(a.data[pixel * 2], b.data[pixel]);
}

TEST(Occlusion, DiscsLeaveTheCornersOfTheWindow) {
  auto model = linear_model({4, 4}, ones(16));

  const Mask mask = mask_of("Occlusion", model, std::vector<Scalar>(16, 1), {{"size", 4}, {"shape", "disc"}});

  EXPECT_EQ(mask.data[0], 0);
  EXPECT_EQ(mask.data[5], 12);
}

TEST(Occlusion, OversizedWindowsAndGapsAreRefused) {
  auto model = square_model({4, 4, 1});
  const std::vector<Scalar> image(16, 1);

  expect_error(ErrorCode::InvalidOption, "window of 15 × 15 is larger than the image of 4 × 4",
               [&] { mask_of("Occlusion", model, image); });
  expect_error(ErrorCode::InvalidOption, "'stride' is 3", [&] {
    mask_of("Occlusion", model, image, {{"size", 2}, {"stride", 3}});
  });
  expect_error(ErrorCode::InvalidOption, "'size' is 0", [&] { mask_of("Occlusion", model, image, {{"size", 0}}); });
  expect_error(ErrorCode::InvalidOption, "'size' is 2.5", [&] { mask_of("Occlusion", model, image, {{"size", 2.5}}); });
}

TEST(Occlusion, RunsInBatches) {
  auto model = square_model({5, 5, 1}, 4);

  mask_of("Occlusion", model, std::vector<Scalar>(25, 1), {{"size", 3}});

  EXPECT_EQ(model.batches, (std::vector<std::int64_t>{1, 4, 4, 1}));
}

}  // namespace
}  // namespace saliency
