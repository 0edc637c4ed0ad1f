#include "saliency/resize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "golden/pair_numbers.h"
#include "saliency/gaussian_blur.h"

namespace saliency {
namespace {

using testing::pair_numbers;

void expect_values(const std::vector<double>& actual, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], tolerance) << "at " << i;
}

TEST(Resize, BilinearContinuesTheEdges) {
  const Plane plane{1, 2, {0, 4}};

  expect_values(resized(plane, 1, 4, Interpolation::Bilinear).values, {0, 1, 3, 4}, 1e-12);
  expect_values(resized(plane, 1, 4, Interpolation::BilinearMirror).values, {1, 1, 3, 3}, 1e-12);
}

TEST(Resize, NearestTakesTheValueBelow) {
  const Plane plane{1, 3, {1, 2, 3}};

  expect_values(resized(plane, 2, 5, Interpolation::Nearest).values, {1, 1, 2, 2, 3, 1, 1, 2, 2, 3}, 0);
  expect_values(resized(plane, 1, 5, Interpolation::NearestCentre).values, {1, 1, 2, 3, 3}, 0);
}

TEST(Resize, SameSizeIsTheIdentity) {
  Plane plane{3, 4, {}};
  for (int i = 0; i < 12; ++i) plane.values.push_back(std::sin(i));

  for (const Interpolation kind : {Interpolation::Bilinear, Interpolation::BilinearMirror, Interpolation::Nearest,
                                   Interpolation::NearestCentre, Interpolation::CubicSpline}) {
    expect_values(resized(plane, 3, 4, kind).values, plane.values, 1e-9);
  }
}

TEST(Resize, MatchesPairsClassActivationMaps) {
  const std::vector<double> raw = pair_numbers("gradcam", "raw");
  Plane plane{3, 3, raw};
  for (double& value : plane.values) value /= *std::max_element(raw.begin(), raw.end());

  expect_values(resized(plane, 7, 6, Interpolation::BilinearMirror).values, pair_numbers("gradcam", "7x6"), 1e-6);
  expect_values(resized(plane, 2, 2, Interpolation::BilinearMirror).values, pair_numbers("gradcam", "2x2"), 1e-6);
}

TEST(GaussianBlur, MatchesPair) {
  const PixelGrid grid{.height = 5, .width = 5, .row_stride = 5};
  std::vector<double> image(25, 0);
  image[6] = 0.7;
  image[12] = 1;

  expect_values(gaussian_blur(image, grid, 0.01, Edge::Zero), pair_numbers("gauss_0.01"), 1e-9);
  expect_values(gaussian_blur(image, grid, 0.5, Edge::Zero), pair_numbers("gauss_0.5"), 1e-9);
  expect_values(gaussian_blur(image, grid, 1, Edge::Zero), pair_numbers("gauss_1.0"), 1e-9);
  expect_values(gaussian_blur(image, grid, 3, Edge::Zero), pair_numbers("gauss_3.0"), 1e-9);
}

TEST(GaussianBlur, KeepsConstantsUnlessTheEdgeIsZero) {
  const PixelGrid grid{
      .channels = 2, .height = 3, .width = 4, .channel_stride = 1, .row_stride = 8, .column_stride = 2};
  const std::vector<double> image(24, 2);

  for (const Edge edge : {Edge::Nearest, Edge::Reflect, Edge::Mirror}) {
    expect_values(gaussian_blur(image, grid, 2.5, edge), image, 1e-12);
  }
  EXPECT_LT(gaussian_blur(image, grid, 2.5, Edge::Zero)[0], 1);
  expect_values(gaussian_blur(image, grid, 0, Edge::Zero), image, 0);
}

TEST(GaussianBlur, EdgesReferInside) {
  EXPECT_EQ(edge_index(-1, 4, Edge::Zero), -1);
  EXPECT_EQ(edge_index(-2, 4, Edge::Nearest), 0);
  EXPECT_EQ(edge_index(-2, 4, Edge::Reflect), 1);
  EXPECT_EQ(edge_index(5, 4, Edge::Reflect), 2);
  EXPECT_EQ(edge_index(-2, 4, Edge::Mirror), 2);
  EXPECT_EQ(edge_index(5, 4, Edge::Mirror), 1);
  EXPECT_EQ(edge_index(-50, 4, Edge::Reflect), 1);
  EXPECT_EQ(edge_index(9, 1, Edge::Mirror), 0);
}

}  // namespace
}  // namespace saliency
