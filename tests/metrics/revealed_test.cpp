// The softmax information curve from the image on: its blur, its measure of information, and the whole.
#include "metrics/revealed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "metrics/delaunay.h"
#include "metrics/image_information.h"
#include "saliency/method_check.h"
#include "saliency/random.h"
#include "saliency/toy_model.h"
#include "support/golden.h"

namespace saliency {
namespace {

TEST(InterpolatedBetween, CornersSpanThePicture) {
  const std::vector<double> corners = {1, 0, 1, 0, 0, 0, 1, 0, 1};

  const std::vector<double> filled = interpolated_between(corners, std::vector<bool>(9), 3, 3, 1);

  EXPECT_EQ(filled, std::vector<double>(9, 1));
}

TEST(InterpolatedBetween, HasPairsNumbers) {
  std::vector<bool> known(9);
  known[3] = true;  // row 1, column 0

  const std::vector<double> filled = interpolated_between({0, 0, 0, 1, 8, 1, 0, 0, 0}, known, 3, 3, 1);

  testing::expect_near(std::vector<Scalar>(filled.begin(), filled.end()),
                       std::vector<double>{0, 0, 0, 1, 0.5, 0, 0, 0, 0}, 1e-12);
}

TEST(InterpolatedBetween, KeepsPlanesAndKnownPixels) {
  const std::int64_t height = 23;
  const std::int64_t width = 31;
  std::vector<double> plane;
  std::vector<double> rough;
  std::vector<bool> known;
  Random random(4);
  for (std::int64_t i = 0; i < height * width; ++i) {
    const auto x = static_cast<double>(i % width);
    const auto y = static_cast<double>(i / width);
    plane.insert(plane.end(), {3 * x - 2 * y, 1 + y});
    rough.push_back(random.uniform());
    known.push_back(random.uniform() < 0.2);
  }

  const std::vector<double> linear = interpolated_between(plane, known, height, width, 2);
  const std::vector<double> filled = interpolated_between(rough, known, height, width, 1);

  for (std::size_t i = 0; i < plane.size(); ++i) EXPECT_NEAR(linear[i], plane[i], 1e-9) << i;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i]) {
      EXPECT_EQ(filled[i], rough[i]);
    }
    EXPECT_GE(filled[i], 0);
    EXPECT_LE(filled[i], 1);
  }
}

// The definition: no point lies inside of a triangle's circle.
TEST(Triangulation, HasEmptyCircles) {
  Triangulation net(12, 9);
  Random random(1);
  for (const std::uint32_t pixel : random.permutation(108)) {
    const GridPoint point{pixel % 12, pixel / 12};
    const bool corner = (point.x == 0 || point.x == 11) && (point.y == 0 || point.y == 8);
    if (!corner && pixel % 3 != 0) net.insert(point);
  }
  double covered = 0;
  for (const auto& corners : net.triangles()) {
    const GridPoint a = net.points()[corners[0]];
    const GridPoint b = net.points()[corners[1]];
    const GridPoint c = net.points()[corners[2]];
    const auto cross = static_cast<double>((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x));
    ASSERT_GT(cross, 0);
    covered += cross / 2;
    // The centre of the circle, relative to a.
    const auto bx = static_cast<double>(b.x - a.x);
    const auto by = static_cast<double>(b.y - a.y);
    const auto cx = static_cast<double>(c.x - a.x);
    const auto cy = static_cast<double>(c.y - a.y);
    const double ux = (cy * (bx * bx + by * by) - by * (cx * cx + cy * cy)) / (2 * cross);
    const double uy = (bx * (cx * cx + cy * cy) - cx * (bx * bx + by * by)) / (2 * cross);
    for (const GridPoint& point : net.points()) {
      const double dx = static_cast<double>(point.x - a.x) - ux;
      const double dy = static_cast<double>(point.y - a.y) - uy;
      EXPECT_GE(dx * dx + dy * dy, ux * ux + uy * uy - 1e-9);
    }
  }
  EXPECT_EQ(covered, 11 * 8);
}

