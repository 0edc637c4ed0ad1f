// The class activation maps on layers that are given by numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

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

// A model whose layer is {channels, h, w} of these activations and gradients, whatever the image.
struct LayerModel : ToyModel {
  LayerModel(Shape image, Shape shape, const Values& activations, const Values& gradients)
      : ToyModel(std::move(image), testing::square_score, testing::square_gradient, 2) {
    layer_values = [=](const Values&) {
      Layer layer;
      layer.shape = shape;
      layer.activations.assign(activations.begin(), activations.end());
      layer.gradients.assign(gradients.begin(), gradients.end());
      return layer;
    };
  }
};

std::vector<Scalar> image_of(std::size_t size) {
  return std::vector<Scalar>(size, 1);
}

Values signed_map(const Mask& mask) {
  const std::vector<Scalar>& data = mask.extras.at("signed").data;
  return {data.begin(), data.end()};
}

// Two channels on two positions: A = (1, 3), (2, −4); G = (0.5, 1.5), (−1, 1).
LayerModel two_channels() {
  return LayerModel({1, 2, 1}, {2, 1, 2}, {1, 3, 2, -4}, {0.5, 1.5, -1, 1});
}

struct CamCase {
  const char* method;
  Values expected;
};

class ClassActivationMap : public ::testing::TestWithParam<CamCase> {};

TEST_P(ClassActivationMap, HasItsClosedForm) {
  auto model = two_channels();

  const Mask both = mask_of(GetParam().method, model, image_of(2), {{"resize", "none"}, {"relu", false}});
  const Mask positive = mask_of(GetParam().method, model, image_of(2), {{"resize", "none"}});

  EXPECT_EQ(both.shape, (Shape{1, 2}));
  expect_near(both.data, GetParam().expected, 1e-6);
  Values rectified = GetParam().expected;
  for (double& value : rectified) value = std::max(value, 0.0);
  expect_near(positive.data, rectified, 1e-6);
}

// Grad-CAM++: channel 1: S = 4, g = .5: .25/(.5+.5)·.5 = .125; g = 1.5: 2.25/(4.5+13.5)·1.5 = .1875; sum .3125.
// Channel 2: S = −2; g = 1: 1/(2−2): no divisor, 0; g = −1: negative, 0.
// XGrad-CAM: weights (0.5 + 4.5)/4 = 1.25 and (−2 − 4)/(−2) = 3.
INSTANTIATE_TEST_SUITE_P(Methods, ClassActivationMap,
                         ::testing::Values(CamCase{"GradCam", {1, 3}}, CamCase{"GradCamPlusPlus", {0.3125, 0.9375}},
                                           CamCase{"HiResCam", {-1.5, 0.5}}, CamCase{"LayerCam", {0.5, 0.5}},
                                           CamCase{"XGradCam", {7.25, -8.25}}));

TEST(GradCam, MatchesPair) {
  const Values activations = pair_numbers("gradcam", "act");  // {1, 3, 3, 4}: channels last
  const Values gradients = pair_numbers("gradcam", "grad");
  Values a;
  Values g;
  for (std::size_t c = 0; c < 4; ++c) {
    for (std::size_t i = 0; i < 9; ++i) {
      a.push_back(activations[i * 4 + c]);
      g.push_back(gradients[i * 4 + c]);
    }
  }
  LayerModel large({7, 6, 1}, {4, 3, 3}, a, g);
  LayerModel small({2, 2, 1}, {4, 3, 3}, a, g);

  expect_near(mask_of("GradCam", large, image_of(42), {{"resize", "none"}}).data, pair_numbers("gradcam", "raw"), 1e-6);
  expect_near(mask_of("GradCam", large, image_of(42), {{"compat", "pair"}}).data, pair_numbers("gradcam", "7x6"), 1e-6);
  expect_near(mask_of("GradCam", small, image_of(4), {{"compat", "pair"}}).data, pair_numbers("gradcam", "2x2"), 1e-6);
}

