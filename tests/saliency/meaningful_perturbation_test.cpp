#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "saliency/adam.h"
#include "saliency/mask_terms.h"
#include "saliency/method_check.h"
#include "saliency/toy_model.h"
#include "saliency/upsampling.h"

namespace saliency {
namespace {

using testing::expect_near;
using testing::linear_model;
using testing::mask_of;
using testing::ToyModel;
using testing::Values;

constexpr double kReached = 0.02;  // how near the descent comes to its optimum

// f = wᵀx with the shares 0.7, 0.3, 0 and 0 of its score, against 0.
ToyModel shares() {
  return linear_model({1, 4, 1}, {7, 3, 0, 0});
}
Options plain(Options more = {}) {
  more.insert({{"value", 0}, {"smoothness", 0}, {"jitter", 0}});
  return more;
}

struct MaskCase {
  Options options;
  Values expected;
};

// A cell is worth sizeWeight / 4, so that it goes (stays) when its share of the score is larger.
TEST(MeaningfulPerturbation, FindsTheCellsThatAreWorthTheirSize) {
  const MaskCase cases[] = {
      {{{"goal", "delete"}}, {1, 1, 0, 0}},
      {{{"goal", "delete"}, {"sizeWeight", 2}}, {1, 0, 0, 0}},
      {{{"goal", "preserve"}}, {1, 1, 0, 0}},
      {{{"goal", "preserve"}, {"sizeWeight", 2}}, {1, 0, 0, 0}},
      {{{"goal", "preserve"}, {"sizeWeight", 4}}, {0, 0, 0, 0}},
      {{{"goal", "preserve"}, {"area", 0.25}, {"areaWeight", 200}}, {1, 0, 0, 0}},
      {{{"goal", "preserve"}, {"area", 0.5}, {"areaWeight", 200}}, {1, 1, 0, 0}},
      {{{"goal", "delete"}, {"area", 0.25}, {"areaWeight", 200}}, {1, 0, 0, 0}},
  };
  for (const MaskCase& each : cases) {
    auto model = shares();

    const Mask mask = mask_of("MeaningfulPerturbation", model, {1, 1, 1, 1}, plain(each.options));

    expect_near(mask.data, each.expected, kReached);
    EXPECT_EQ(mask.shape, (Shape{1, 4}));
    EXPECT_EQ(mask.evaluations, 202);
  }
}

// s starts at 1, where nothing is hidden, and ends at 0.
TEST(MeaningfulPerturbation, TellsHowMuchEvidenceWasLeft) {
  auto model = shares();

  const Mask mask = mask_of("MeaningfulPerturbation", model, {1, 1, 1, 1}, plain());

  const Tensor& evidence = mask.extras.at("evidence");
  EXPECT_EQ(evidence.shape, (Shape{200}));
  EXPECT_NEAR(evidence.data.front(), 1, 1e-6);
  EXPECT_NEAR(evidence.data.back(), 0, kReached);
}

TEST(MeaningfulPerturbation, SaysSoWhereThereIsNoEvidence) {
  auto model = linear_model({1, 2, 1}, {-1, 0});

  const Mask mask = mask_of("MeaningfulPerturbation", model, {1, 1}, plain());

  EXPECT_EQ(mask.data, std::vector<Scalar>(2, 0));
  ASSERT_FALSE(mask.warnings.empty());
  EXPECT_NE(mask.warnings[0].find("no evidence to find"), std::string::npos);
}

TEST(MeaningfulPerturbation, DependsOnItsSeedOnly) {
  auto model = testing::square_model({6, 6, 1}, 2);
  std::vector<Scalar> image(36);
  for (std::size_t i = 0; i < 36; ++i) image[i] = static_cast<Scalar>(std::sin(static_cast<double>(i)));
  const auto with = [&](int seed) {
    return mask_of("MeaningfulPerturbation", model, image, {{"seed", seed}, {"steps", 20}}).data;
  };

  EXPECT_EQ(with(1), with(1));
  EXPECT_NE(with(1), with(2));
}

TEST(Upsampling, BackwardIsTheAdjointOfForward) {
  const Upsampling up(3, 2, 7, 5);
  std::vector<double> cells(6);
  std::vector<double> plane(35);
  for (std::size_t i = 0; i < 6; ++i) cells[i] = std::sin(1.0 + static_cast<double>(i));
  for (std::size_t i = 0; i < 35; ++i) plane[i] = std::cos(static_cast<double>(i));

  const std::vector<double> large = up.forward(cells);
  const std::vector<double> small = up.backward(plane);

  EXPECT_NEAR(std::inner_product(large.begin(), large.end(), plane.begin(), 0.0),
              std::inner_product(small.begin(), small.end(), cells.begin(), 0.0), 1e-12);
  for (const double one : up.forward(std::vector<double>(6, 1))) EXPECT_NEAR(one, 1, 1e-12);
}

TEST(MaskTerms, TheAreaPullsTheLargestCellsUpAndTheOthersDown) {
  std::vector<double> gradient(4);

  add_area_gradient(2, 0.5, {0.1, 0.9, 0.2, 0.8}, gradient);

  const Values expected{0.1, -0.1, 0.2, -0.2};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(gradient[i], expected[i], 1e-12);
}

TEST(MaskTerms, EqualCellsArePulledAlike) {
  std::vector<double> gradient(4);

  add_area_gradient(2, 0.25, {0.5, 0.5, 0.5, 0.5}, gradient);

  for (const double value : gradient) EXPECT_NEAR(value, 0.25, 1e-12);
}

// Σ |d|³ / 4 of a 2×2 grid.
TEST(MaskTerms, TheVariationHasItsDerivative) {
  const std::vector<double> cells{0.1, 0.7, 0.4, 0.2};
  const auto variation = [](const std::vector<double>& c) {
    const auto cube = [](double d) { return std::fabs(d * d * d) / 4; };
    return cube(c[1] - c[0]) + cube(c[3] - c[2]) + cube(c[2] - c[0]) + cube(c[3] - c[1]);
  };
  std::vector<double> gradient(4);

  add_variation_gradient(1, 2, cells, gradient);

  for (std::size_t i = 0; i < 4; ++i) {
    std::vector<double> up = cells;
    std::vector<double> down = cells;
    up[i] += 1e-6;
    down[i] -= 1e-6;
    EXPECT_NEAR(gradient[i], (variation(up) - variation(down)) / 2e-6, 1e-8);
  }
}

TEST(Adam, ItsFirstStepHasTheLengthOfTheRate) {
  Adam adam(3);
  std::vector<double> values{1, 1, 1};

  adam.descend(values, {5, -0.01, 0}, 0.1);

  EXPECT_NEAR(values[0], 0.9, 1e-6);
  EXPECT_NEAR(values[1], 1.1, 1e-6);
  EXPECT_EQ(values[2], 1);
}

}  // namespace
}  // namespace saliency
