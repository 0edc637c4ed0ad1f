// What each name of a baseline stands for, and what Occlusion and feature ablation make of it.
#include "saliency/baselines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "saliency/method_check.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::expect_error;
using testing::expect_near;
using testing::linear_model;
using testing::mask_of;
using testing::square_model;
using testing::Values;

// 1×3 pixels of two channels, last: the channels' means are 2 and 20.
const std::vector<Scalar>& image() {
  static const std::vector<Scalar> kImage{1, 10, 2, 20, 3, 30};
  return kImage;
}

std::vector<std::vector<Scalar>> baselines(const OptionValue& value, Options more = {}) {
  auto model = square_model({1, 3, 2});
  model.range = ValueRange{.black = {0, -10}, .white = {4, 30}};
  more.insert_or_assign("baseline", value);
  OptionReader reader("Test", more);
  const Baselines read = Baselines::read(reader, "baseline", "zero", "");
  reader.finish();
  return read.of(model, image());
}

struct NameCase {
  OptionValue value;
  Values expected;
};

TEST(Baselines, HaveTheirMeaning) {
  const NameCase cases[] = {
      {"zero", {0, 0, 0, 0, 0, 0}},
      {"black", {0, -10, 0, -10, 0, -10}},
      {"white", {4, 30, 4, 30, 4, 30}},
      {"grey", {2, 10, 2, 10, 2, 10}},
      {"mean", {2, 20, 2, 20, 2, 20}},
      {"min", {1, 1, 1, 1, 1, 1}},
      {"max", {30, 30, 30, 30, 30, 30}},
      {0.5, {0.5, 0.5, 0.5, 0.5, 0.5, 0.5}},
      {std::vector<double>{7, 8}, {7, 8, 7, 8, 7, 8}},
      {Tensor({1, 3, 2}, std::vector<Scalar>{6, 5, 4, 3, 2, 1}), {6, 5, 4, 3, 2, 1}},
  };
  for (const NameCase& each : cases) {
    SCOPED_TRACE(describe(each.value));
    const auto found = baselines(each.value);
    ASSERT_EQ(found.size(), 1U);
    expect_near(found[0], each.expected, 1e-6);
  }
}

TEST(Baselines, OfSeveralKeepTheirOrder) {
  const auto named = baselines("black, white,mean");
  const auto given = baselines(Tensor({2, 1, 3, 2}, std::vector<Scalar>{1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2}));

  ASSERT_EQ(named.size(), 3U);
  EXPECT_EQ(named[0][0], 0);
  EXPECT_EQ(named[1][0], 4);
  EXPECT_EQ(named[2][0], 2);
  ASSERT_EQ(given.size(), 2U);
  EXPECT_EQ(given[1], std::vector<Scalar>(6, 2));
}

// Within each channel, edges continued: the mean stays near, the range shrinks; with sigma 0 nothing changes.
TEST(Baselines, BlurStaysWithinItsChannel) {
  const auto sharp = baselines("blur", {{"blurSigma", 0}});
  const auto blurred = baselines("blur", {{"blurSigma", 1}});

  EXPECT_EQ(sharp[0], image());
  EXPECT_GT(blurred[0][0], 1);
  EXPECT_LT(blurred[0][4], 3);
  EXPECT_NEAR(blurred[0][2], 2, 1e-5);
  for (std::size_t pixel = 0; pixel < 3; ++pixel) {
    EXPECT_NEAR(blurred[0][2 * pixel + 1], 10 * blurred[0][2 * pixel], 1e-4);
  }
}

TEST(Baselines, NoiseFillsTheValueRangeAndDependsOnItsSeed) {
  const auto one = baselines("noise", {{"seed", 1}});

  EXPECT_EQ(one, baselines("noise", {{"seed", 1}}));
  EXPECT_NE(one, baselines("noise", {{"seed", 2}}));
  for (const Scalar value : one[0]) {
    EXPECT_GE(value, -10);
    EXPECT_LT(value, 30);
  }
}

TEST(Baselines, WhatIsNoneIsRefused) {
  expect_error(ErrorCode::InvalidOption, "'pink'", [] { baselines("pink"); });
  expect_error(ErrorCode::InvalidOption, "has 3 numbers", [] { baselines(std::vector<double>{1, 2, 3}); });
  expect_error(ErrorCode::InvalidOption, "'valueRange' has 3", [] {
    baselines("black", {{"valueRange", std::vector<double>{1, 2, 3}}});
  });
  expect_error(ErrorCode::ShapeMismatch, "[5]", [] { baselines(Tensor({5})); });
  expect_error(ErrorCode::InvalidOption, "true", [] { baselines(true); });
}

// f = Σ x, so that hiding a pixel takes image − fill away.
TEST(Occlusion, FillsWithTheMeanTheBlurOrSeveralValues) {
  const std::vector<Scalar> row{1, 2, 6};
  const auto falls = [&](const OptionValue& value, Options more = {}) {
    auto model = linear_model({1, 3, 1}, {1, 1, 1});
    more.insert({{"size", 1}, {"value", value}});
    return mask_of("Occlusion", model, row, more).data;
  };

  expect_near(falls("mean"), Values{-2, -1, 3}, 1e-6);
  expect_near(falls(std::vector<double>{4}), Values{-3, -2, 2}, 1e-6);
  expect_near(falls("blur", {{"blurSigma", 0}}), Values{0, 0, 0}, 1e-6);
  const std::vector<Scalar> blurred = falls("blur", {{"blurSigma", 1}});
  EXPECT_LT(blurred[0], 0);
  EXPECT_GT(blurred[2], 0);
}

// The definition, one region at a time, on a score that is not linear: the same fall everywhere in a region.
TEST(FeatureAblation, IsConstantOverEachOfItsOwnRegions) {
  const auto score = [](const Values& x) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += std::sin(x[i] + static_cast<double>(i));
    return sum * sum;
  };
  testing::ToyModel model({16, 16, 1}, score, testing::square_gradient, 4);
  std::vector<Scalar> scene(256);
  for (std::size_t i = 0; i < 256; ++i) {
    scene[i] = static_cast<Scalar>(i % 16 < 6 ? 0 : i / 16 < 9 ? 1 : 2) + static_cast<Scalar>(i % 3) / 50;
  }
  Scalar mean = 0;
  for (const Scalar value : scene) mean += value / 256;

  const Mask mask = mask_of("FeatureAblation", model, scene);

  const std::vector<Scalar>& labels = mask.extras.at("segments").data;
  const double whole = score({scene.begin(), scene.end()});
  const auto regions = static_cast<int>(*std::max_element(labels.begin(), labels.end())) + 1;
  EXPECT_GT(regions, 1);
  for (int region = 0; region < regions; ++region) {
    Values hidden(scene.begin(), scene.end());
    for (std::size_t i = 0; i < 256; ++i) {
      if (static_cast<int>(labels[i]) == region) hidden[i] = mean;
    }
    const double fall = whole - score(hidden);
    for (std::size_t i = 0; i < 256; ++i) {
      if (static_cast<int>(labels[i]) != region) continue;
      EXPECT_NEAR(mask.data[i], fall, 1e-3 * std::max(1.0, std::fabs(fall))) << region << " at " << i;
    }
  }
}

}  // namespace
}  // namespace saliency
