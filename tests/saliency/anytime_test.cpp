// Partial maps, and stopping where a map is good enough.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "saliency/method_check.h"
#include "saliency/methods.h"
#include "saliency/toy_model.h"
#include "tensor/tensor.h"

namespace saliency {
namespace {

using testing::mask_of;
using testing::smoothed_mask_of;
using testing::ToyModel;
using testing::Values;

std::vector<Scalar> slope() {
  std::vector<Scalar> image(64);
  for (std::size_t i = 0; i < 64; ++i) image[i] = static_cast<Scalar>(std::sin(static_cast<double>(i)) + 1.5);
  return image;
}

Tensor quarters() {
  Tensor labels({8, 8});
  for (std::size_t i = 0; i < 64; ++i) labels.data[i] = static_cast<Scalar>(i / 32 * 2 + i % 8 / 4);
  return labels;
}

// Σ x³ on 8×8 pixels, with a layer of four channels for Score-CAM.
struct Cubes : ToyModel {
  explicit Cubes(std::int64_t batch = 2) : ToyModel({8, 8, 1}, &score, &gradient, batch) {
    layer_values = [](const Values& x) {
      Layer layer{{4, 2, 2}, {}, {}, std::vector<Scalar>(16, 1)};
      for (std::size_t i = 0; i < 16; ++i) layer.activations.push_back(static_cast<Scalar>(x[i * 4]));
      return layer;
    };
  }

