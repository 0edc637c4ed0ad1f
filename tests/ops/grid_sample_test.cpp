#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

constexpr const char* kModes[] = {"linear", "nearest", "cubic"};
constexpr const char* kPaddings[] = {"zeros", "border", "reflection"};

OperatorCase grid_sample(const char* mode, const char* padding, std::int64_t align_corners, Tensor x, Tensor grid) {
  return {.type = "GridSample",
          .attributes = {{"mode", std::string(mode)},
                         {"padding_mode", std::string(padding)},
                         {"align_corners", align_corners}},
          .inputs = {std::move(x), std::move(grid)}};
}

// Points well inside and well outside of the image, none on a kink.
Tensor random_grid(std::int64_t batch, std::int64_t height, std::int64_t width) {
  return random_tensor({batch, height, width, 2}, Scalar(-1.6), Scalar(1.6), 5);
}

// The pixel that a whole coordinate reads.
double pixel(const std::vector<Scalar>& row, std::int64_t at, const std::string& padding, bool aligned) {
  const auto size = static_cast<std::int64_t>(row.size());
  if (padding == "border") at = std::min(std::max<std::int64_t>(at, 0), size - 1);
  if (padding == "reflection") {
    while (at < 0 || at >= size) {
      if (at < 0) at = aligned ? -at : -at - 1;
      if (at >= size) at = aligned ? 2 * (size - 1) - at : 2 * size - 1 - at;
    }
  }
  return at < 0 || at >= size ? 0 : static_cast<double>(row[static_cast<std::size_t>(at)]);
}

// Interpolates the endless padded row, which is what padding means.
double sampled(const std::vector<Scalar>& row, double g, const std::string& mode, const std::string& padding,
               bool aligned) {
  const double n = static_cast<double>(row.size());
  double p = aligned ? (g + 1) / 2 * (n - 1) : ((g + 1) * n - 1) / 2;
  if (padding == "border" && mode != "cubic") p = std::min(std::max(p, 0.0), n - 1);
  const auto at = [&](double x) { return pixel(row, static_cast<std::int64_t>(x), padding, aligned); };
  const double first = std::floor(p), t = p - first;
  if (mode == "nearest") return at(std::nearbyint(p));
  if (mode == "linear") return (1 - t) * at(first) + t * at(first + 1);
  constexpr double a = -0.75;
  const auto near = [](double d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  const auto far = [](double d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  return far(t + 1) * at(first - 1) + near(t) * at(first) + near(1 - t) * at(first + 1) + far(2 - t) * at(first + 2);
}

template <class F>
void for_each_rule(const F& f) {
  for (const char* mode : kModes) {
    for (const char* padding : kPaddings) {
      for (const std::int64_t align_corners : {0, 1}) {
        SCOPED_TRACE(std::string(mode) + ", " + padding + (align_corners != 0 ? ", aligned corners" : ""));
        f(mode, padding, align_corners);
      }
    }
  }
}

// A grid that is straight vertically samples the rows of x.
TEST(GridSample, RowsMatchTheirDefinition) {
  for_each_rule([](const char* mode, const char* padding, std::int64_t align_corners) {
    const std::vector<Scalar> row = {1, 5, 2, 8, 3};
    constexpr std::int64_t kPoints = 41;
    Tensor grid({1, 1, kPoints, 2}), expected({1, 1, 1, kPoints});
    for (std::int64_t i = 0; i < kPoints; ++i) {
      const double g = -2.013 + 0.1003 * static_cast<double>(i);
      const auto at = static_cast<std::size_t>(i);
      grid.data[2 * at] = static_cast<Scalar>(g);
      expected.data[at] =
          static_cast<Scalar>(sampled(row, static_cast<double>(grid.data[2 * at]), mode, padding, align_corners != 0));
    }

    expect_close(output_of(grid_sample(mode, padding, align_corners, Tensor({1, 1, 1, 5}, row), grid)), expected);
  });
}

TEST(GridSample, TheIdentityGridGivesTheImage) {
  const Tensor x = random_tensor({2, 3, 3, 5});
  Tensor grid({2, 3, 5, 2});
  for (std::size_t i = 0; i < grid.data.size() / 2; ++i) {
    grid.data[2 * i] = static_cast<Scalar>(static_cast<double>(i % 5) / 2 - 1);
    grid.data[2 * i + 1] = static_cast<Scalar>(static_cast<double>(i / 5 % 3) - 1);
  }
  for (const char* mode : kModes) expect_close(output_of(grid_sample(mode, "zeros", 1, x, grid)), x);
}

GRADIENT_TEST(GridSample, GradientMatchesFiniteDifferences, "GridSample") {
  for_each_rule([](const char* mode, const char* padding, std::int64_t align_corners) {
    expect_gradient_matches_finite_differences(
        grid_sample(mode, padding, align_corners, random_tensor({2, 3, 4, 5}), random_grid(2, 3, 4)));
  });
}

TEST(GridSample, KeepsSamplesApart) {
  OperatorCase check = grid_sample("linear", "border", 0, random_tensor({1, 3, 4, 5}), random_grid(1, 3, 4));
  expect_batch_matches_single_samples(check, {0, 0});
  expect_batch_matches_single_samples(check, {0, -1});
  EXPECT_EQ(batch_axis_of(check, {-1, 0}), std::nullopt);
}

TEST(GridSample, ErrorsSayWhatDoesNotFit) {
  const auto message = [](const OperatorCase& check) -> std::string {
    try {
      OperatorRun run(check);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };

  EXPECT_EQ(message(grid_sample("linear", "zeros", 0, Tensor({1, 1, 2, 2}), Tensor({2, 3, 3, 2}))),
            "grid has shape [2, 3, 3, 2], expected [1, height, width, 2]");
  EXPECT_EQ(message(grid_sample("lanczos", "zeros", 0, Tensor({1, 1, 2, 2}), Tensor({1, 3, 3, 2}))),
            "'mode' is 'lanczos'");
}

}  // namespace
}  // namespace saliency::testing