TEST(GradCam, IsResizedToTheImage) {
  LayerModel model({4, 4, 3}, {1, 2, 2}, {1, 2, 3, 4}, {1, 1, 1, 1});

  const Mask bilinear = mask_of("GradCam", model, image_of(48));
  const Mask nearest = mask_of("GradCam", model, image_of(48), {{"resize", "nearest"}});

  EXPECT_EQ(bilinear.shape, (Shape{4, 4}));
  EXPECT_EQ(bilinear.data.front(), 1);
  EXPECT_EQ(bilinear.data.back(), 4);
  EXPECT_NEAR(bilinear.data[1], 1.25, 1e-6);
  EXPECT_EQ(nearest.data[1], 1);
  EXPECT_EQ(signed_map(bilinear), (Values{1, 2, 3, 4}));
}

TEST(GradCam, ANegativeMapIsEmptyAndSaysSo) {
  LayerModel model({2, 2, 1}, {1, 1, 1}, {3}, {-1});

  for (const char* compat : {"none", "pair"}) {
    const Mask mask = mask_of("GradCam", model, image_of(4), {{"compat", compat}});

    EXPECT_EQ(mask.data, std::vector<Scalar>(4, 0));
    ASSERT_FALSE(mask.warnings.empty());
    EXPECT_NE(mask.warnings[0].find("speaks for the target"), std::string::npos);
    EXPECT_EQ(signed_map(mask), (Values{-3}));
  }
}

TEST(GradCam, ReadsTokensAsASquare) {
  // A class token and 2×2 tokens of two channels.
  LayerModel model({2, 2, 1}, {5, 2}, {9, 9, 1, 0, 2, 0, 3, 0, 4, 0}, {7, 7, 1, 1, 1, 1, 1, 1, 1, 1});

  expect_near(mask_of("GradCam", model, image_of(4), {{"resize", "none"}}).data, Values{1, 2, 3, 4}, 1e-6);
}

// Two tokens in front, then 1×3 tokens of two channels, then one that is no position.
TEST(GradCam, ReadsTokensAsTheOptionSays) {
  LayerModel model({1, 3, 1}, {6, 2}, {9, 9, 9, 9, 1, 0, 2, 0, 3, 0, 9, 9}, {0, 0, 0, 0, 3, 0, 3, 0, 3, 0, 7, 7});
  LayerModel channels_last({1, 3, 1}, {1, 3, 2}, {1, 0, 2, 0, 3, 0}, {3, 0, 3, 0, 3, 0});
  const Options skipping{{"tokens", std::vector<double>{1, 3, 2}}, {"resize", "none"}};
  const Options plain{{"tokens", std::vector<double>{1, 3}}, {"resize", "none"}};

  expect_near(mask_of("GradCam", model, image_of(3), skipping).data, Values{3, 6, 9}, 1e-6);
  expect_near(mask_of("GradCam", channels_last, image_of(3), plain).data, Values{3, 6, 9}, 1e-6);
}

TEST(GradCam, TokensThatDoNotFitAreRefused) {
  LayerModel model({2, 2, 1}, {5, 1}, {1, 2, 3, 4, 5}, {1, 1, 1, 1, 1});
  const auto with = [&](std::vector<double> tokens) {
    return [&model, tokens] { mask_of("GradCam", model, image_of(4), {{"tokens", tokens}}); };
  };

  expect_error(ErrorCode::ShapeMismatch, "has shape [5, 1]", with({2, 2, 2}));
  expect_error(ErrorCode::InvalidOption, "[height, width, skip] in whole numbers", with({4}));
  expect_error(ErrorCode::InvalidOption, "[height, width, skip] in whole numbers", with({2, 1.5}));
}

TEST(GradCam, LayersWithoutPositionsAreRefused) {
  LayerModel row({2, 2, 1}, {3}, {1, 2, 3}, {1, 1, 1});
  LayerModel tokens({2, 2, 1}, {3, 1}, {1, 2, 3}, {1, 1, 1});

  expect_error(ErrorCode::ShapeMismatch, "layer 'fc' has shape [3]", [&] {
    mask_of("GradCam", row, image_of(4), {{"layer", "fc"}});
  });
  expect_error(ErrorCode::ShapeMismatch, "[3, 1]", [&] { mask_of("GradCam", tokens, image_of(4)); });
}

TEST(XGradCam, SumsToActivationTimesGradient) {
  auto model = two_channels();

  const Values map = signed_map(mask_of("XGradCam", model, image_of(2)));

  EXPECT_NEAR(map[0] + map[1], 0.5 + 4.5 - 2 - 4, 1e-5);
}

