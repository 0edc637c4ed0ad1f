#include "saliency/feature_visualization.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "saliency/image_basis.h"
#include "saliency/image_view.h"
#include "saliency/method_check.h"
#include "saliency/toy_model.h"

namespace saliency {
namespace {

using testing::expect_error;
using testing::linear_model;
using testing::Values;

// Without transformations.
Options still(Options more = {}) {
  more.insert({{"jitter", 0}, {"scale", 0}, {"rotate", 0}, {"valueRange", std::vector<double>{-2, 2}}});
  return more;
}

Mask visualized(Model& model, const Options& options) {
  return visualize_feature(model, Target::of_class(0), options).run();
}

std::vector<double> waves(std::size_t count, double speed) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = std::sin(speed * static_cast<double>(i));
  return values;
}

// Of f = wᵀx: white where the weight is positive, black where it is negative, and in between where it is 0.
TEST(FeatureVisualization, OfALinearFunctionIsTheSignOfItsWeights) {
  for (const char* basis : {"pixel", "fourier"}) {
    auto model = linear_model({2, 2, 1}, {3, -1, 2, -5});

    const Mask mask = visualized(model, still({{"basis", basis}, {"steps", 400}, {"rate", 0.5}}));

    testing::expect_near(mask.data, Values{2, -2, 2, -2}, 0.05);
    EXPECT_EQ(mask.shape, (Shape{2, 2, 1}));
    EXPECT_NEAR(mask.score, 22, 0.5);
    EXPECT_EQ(mask.extras.at("scores").shape, (Shape{400}));
    EXPECT_EQ(mask.evaluations, model.gradient_count + model.score_count);
  }
}

TEST(FeatureVisualization, ClimbsWithinBlackAndWhite) {
  auto model = testing::square_model({4, 5, 3}, 3);

  const Mask mask = visualized(model, {{"valueRange", std::vector<double>{0, 0, 0, 1, 2, 3}}, {"copies", 7}});

  EXPECT_GT(mask.extras.at("scores").data.back(), mask.extras.at("scores").data.front());
  for (std::size_t i = 0; i < mask.data.size(); ++i) {
    EXPECT_GE(mask.data[i], 0);
    EXPECT_LE(mask.data[i], static_cast<Scalar>(i % 3 + 1));
  }
}

TEST(FeatureVisualization, DependsOnItsSeedButNotOnTheBatchSize) {
  const auto with = [](int seed, std::int64_t batch) {
    auto model = testing::square_model({4, 4, 1}, batch);
    return visualized(model, {{"valueRange", std::vector<double>{0, 1}}, {"seed", seed}, {"steps", 5}, {"copies", 3}})
        .data;
  };

  EXPECT_EQ(with(1, 1), with(1, 2));
  EXPECT_NE(with(1, 1), with(2, 1));
}

// max(x₀ − 1.5, 0): off in grey and in weak noise around it, hence without a gradient there.
TEST(FeatureVisualization, StartsAgainFromStrongerNoiseWhereItsStartIsOff) {
  testing::ToyModel model(
      {4, 4, 1}, [](const Values& x) { return std::max(x[0] - 1.5, 0.0); },
      [](const Values& x) {
        Values slopes(16, 0);
        slopes[0] = x[0] > 1.5 ? 1 : 0;
        return slopes;
      });
  Options options = still({{"basis", "pixel"}, {"steps", 100}, {"rate", 0.5}});
  const auto score_with = [&](int seed) {
    options.insert_or_assign("seed", seed);
    return visualized(model, options);
  };

  for (int seed = 0; seed < 40; ++seed) {
    const Mask mask = score_with(seed);
    EXPECT_GT(mask.score, 0.05) << seed;
    EXPECT_TRUE(mask.warnings.empty());
  }
}

TEST(FeatureVisualization, StaysInRangeWhereNothingExcites) {
  auto model = linear_model({3, 3, 1}, Values(9, 0));

  const Mask mask = visualized(model, still({{"steps", 10}}));

  for (const Scalar value : mask.data) EXPECT_LE(std::fabs(value), 2);
  ASSERT_FALSE(mask.warnings.empty());
  EXPECT_NE(mask.warnings[0].find("what is shown is noise"), std::string::npos);
}

TEST(FeatureVisualization, ReportsProgressAndIsCancelledByDroppingTheJob) {
  auto model = testing::square_model({4, 4, 1}, 2);
  const Options options = still({{"steps", 6}, {"copies", 3}});
  Mask partial;
  {
    Job<Mask> job = visualize_feature(model, Target::of_class(0), options, &partial);
    for (int i = 0; i < 4; ++i) job.step();
  }
  EXPECT_EQ(partial.data.size(), 16U);

  const Mask mask = testing::run_checking_progress(visualize_feature(model, Target::of_class(0), options));

  EXPECT_EQ(mask.steps, 6);
}

TEST(FeatureVisualization, NeedsToKnowBlackAndWhite) {
  auto model = testing::square_model({2, 2, 1});

  expect_error(ErrorCode::InvalidOption, "what black and white are", [&] { visualized(model, {}); });
  expect_error(ErrorCode::InvalidOption, "unknown option 'colour'", [&] { visualized(model, {{"colour", 1}}); });
  model.range = ValueRange{.black = {0}, .white = {1}};
  EXPECT_EQ(visualized(model, {{"steps", 1}}).data.size(), 4U);
}

// The directional derivative along any change of the parameters.
TEST(ImageBasis, PullsGradientsBack) {
  const PixelGrid color{.channels = 3, .height = 4, .width = 5, .channel_stride = 20, .row_stride = 5};
  const PixelGrid grey{.height = 3, .width = 4, .row_stride = 4};
  for (const PixelGrid& grid : {color, grey}) {
    for (const ImageBasis::Space space : {ImageBasis::Space::Fourier, ImageBasis::Space::Pixel}) {
      const auto channels = static_cast<std::size_t>(grid.channels);
      const ImageBasis basis(space, grid, {std::vector<Scalar>(channels, -1), std::vector<Scalar>(channels, 2)});
      const std::vector<double> at = waves(basis.size(), 0.7);
      const std::vector<double> way = waves(basis.size(), 1.9);
      const std::vector<double> weights = waves(basis.size(), 0.3);
      const auto score = [&](double step) {
        std::vector<double> parameters = at;
        for (std::size_t i = 0; i < at.size(); ++i) parameters[i] += step * way[i];
        const std::vector<Scalar> image = basis.image(parameters);
        return std::inner_product(image.begin(), image.end(), weights.begin(), 0.0);
      };

      const std::vector<double> gradient = basis.pull_back(basis.image(at), weights);

      const double expected = (score(1e-2) - score(-1e-2)) / 2e-2;
      EXPECT_NEAR(std::inner_product(gradient.begin(), gradient.end(), way.begin(), 0.0), expected,
                  1e-3 * std::max(1.0, std::fabs(expected)));
    }
  }
}

TEST(ImageView, UnmovedIsTheImageItself) {
  const PixelGrid grid{.channels = 2, .height = 3, .width = 4, .channel_stride = 12, .row_stride = 4};
  const std::vector<double> exact = waves(24, 1);
  const std::vector<Scalar> image(exact.begin(), exact.end());
  std::vector<Scalar> seen;

  ImageView(grid, {}).append(image, seen);

  EXPECT_EQ(seen, image);
}

TEST(ImageView, AQuarterTurnMovesTheCorners) {
  const PixelGrid grid{.height = 3, .width = 3, .row_stride = 3};
  std::vector<Scalar> seen;

  ImageView(grid, {.degrees = 90}).append({1, 2, 3, 4, 5, 6, 7, 8, 9}, seen);

  testing::expect_near(seen, Values{7, 4, 1, 8, 5, 2, 9, 6, 3}, 1e-6);
}

TEST(ImageView, ItsAdjointIsTheTranspose) {
  const PixelGrid grid{.height = 5, .width = 4, .row_stride = 4};
  const ImageView view(grid, {.down = 0.7, .right = -1.3, .degrees = 20, .scale = 1.2});
  const std::vector<double> first = waves(20, 1);
  const std::vector<double> second = waves(20, 2);
  std::vector<Scalar> seen;
  std::vector<double> back(20);

  view.append({first.begin(), first.end()}, seen);
  const std::vector<Scalar> gradient(second.begin(), second.end());
  view.add_adjoint(gradient, back);

  EXPECT_NEAR(std::inner_product(seen.begin(), seen.end(), second.begin(), 0.0),
              std::inner_product(back.begin(), back.end(), first.begin(), 0.0), 1e-5);
}

}  // namespace
}  // namespace saliency