  static double score(const Values& x) {
    double sum = 0;
    for (const double value : x) sum += value * value * value;
    return sum;
  }
  static Values gradient(const Values& x) {
    Values slopes;
    for (const double value : x) slopes.push_back(3 * value * value);
    return slopes;
  }
};

struct Anytime {
  const char* method;
  Options options;
  double tolerance = 0;  // of paths
};

class AnytimeMethod : public ::testing::TestWithParam<Anytime> {};

TEST_P(AnytimeMethod, ShowsTheMapWhileItIsMade) {
  Cubes model;
  Mask partial;
  Job<Mask> job = get_mask(GetParam().method, model, slope(), Target::of_class(0), GetParam().options, &partial);
  std::vector<Mask> seen;
  while (job.step()) {
    if (!partial.data.empty() && (seen.empty() || seen.back().steps != partial.steps)) seen.push_back(partial);
  }
  const Mask mask = job.result();

  ASSERT_GE(seen.size(), 2U);
  for (const Mask& early : seen) {
    EXPECT_EQ(early.shape, mask.shape);
    EXPECT_EQ(early.data.size(), mask.data.size());
    EXPECT_LE(early.steps, mask.steps);
    for (const Scalar value : early.data) EXPECT_TRUE(std::isfinite(value));
  }
  const std::vector<Scalar>& last = seen.back().data;
  EXPECT_TRUE(std::any_of(last.begin(), last.end(), [](Scalar value) { return value != 0; }));
}

INSTANTIATE_TEST_SUITE_P(
    Anytime, AnytimeMethod,
    ::testing::Values(Anytime{"IntegratedGradients", {{"steps", 9}}}, Anytime{"GradientShap", {{"steps", 9}}},
                      Anytime{"BlurIg", {{"steps", 9}, {"maxSigma", 3}}}, Anytime{"GuidedIg", {{"steps", 9}}},
                      Anytime{"Xrai", {{"steps", 9}, {"segments", quarters()}}}, Anytime{"Occlusion", {{"size", 3}}},
                      Anytime{"Rise", {{"masks", 20}}}, Anytime{"FeatureAblation", {{"segments", quarters()}}},
                      Anytime{"Lime", {{"segments", quarters()}, {"perturbations", 40}}},
                      Anytime{"KernelShap", {{"segments", quarters()}}}, Anytime{"ScoreCam", {{"layer", "a"}}}),
    [](const auto& method) { return std::string(method.param.method); });

class PathTolerance : public ::testing::TestWithParam<Anytime> {};

TEST_P(PathTolerance, DoublesTheStepsUntilTheMapIsComplete) {
  Cubes model;
  Options options = GetParam().options;
  const Mask coarse = mask_of(GetParam().method, model, slope(), options);
  options.insert_or_assign("tolerance", GetParam().tolerance);
  model.score_count = model.gradient_count = 0;

  const Mask mask =
      testing::run_checking_progress(get_mask(GetParam().method, model, slope(), Target::of_class(0), options));

  ASSERT_TRUE(coarse.completeness && mask.completeness);
  EXPECT_GT(std::fabs(coarse.completeness->delta), GetParam().tolerance * std::fabs(coarse.completeness->expected));
  EXPECT_LE(std::fabs(mask.completeness->delta), GetParam().tolerance * std::fabs(mask.completeness->expected));
  EXPECT_GT(mask.steps, coarse.steps);
  EXPECT_EQ(mask.steps % coarse.steps, 0);
  EXPECT_EQ(mask.evaluations, model.score_count + model.gradient_count);
}

TEST_P(PathTolerance, EndsAfterSixteenTimesTheSteps) {
  Cubes model(50);
  Options options = GetParam().options;
  options.insert_or_assign("tolerance", 1e-12);

  const Mask mask = mask_of(GetParam().method, model, slope(), options);

  EXPECT_EQ(mask.steps, 16 * mask_of(GetParam().method, model, slope(), GetParam().options).steps);
}

INSTANTIATE_TEST_SUITE_P(Anytime, PathTolerance,
                         ::testing::Values(Anytime{"IntegratedGradients", {{"steps", 2}, {"rule", "left"}}, 0.1},
                                           Anytime{"BlurIg", {{"steps", 2}, {"maxSigma", 3}}, 0.01},
                                           Anytime{"GuidedIg", {{"steps", 2}}, 0.1}),
                         [](const auto& method) { return std::string(method.param.method); });

TEST(Tolerance, SamplingMethodsStopAtTheirStandardErrorAndSaySo) {
  for (const Anytime& method :
       {Anytime{"GradientShap", {{"steps", 500}}}, Anytime{"Rise", {{"masks", 500}, {"cells", 2}}}}) {
    Cubes model(5);
    Options options = method.options;
    options.insert_or_assign("tolerance", 0.2);

    const Mask mask = mask_of(method.method, model, slope(), options);

    EXPECT_GE(mask.steps, 4) << method.method;
    EXPECT_LT(mask.steps, 500) << method.method;
    EXPECT_EQ(mask.steps % 5, 0) << method.method;
    EXPECT_LT(mask.evaluations, 10 + mask.steps) << method.method;
  }
}

TEST(Tolerance, OfASmoothedMapIsThatOfItsSamples) {
  Cubes model(5);
  const Options path = {{"steps", 2}, {"rule", "left"}, {"samples", 20}, {"magnitude", false}};
  Options samples = path;
  samples.insert_or_assign("tolerance", 0.5);
  Options both = path;
  both.insert_or_assign("methodTolerance", 0.01);

  const Mask all = smoothed_mask_of("IntegratedGradients", model, slope(), path);
  const Mask few = smoothed_mask_of("IntegratedGradients", model, slope(), samples);
  const Mask fine = smoothed_mask_of("IntegratedGradients", model, slope(), both);

  EXPECT_EQ(all.steps, 20);
  EXPECT_LT(few.steps, 20) << "the samples' standard error ends the sampling";
  EXPECT_EQ(few.evaluations, few.steps * (2 + 2) + 1) << "their paths keep their steps";
  EXPECT_EQ(fine.steps, 20);
  EXPECT_GT(fine.evaluations, all.evaluations) << "each path is refined";
  testing::expect_error(ErrorCode::InvalidOption, "unknown option 'methodTolerance'", [&] {
    mask_of("IntegratedGradients", model, slope(), {{"methodTolerance", 0.1}});
  });
}

TEST(SmoothGrad, StdevIsTheNoiseInTheModelsOwnValues) {
  auto model = testing::square_model({1, 1, 3});
  const std::vector<Scalar> image = {1, 2, 3};  // a range of 2

  const Mask share = smoothed_mask_of("VanillaGradients", model, image, {{"stdevSpread", 0.25}});
  const Mask absolute = smoothed_mask_of("VanillaGradients", model, image, {{"stdev", 0.5}, {"stdevSpread", 9}});

  EXPECT_EQ(share.data, absolute.data);
  EXPECT_EQ(smoothed_mask_of("VanillaGradients", model, {2, 2, 2}, {{"stdev", 0.5}}).steps, 25);
  testing::expect_error(ErrorCode::InvalidOption, "'stdev' is -1", [&] {
    smoothed_mask_of("VanillaGradients", model, image, {{"stdev", -1}});
  });
}

}  // namespace
}  // namespace saliency
