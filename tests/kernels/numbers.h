// Numbers for kernel tests: reproducible, and comparisons that name the first difference.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "base/scalar.h"
#include "kernels/kernels.h"

namespace saliency::kernels::test {

inline std::vector<Scalar> random_numbers(std::int64_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> values(-1.0f, 1.0f);
  std::vector<Scalar> numbers(static_cast<std::size_t>(count));
  for (Scalar& number : numbers) number = static_cast<Scalar>(values(engine));
  return numbers;
}

inline std::vector<std::uint8_t> random_bits(std::int64_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<std::uint8_t> bits(static_cast<std::size_t>((count + 7) / 8));
  for (std::uint8_t& byte : bits) byte = static_cast<std::uint8_t>(engine());
  return bits;
}

// |actual − expected| ≤ tolerance · the largest |expected|
inline void expect_close(const std::vector<Scalar>& actual, const std::vector<Scalar>& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  double largest = 1e-30;
  for (Scalar value : expected) largest = std::max(largest, std::abs(static_cast<double>(value)));
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double error = std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
    ASSERT_TRUE(error <= tolerance * largest)
        << "at " << i << " of " << actual.size() << ": " << actual[i] << " instead of " << expected[i];
  }
}

inline double dot(const std::vector<Scalar>& a, const std::vector<Scalar>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

inline std::int64_t output_size(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                                std::int64_t pad_begin, std::int64_t pad_end) {
  return (size + pad_begin + pad_end - dilation * (kernel - 1) - 1) / stride + 1;
}

inline ImageSizes sizes_of(const Window& w, std::int64_t batch, std::int64_t height, std::int64_t width) {
  return {batch, height, width,
          output_size(height, w.kernel_height, w.stride_height, w.dilation_height, w.pad_top, w.pad_bottom),
          output_size(width, w.kernel_width, w.stride_width, w.dilation_width, w.pad_left, w.pad_right)};
}

}  // namespace saliency::kernels::test