TEST(ImageInformation, IsTheEntropyOfWhatNeighboursDoNotTell) {
  const std::vector<std::uint8_t> constant(64, 7);
  std::vector<std::uint8_t> ramp;
  std::vector<std::uint8_t> noise;
  Random random(2);
  for (int i = 0; i < 4096; ++i) {
    ramp.push_back(static_cast<std::uint8_t>(i / 64));
    noise.push_back(static_cast<std::uint8_t>(random.bits()));
  }

  const double first = 63.0 / 64;
  EXPECT_NEAR(image_information(constant, 8, 8, 1), (-63 * std::log2(first) + 6) / 8, 1e-9) << "one residual of 7";
  EXPECT_LT(image_information(ramp, 64, 64, 1), 60);
  EXPECT_GT(image_information(noise, 64, 64, 1), 0.95 * 4096);
  EXPECT_NEAR(image_information(noise, 64, 32, 2) / image_information(noise, 64, 64, 1), 1, 0.1);
}

// A class that is the brighter, the more of the bright square is seen.
TEST(RevealedCurve, IsAboveForTheMapThatPointsAtTheObject) {
  testing::ToyModel model(
      {12, 12, 1},
      [](const testing::Values& x) {
        double sum = 0;
        for (std::size_t i = 0; i < 144; ++i) {
          const std::size_t row = i / 12;
          const std::size_t column = i % 12;
          if (row >= 3 && row < 7 && column >= 3 && column < 7) sum += x[i];
        }
        return sum / 16;
      },
      [](const testing::Values& x) { return x; }, 4);
  model.range = ValueRange{{0}, {1}};
  std::vector<Scalar> image;
  std::vector<Scalar> good;
  std::vector<Scalar> bad;
  Random random(3);
  for (std::size_t i = 0; i < 144; ++i) {
    const std::size_t row = i / 12;
    const std::size_t column = i % 12;
    const bool object = row >= 3 && row < 7 && column >= 3 && column < 7;
    image.push_back(static_cast<Scalar>(object ? 0.9 + 0.1 * random.uniform() : 0.3 * random.uniform()));
    good.push_back(object ? 1 : 0);
    bad.push_back(object ? 0 : 1);
  }
  RevealOptions options{.thresholds = {0.02, 0.05, 0.11, 0.3, 0.6}, .random_fraction = 0.02};

  const InformationCurve pointing =
      testing::run_checking_progress(revealed_curve(model, image, good, Target::of_class(0), options));
  const InformationCurve elsewhere = revealed_curve(model, image, bad, Target::of_class(0), options).run();

  EXPECT_GT(pointing.area, elsewhere.area + 0.1);
  EXPECT_EQ(pointing.x.size(), 1001U);
  model.range.reset();
  testing::expect_error(ErrorCode::InvalidOption, "what black and white are",
                        [&] { revealed_curve(model, image, good, Target::of_class(0), options).run(); });
}

class RevealedGolden : public ::testing::TestWithParam<testing::Path> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RevealedGolden);

// SciPy's triangulation of a grid differs where four pixels lie on a circle, hence the wide tolerance for single
// pixels.
TEST_P(RevealedGolden, BlursAsPairDoesButForTies) {
  const testing::Path folder = GetParam() / "cases" / "pic_sic_x0";
  if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << "carried by the shared folder only";
  const testing::Json params = testing::read_json(folder / "meta.json").at("params");
  const std::vector<Scalar> image = testing::read_npy(folder / "image.npy").data;
  const std::vector<Scalar> map = testing::read_npy(folder / "saliency.npy").data;
  const std::vector<Scalar> mask = testing::read_npy(folder / "random_mask.npy").data;
  const std::vector<Scalar> blurred = testing::read_npy(folder / "blurred_images.npy").data;
  const std::vector<bool> random(mask.begin(), mask.end());
  const std::vector<double> sharp(image.begin(), image.end());
  const auto thresholds = params.at("thresholds").get<std::vector<double>>();
  for (std::size_t k = 0; k + 1 < blurred.size() / image.size(); ++k) {
    const std::vector<bool> shown = k == 0 ? random : shown_pixels(map, random, thresholds[k - 1]);

    const std::vector<double> ours = interpolated_between(sharp, shown, 32, 32, 3);

    double sum = 0;
    std::size_t same = 0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      const double difference = std::fabs(std::nearbyint(ours[i]) - static_cast<double>(blurred[k * ours.size() + i]));
      sum += difference;
      same += difference <= 1 ? 1 : 0;
    }
    EXPECT_LT(sum / static_cast<double>(ours.size()), 1.5) << k;
    EXPECT_GT(static_cast<double>(same), 0.85 * static_cast<double>(ours.size())) << k;
  }
}

INSTANTIATE_TEST_SUITE_P(Goldens, RevealedGolden, ::testing::ValuesIn(testing::golden_folders("methods")),
                         [](const auto& instance) { return instance.param.filename().string(); });

}  // namespace
}  // namespace saliency
