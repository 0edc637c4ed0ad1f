#include "visualization/colormap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "saliency/method_check.h"

namespace saliency {
namespace {

// Lightness of CIELAB, 0 … 100.
double lightness(const Rgb& rgb) {
  double luminance = 0;
  const double shares[] = {0.2126, 0.7152, 0.0722};
  for (std::size_t i = 0; i < 3; ++i) {
    const double encoded = rgb[i] / 255.0;
    luminance += shares[i] * (encoded <= 0.04045 ? encoded / 12.92 : std::pow((encoded + 0.055) / 1.055, 2.4));
  }
  return luminance > 216.0 / 24389 ? 116 * std::cbrt(luminance) - 16 : luminance * 24389 / 27;
}

TEST(Colormap, SequentialMapsGetLighterAtOnePace) {
  for (const char* name : {"ember", "gray"}) {
    SCOPED_TRACE(name);
    const Colormap& map = colormap(name);
    const double pace = lightness(map(1)) - lightness(map(0));
    EXPECT_GT(pace, 80);
    for (int i = 1; i <= 16; ++i) {
      const double step = lightness(map(i / 16.0)) - lightness(map((i - 1) / 16.0));
      EXPECT_NEAR(step, pace / 16, 1.2) << i;
    }
  }
}

TEST(Colormap, DivergingMapIsLightestInTheMiddleAndSymmetricInLightness) {
  const Colormap& map = colormap("tide");

  EXPECT_TRUE(map.diverging);
  for (int i = 1; i <= 8; ++i) {
    EXPECT_LT(lightness(map(i / 8.0)), lightness(map((i - 1) / 8.0)));
    EXPECT_NEAR(lightness(map(i / 8.0)), lightness(map(-i / 8.0)), 3);
  }
}

// Without the cones for red (protanopia) or green (deuteranopia), what remains beside lightness is blue against yellow.
TEST(Colormap, EndsOfTheDivergingMapDifferInBlueAndYellow) {
  const Rgb low = colormap("tide")(-1);
  const Rgb high = colormap("tide")(1);

  EXPECT_GT(low[2], low[0] + 80);
  EXPECT_GT(high[0], high[2] + 80);
}

TEST(Colormap, PositionsOutsideAreClipped) {
  const Colormap& map = colormap("ember");

  EXPECT_EQ(map(-3), map.colors.front());
  EXPECT_EQ(map(7), map.colors.back());
  EXPECT_EQ(map(std::numeric_limits<double>::quiet_NaN()), map.colors.front());
  EXPECT_EQ(colormap("tide")(-1), colormap("tide").colors.front());
}

TEST(Colormap, UnknownNamesAreRefused) {
  testing::expect_error(ErrorCode::InvalidOption, "expected ember, tide or gray", [] { colormap("jet"); });
  for (const std::string_view name : colormap_names()) EXPECT_EQ(colormap(name).name, name);
}

TEST(Overlay, MixesByOpacity) {
  const std::vector<Scalar> picture = {0, 1};
  const std::vector<std::uint8_t> image = {200, 100, 50, 255, 0, 0, 0, 255};

  EXPECT_EQ(overlay(picture, colormap("gray"), image, 0), image);
  EXPECT_EQ(overlay(picture, colormap("gray"), image, 1), colorize(picture, colormap("gray")));
  EXPECT_EQ(overlay(picture, colormap("gray"), image, 0.5),
            (std::vector<std::uint8_t>{100, 50, 25, 255, 128, 128, 128, 255}));
}

TEST(Overlay, WrongSizesAreRefused) {
  const std::vector<Scalar> picture = {0, 1};
  const std::vector<std::uint8_t> image(4);

  testing::expect_error(ErrorCode::ShapeMismatch, "need 8", [&] { overlay(picture, colormap("gray"), image, 0.5); });
  const std::vector<std::uint8_t> right(8);
  testing::expect_error(ErrorCode::InvalidOption, "opacity", [&] { overlay(picture, colormap("gray"), right, 2); });
}

}  // namespace
}  // namespace saliency