// A = u vᵀ has one direction: the map is |v| u, with the positive sum.
TEST(EigenCam, FindsTheDirectionOfARankOneLayer) {
  LayerModel model({1, 3, 1}, {2, 1, 3}, {-3, -6, 3, -4, -8, 4}, {0, 0, 0, 0, 0, 0});

  const Mask mask = mask_of("EigenCam", model, image_of(3), {{"relu", false}, {"resize", "none"}});

  expect_near(mask.data, Values{5, 10, -5}, 1e-5);
}

TEST(EigenCam, IsTheFirstOfSeveralDirections) {
  // AᵀA is diagonal: channel 2 holds the larger part.
  LayerModel model({1, 2, 1}, {2, 1, 2}, {1, 0, 0, 3}, {0, 0, 0, 0});

  const Mask mask = mask_of("EigenCam", model, image_of(2), {{"resize", "none"}});

  expect_near(mask.data, Values{0, 3}, 1e-5);
}

TEST(GuidedGradCam, IsTheProductOfBothMaps) {
  LayerModel model({1, 2, 3}, {1, 1, 2}, {1, 3}, {2, 2});

  const Mask mask = mask_of("GuidedGradCam", model, {1, 2, 3, 4, 5, 6});

  expect_near(mask.data, Values{2 * 2, 4 * 2, 6 * 2, 8 * 6, 10 * 6, 12 * 6}, 1e-6);
  EXPECT_EQ(mask.method, "GuidedGradCam");
  EXPECT_EQ(model.last_rule, BackwardRule::Guided);
  expect_error(ErrorCode::InvalidOption, "since the two maps are multiplied", [&] {
    mask_of("GuidedGradCam", model, {1, 2, 3, 4, 5, 6}, {{"resize", "none"}});
  });
}

// y = 2 Σ A_1 + ½ Σ A_2 = 7: without the channels it falls by 8 and by −1, weights 8/7 and −1/7.
TEST(AblationCam, WeighsByTheRelativeFallOfTheScore) {
  for (const std::int64_t batch : {1, 2}) {
    ToyModel model(
        {1, 2, 1}, [](const Values&) { return 7; }, testing::square_gradient, batch);
    model.layer_values = two_channels().layer_values;
    model.layer_score = [](const Values& a) { return 2 * (a[0] + a[1]) + 0.5 * (a[2] + a[3]); };

    const Mask mask = mask_of("AblationCam", model, image_of(2), {{"resize", "none"}, {"relu", false}});

    expect_near(mask.data, Values{(8. * 1 - 2) / 7, (8. * 3 + 4) / 7}, 1e-6);
    EXPECT_EQ(mask.evaluations, 3);
    EXPECT_EQ(mask.score, 7);
  }
}

// Divided by a thousandth of the largest fall instead of by nothing.
TEST(AblationCam, IsFiniteForAScoreOfZero) {
  ToyModel model(
      {1, 2, 1}, [](const Values&) { return 0; }, testing::square_gradient);
  model.layer_values = two_channels().layer_values;
  model.layer_score = [](const Values& a) { return -(a[0] + a[1]); };

  const Mask mask = mask_of("AblationCam", model, image_of(2), {{"resize", "none"}, {"relu", false}});

  // Without channel 1 the score is 0, no fall; without channel 2 it is −4, a fall of 4.
  expect_near(mask.data, Values{1000 * 2, 1000 * -4}, 1e-6);
}

TEST(AblationCam, AClassTokenStaysAsItIs) {
  LayerModel model({2, 2, 1}, {5, 1}, {9, 1, 2, 3, 4}, {0, 0, 0, 0, 0});
  double class_token = 0;
  model.layer_score = [&](const Values& a) {
    class_token = a[0];
    return a[1];
  };

  mask_of("AblationCam", model, image_of(4));

  EXPECT_EQ(class_token, 9);
}

TEST(InputXGradient, IsTheProduct) {
  auto model = testing::square_model({3});

  expect_near(mask_of("InputXGradient", model, {1, -2, 3}).data, Values{2, 8, 18}, 1e-6);
}

// For f(x) = wᵀx it sums to the score.
TEST(InputXGradient, SumsToALinearScore) {
  auto model = testing::linear_model({3}, {1, -2, 3});

  const Mask mask = mask_of("InputXGradient", model, {4, 5, 6});

  EXPECT_EQ(mask.data[0] + mask.data[1] + mask.data[2], mask.score);
}

}  // namespace
}  // namespace saliency
