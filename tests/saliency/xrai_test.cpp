#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>

#include "golden/pair_numbers.h"
#include "saliency/method_check.h"
#include "saliency/segments.h"
#include "saliency/toy_model.h"
#include "saliency/xrai_ranking.h"

namespace saliency {
namespace {

using testing::expect_error;
using testing::expect_near;
using testing::mask_of;
using testing::pair_numbers;
using testing::square_model;
using testing::Values;

// PAIR's run: attributions (i mod 17) − 5 on 12×12 pixels, four overlapping rectangles.
Tensor pair_segments() {
  Tensor masks({4, 12, 12});
  const int boxes[4][4] = {{0, 8, 0, 8}, {4, 12, 4, 12}, {0, 4, 8, 12}, {2, 10, 2, 10}};
  for (std::size_t m = 0; m < 4; ++m) {
    for (int row = boxes[m][0]; row < boxes[m][1]; ++row) {
      for (int column = boxes[m][2]; column < boxes[m][3]; ++column) {
        masks.data[m * 144 + static_cast<std::size_t>(row * 12 + column)] = 1;
      }
    }
  }
  return masks;
}

Tensor pair_attribution() {
  Tensor tensor({12, 12, 1});
  for (std::size_t i = 0; i < 144; ++i) tensor.data[i] = static_cast<Scalar>(static_cast<int>(i % 17) - 5);
  return tensor;
}

TEST(Xrai, MatchesPair) {
  auto model = square_model({12, 12, 1});
  for (const char* algorithm : {"full", "fast"}) {
    for (const int min_pixels : {10, 50}) {
      const std::string key = std::string("xrai_") + algorithm + "_" + std::to_string(min_pixels);
      SCOPED_TRACE(key);

      const Mask mask = mask_of("Xrai", model, std::vector<Scalar>(144, 1),
                                {{"algorithm", algorithm},
                                 {"minPixelDiff", min_pixels},
                                 {"segments", pair_segments()},
                                 {"baseAttribution", pair_attribution()}});

      expect_near(mask.data, pair_numbers(key, "mask"), 1e-6);
      expect_near(mask.extras.at("ranks").data, pair_numbers(key, "ranks"), 0);
    }
  }
}

std::vector<Scalar> scene() {
  std::vector<Scalar> image;
  for (int row = 0; row < 40; ++row) {
    for (int column = 0; column < 48; ++column) {
      const bool square = row > 8 && row < 24 && column > 10 && column < 30;
      image.push_back(static_cast<Scalar>((square ? 1.0 : 0.1) + 0.02 * std::sin(row * 3 + column)));
    }
  }
  return image;
}

TEST(Xrai, SumsToItsAttributionsAndIsConstantInEachRegion) {
  auto model = square_model({40, 48, 1}, 10);
  for (const char* algorithm : {"full", "fast"}) {
    const Mask gradients = mask_of("IntegratedGradients", model, scene(), {{"baseline", "min,max"}, {"steps", 100}});
    const Mask mask = mask_of("Xrai", model, scene(), {{"algorithm", algorithm}});

    const auto sum = [](const std::vector<Scalar>& data) { return std::accumulate(data.begin(), data.end(), 0.0); };
    EXPECT_NEAR(sum(mask.data), sum(gradients.data), 1e-3);
    const std::vector<Scalar>& ranks = mask.extras.at("ranks").data;
    const std::set<Scalar> known(ranks.begin(), ranks.end());
    EXPECT_EQ(known.size(), static_cast<std::size_t>(*known.rbegin()));
    for (std::size_t i = 1; i < mask.data.size(); ++i) {
      if (ranks[i] == ranks[0]) {
        EXPECT_EQ(mask.data[i], mask.data[0]);
      }
    }
    EXPECT_EQ(mask.shape, (Shape{40, 48}));
  }
}

TEST(Xrai, TheSquareComesBeforeTheGround) {
  auto model = testing::linear_model({40, 48, 1}, Values(1920, 1), 10);

  const Mask mask = mask_of("Xrai", model, scene());

  const std::vector<Scalar>& ranks = mask.extras.at("ranks").data;
  EXPECT_LT(ranks[16 * 48 + 20], ranks[35 * 48 + 40]);
  EXPECT_GT(mask.data[16 * 48 + 20], mask.data[35 * 48 + 40]);
}

TEST(Xrai, AConstantImageIsOneSegment) {
  auto model = testing::linear_model({12, 12, 1}, Values(144, 1));

  const Mask mask = mask_of("Xrai", model, std::vector<Scalar>(144, 1), {{"baseline", "zero"}});

  expect_near(mask.data, Values(144, 1), 1e-6);
}

TEST(Xrai, WithoutRegionsAllPixelsGetTheMean) {
  auto model = square_model({12, 12, 1});

  const Mask mask = mask_of("Xrai", model, std::vector<Scalar>(144, 1),
                            {{"segments", Tensor({1, 12, 12})}, {"baseAttribution", pair_attribution()}});

  double sum = 0;
  for (const Scalar value : pair_attribution().data) sum += value;
  expect_near(mask.data, Values(144, sum / 144), 1e-6);
  expect_near(mask.extras.at("ranks").data, Values(144, 1), 0);
}

TEST(Xrai, WrongSegmentsAndAttributionsAreRefused) {
  auto model = square_model({12, 12, 1});
  const auto map = [&](Options options) {
    return mask_of("Xrai", model, std::vector<Scalar>(144, 1), std::move(options));
  };

  expect_error(ErrorCode::ShapeMismatch, "segments", [&] { map({{"segments", Tensor({2, 5, 5})}}); });
  expect_error(ErrorCode::ShapeMismatch, "baseAttribution", [&] { map({{"baseAttribution", Tensor({5})}}); });
  expect_error(ErrorCode::InvalidOption, "algorithm", [&] { map({{"algorithm", "slow"}}); });
  expect_error(ErrorCode::InvalidOption, "label", [&] { map({{"segments", Tensor({12, 12}, Scalar{-1})}}); });
}

// Greedy by definition, recomputing every gain in each round.
RankedRegions naive_full(const std::vector<double>& attribution, std::vector<Region> regions, std::int64_t min_pixels) {
  std::vector<char> covered(attribution.size(), 0);
  RankedRegions result{std::vector<double>(attribution.size(), 0), {}};
  for (;;) {
    double best = -1e30;
    std::size_t chosen = regions.size();
    for (std::size_t r = 0; r < regions.size(); ++r) {
      double sum = 0;
      std::int64_t count = 0;
      for (const std::int32_t pixel : regions[r]) {
        if (covered[static_cast<std::size_t>(pixel)]) continue;
        sum += attribution[static_cast<std::size_t>(pixel)];
        ++count;
      }
      if (count < min_pixels || sum / static_cast<double>(count) <= best) continue;
      best = sum / static_cast<double>(count);
      chosen = r;
    }
    if (chosen == regions.size()) return result;
    for (const std::int32_t pixel : regions[chosen]) {
      if (covered[static_cast<std::size_t>(pixel)]) continue;
      covered[static_cast<std::size_t>(pixel)] = 1;
      result.values[static_cast<std::size_t>(pixel)] = best;
    }
  }
}

TEST(XraiRanking, MatchesItsDefinition) {
  std::vector<double> attribution;
  for (int i = 0; i < 400; ++i) attribution.push_back(std::sin(i * 0.7) + 0.01 * i);
  std::vector<Region> regions;
  for (int r = 0; r < 40; ++r) {
    Region region;
    for (int pixel = 0; pixel < 400; ++pixel) {
      if (pixel == 399 || std::sin(pixel * (0.05 + 0.01 * r) + r) > 0.6) region.push_back(pixel);
    }
    regions.push_back(region);
  }
  regions.push_back({});
  Region all(400);
  std::iota(all.begin(), all.end(), 0);
  regions.push_back(all);

  const RankedRegions ranked = rank_regions(attribution, regions, {.min_pixel_diff = 5});
  const RankedRegions naive = naive_full(attribution, regions, 5);

  for (std::size_t i = 0; i < 400; ++i) {
    if (naive.values[i] != 0) {
      EXPECT_NEAR(ranked.values[i], naive.values[i], 1e-9) << i;
    }
  }
}

TEST(Segments, DilationAddsADisc) {
  const Region point = dilated({10 * 21 + 10}, 21, 21, 5);
  EXPECT_EQ(point.size(), 81U);
  EXPECT_TRUE(std::is_sorted(point.begin(), point.end()));

  Region square;
  for (int row = 5; row < 15; ++row) {
    for (int column = 5; column < 15; ++column) square.push_back(row * 21 + column);
  }
  const Region grown = dilated(square, 21, 21, 5);
  for (int row = 0; row < 21; ++row) {
    for (int column = 0; column < 21; ++column) {
      const int dy = std::max({5 - row, row - 14, 0});
      const int dx = std::max({5 - column, column - 14, 0});
      EXPECT_EQ(std::binary_search(grown.begin(), grown.end(), row * 21 + column), dx * dx + dy * dy <= 25);
    }
  }
  EXPECT_TRUE(dilated({}, 21, 21, 5).empty());
}

TEST(Felzenszwalb, SeparatesWhatDiffersAndNumbersByFirstPixel) {
  const PixelGrid grid{.height = 20, .width = 30, .row_stride = 30};
  std::vector<double> image;
  for (int i = 0; i < 600; ++i) image.push_back(i % 30 < 14 ? 0 : 1);

  const Labels labels = felzenszwalb(image, grid, {50}, {.sigma = 0.2, .min_size = 20}).front();

  EXPECT_EQ(labels.front(), 0);
  EXPECT_EQ(labels[29], 1);
  EXPECT_EQ(*std::max_element(labels.begin(), labels.end()), 1);
  EXPECT_EQ(labels[13], 0);
  EXPECT_EQ(labels[14], 1);
}

}  // namespace
}  // namespace saliency
