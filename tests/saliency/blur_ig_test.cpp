#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "golden/pair_numbers.h"
#include "saliency/method_check.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::expect_error;
using testing::expect_near;
using testing::mask_of;
using testing::pair_numbers;
using testing::ToyModel;
using testing::Values;

// f = Σ sin x on PAIR's 5×5 test image.
ToyModel sine_model(std::int64_t batch_size = 4) {
  const auto score = [](const Values& x) {
    double sum = 0;
    for (const double value : x) sum += std::sin(value);
    return sum;
  };
  const auto gradient = [](const Values& x) {
    Values result;
    for (const double value : x) result.push_back(std::cos(value));
    return result;
  };
  return ToyModel({5, 5, 1}, score, gradient, batch_size);
}

std::vector<Scalar> pair_image() {
  std::vector<Scalar> image(25);
  image[6] = Scalar(0.7);
  image[12] = 1;
  return image;
}

TEST(BlurIg, MatchesPair) {
  struct Case {
    const char* key;
    Options options;
  };
  const Case cases[] = {
      {R"(blurig_{"max_sigma": 10, "steps": 50})", {{"maxSigma", 10}, {"steps", 50}}},
      {R"(blurig_{"max_sigma": 50, "steps": 100})", {}},
      {R"(blurig_{"max_sigma": 3, "steps": 4, "grad_step": 0.01})",
       {{"maxSigma", 3}, {"steps", 4}, {"gradStep", 0.01}}},
      {R"(blurig_{"max_sigma": 3, "steps": 4, "sqrt": true})", {{"maxSigma", 3}, {"steps", 4}, {"sqrt", true}}},
      {R"(blurig_{"max_sigma": 3, "steps": 4, "sqrt": true, "batch_size": 4})",
       {{"maxSigma", 3}, {"steps", 4}, {"sqrt", true}, {"batchSize", 4}}},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.key);
    auto model = sine_model();
    Options options = one.options;
    options.insert_or_assign("compat", "pair");

    expect_near(mask_of("BlurIg", model, pair_image(), options).data, pair_numbers(one.key), 1e-6);
  }
}

// For a sum of functions of single values the path does not matter: f(x) − f(blurred x), value by value.
TEST(BlurIg, ApproachesTheClosedFormWithFewSteps) {
  auto model = sine_model();

  const Mask mask = mask_of("BlurIg", model, pair_image(), {{"maxSigma", 10}, {"steps", 200}});

  EXPECT_NEAR(mask.data[6], 0.6415, 1e-3);
  EXPECT_NEAR(mask.data[12], 0.8388, 1e-3);
  ASSERT_TRUE(mask.completeness);
  EXPECT_NEAR(mask.completeness->sum, 1.4196422, 1e-3);
  EXPECT_NEAR(mask.completeness->delta, 0, 1e-3);
}

TEST(BlurIg, IsNearerToTheIntegralThanPairsRule) {
  const auto gap = [](Options options) {
    auto model = sine_model();
    return std::fabs(mask_of("BlurIg", model, pair_image(), std::move(options)).completeness->delta);
  };

  EXPECT_LT(gap({{"maxSigma", 10}}), gap({{"maxSigma", 10}, {"compat", "pair"}}) / 4);
}

TEST(BlurIg, SumsForALinearFunctionExactly) {
  auto model = testing::linear_model({3, 4, 2}, Values(24, 0.5), 3);
  std::vector<Scalar> image;
  for (int i = 0; i < 24; ++i) image.push_back(static_cast<Scalar>(std::sin(i)));

  for (const bool root : {false, true}) {
    const Mask mask = mask_of("BlurIg", model, image, {{"maxSigma", 4}, {"steps", 3}, {"sqrt", root}});
    EXPECT_NEAR(mask.completeness->delta, 0, 1e-5);
  }
}

TEST(BlurIg, AContinuedConstantImageHasNoPath) {
  auto model = sine_model();

  const Mask mask = mask_of("BlurIg", model, std::vector<Scalar>(25, 1), {{"edge", "nearest"}, {"maxSigma", 3}});

  for (const Scalar value : mask.data) EXPECT_NEAR(value, 0, 1e-6);
}

TEST(BlurIg, RefusesOddInputsAndOptions) {
  auto flat = testing::square_model({2, 2, 2, 2});
  auto model = sine_model();

  expect_error(ErrorCode::ShapeMismatch, "BlurIg: the input has shape",
               [&] { mask_of("BlurIg", flat, std::vector<Scalar>(16, 1)); });
  expect_error(ErrorCode::InvalidOption, "maxSigma", [&] {
    mask_of("BlurIg", model, pair_image(), {{"maxSigma", 0}});
  });
}

}  // namespace
}  // namespace saliency
