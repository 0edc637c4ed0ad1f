#include "kernels/activations.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/numbers.h"

namespace saliency::kernels {
namespace {

constexpr double kTolerance = 4e-7;  // of each value: an exponential, a sum and a quotient in float32

// Every number of digits, down to where the exponential has left float32.
std::vector<Scalar> points(std::int64_t count) {
  std::vector<Scalar> x = test::random_numbers(count, 1);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] *= i % 3 == 0 ? Scalar{80} : i % 3 == 1 ? Scalar{8} : Scalar{0.5};
  return x;
}

void expect_each_close(const std::vector<Scalar>& actual, const std::vector<Scalar>& expected, double absolute = 0) {
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double value = static_cast<double>(expected[i]);
    ASSERT_NEAR(actual[i], value, kTolerance * std::abs(value) + absolute) << "at " << i;
  }
}

TEST(Activations, SigmoidAndSwishMatchReferenceInEveryDigit) {
  for (const std::int64_t count : {1, 3, 4, 9, 1002}) {
    const auto x = points(count);
    std::vector<Scalar> y(x.size()), expected(x.size());

    sigmoid(count, x.data(), y.data());
    reference::sigmoid(count, x.data(), expected.data());
    expect_each_close(y, expected);

    swish(count, 1, x.data(), y.data());
    reference::swish(count, 1, x.data(), expected.data());
    expect_each_close(y, expected);
  }
}

TEST(Activations, SwishGradientMatchesReference) {
  for (const std::int64_t count : {1, 3, 4, 9, 1002}) {
    const auto x = points(count), dy = test::random_numbers(count, 2);
    std::vector<Scalar> dx(x.size()), expected(x.size());

    swish_gradient(count, Scalar{1.5}, x.data(), dy.data(), dx.data());

    reference::swish_gradient(count, Scalar{1.5}, x.data(), dy.data(), expected.data());
    expect_each_close(dx, expected, 1e-6);  // its two parts cancel near −1
  }
}

TEST(Activations, FarOutSigmoidIsOneOrNextToZeroAndPassesNaN) {
  constexpr Scalar kInfinity = std::numeric_limits<Scalar>::infinity();
  const std::vector<Scalar> x = {1000, kInfinity, -1000, -kInfinity, std::numeric_limits<Scalar>::quiet_NaN()};
  std::vector<Scalar> y(x.size());

  sigmoid(5, x.data(), y.data());

  EXPECT_EQ(y[0], 1);
  EXPECT_EQ(y[1], 1);
  EXPECT_NEAR(y[2], 0, 1e-37);
  EXPECT_NEAR(y[3], 0, 1e-37);
  EXPECT_TRUE(std::isnan(y[4]));
}

}  // namespace
}  // namespace saliency::kernels
