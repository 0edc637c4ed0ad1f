// The error of fast convolution algorithms against sums in double precision, as src/kernels/simd/winograd.cpp states
// it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/numbers.h"

namespace saliency::kernels {
namespace {

struct Error {
  double forward, gradient;  // ‖actual − exact‖ / ‖exact‖
};

double relative_error(const std::vector<Scalar>& actual, const std::vector<Scalar>& exact) {
  double difference = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    difference += std::pow(static_cast<double>(actual[i]) - static_cast<double>(exact[i]), 2);
  }
  return std::sqrt(difference / test::dot(exact, exact));
}

Error error_of(std::int64_t channels, std::int64_t size) {
  const ConvGeometry geometry{channels, channels, 1, {3, 3, 1, 1, 1, 1, 1, 1, 1, 1}};
  const ImageSizes sizes = test::sizes_of(geometry.window, 1, size, size);
  const auto weight = test::random_numbers(channels * channels * 9, 1);
  auto x = test::random_numbers(size * size * channels, 2);
  for (Scalar& value : x) value = std::max(value, Scalar{0});  // as behind a rectifier
  const auto dy = test::random_numbers(size * size * channels, 3);
  const auto convolution = make_convolution(geometry, weight.data(), nullptr);
  const auto exact = reference::make_convolution(geometry, weight.data(), nullptr);
  std::vector<Scalar> y(x.size()), exact_y(x.size()), dx(x.size()), exact_dx(x.size());

  convolution->forward(sizes, x.data(), {}, y.data());
  convolution->input_gradient(sizes, dy.data(), {}, dx.data());

  exact->forward(sizes, x.data(), {}, exact_y.data());
  exact->input_gradient(sizes, dy.data(), {}, exact_dx.data());
  return {relative_error(y, exact_y), relative_error(dx, exact_dx)};
}

// Each layer has the 12 million products from which on Winograd is used.
TEST(Winograd, ErrorOfLargeTilesIsBounded) {
  for (const auto& [channels, size] : {std::pair{16, 80}, std::pair{64, 28}, std::pair{128, 16}}) {
    const Error error = error_of(channels, size);
    EXPECT_LT(error.forward, 3e-6) << channels;
    EXPECT_LT(error.gradient, 3e-6) << channels;
  }
}

TEST(Winograd, ErrorOfSmallTilesIsBounded) {
  const Error error = error_of(256, 14);
  EXPECT_LT(error.forward, 1e-6);
  EXPECT_LT(error.gradient, 1e-6);
}

}  // namespace
}  // namespace saliency::kernels
