#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/numbers.h"
#include "kernels/parallel.h"

namespace saliency::kernels {
namespace {

using test::random_bits;
using test::random_numbers;

const std::int64_t kCounts[] = {1, 3, 4, 7, 8, 13, 64, 1001, 100003};

TEST(Clamp, ValuesAndBitsMatchReference) {
  for (const std::int64_t count : kCounts) {
    for (const Clamp limits : {Clamp{}, Clamp{.low = 0}, Clamp{Scalar{-0.25}, Scalar{0.5}}}) {
      const auto x = random_numbers(count, 1);
      std::vector<Scalar> y(x.size()), expected(x.size());
      std::vector<std::uint8_t> bits((x.size() + 7) / 8, 0xee), expected_bits(bits.size()), bits_of_y(bits.size());

      clamp(count, x.data(), limits, y.data(), bits.data());
      clamp_bits(count, y.data(), limits, bits_of_y.data());

      reference::clamp(count, x.data(), limits, expected.data(), expected_bits.data());
      ASSERT_EQ(y, expected);
      ASSERT_EQ(bits, expected_bits);
      ASSERT_EQ(bits_of_y, expected_bits);
    }
  }
}

TEST(Gate, MatchesReferenceAndWorksInPlace) {
  for (const std::int64_t count : kCounts) {
    const auto dy = random_numbers(count, 2);
    const auto bits = random_bits(count, 3);
    for (const Gate rule : {Gate{}, Gate{bits.data(), false}, Gate{bits.data(), true}, Gate{nullptr, true}}) {
      std::vector<Scalar> dx(dy.size()), expected(dy.size()), in_place = dy;

      gate(count, dy.data(), rule, dx.data());
      gate(count, in_place.data(), rule, in_place.data());

      reference::gate(count, dy.data(), rule, expected.data());
      ASSERT_EQ(dx, expected);
      ASSERT_EQ(in_place, expected);
    }
  }
}

TEST(Accumulate, AddsInPlace) {
  for (const std::int64_t count : kCounts) {
    const auto x = random_numbers(count, 4);
    auto y = random_numbers(count, 5);
    auto expected = y;

    accumulate(count, x.data(), y.data());

    reference::accumulate(count, x.data(), expected.data());
    ASSERT_EQ(y, expected);
  }
}

TEST(Transpose, EveryOrderMatchesReference) {
  const std::vector<std::vector<std::int64_t>> shapes = {
      {5}, {7, 5}, {68, 70}, {2, 3, 4}, {1, 6, 1, 5}, {2, 3, 8, 9}, {1, 33, 9, 8}, {3, 1, 2, 4}, {2, 3, 2, 2, 5}};
  for (const auto& shape : shapes) {
    const int rank = static_cast<int>(shape.size());
    std::vector<int> permutation(shape.size());
    std::iota(permutation.begin(), permutation.end(), 0);
    const std::int64_t count = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    const auto x = random_numbers(count, 6);
    do {
      std::vector<Scalar> y(x.size()), expected(x.size());

      transpose(rank, shape.data(), permutation.data(), x.data(), y.data());

      reference::transpose(rank, shape.data(), permutation.data(), x.data(), expected.data());
      ASSERT_EQ(y, expected);
    } while (std::next_permutation(permutation.begin(), permutation.end()));
  }
}

TEST(Transpose, ScalarAndEmptyTensorsAreCopied) {
  const Scalar x = 3;
  Scalar y = 0;
  transpose(0, nullptr, nullptr, &x, &y);
  EXPECT_EQ(y, 3);

  const std::int64_t shape[] = {0, 4};
  const int permutation[] = {1, 0};
  transpose(2, shape, permutation, &x, &y);
  EXPECT_EQ(y, 3);
}

TEST(Softmax, MatchesReferenceAndSumsToOne) {
  const std::int64_t rows = 3, columns = 37;
  auto x = random_numbers(rows * columns, 7);
  for (Scalar& value : x) value *= 30;
  const auto dy = random_numbers(rows * columns, 8);
  std::vector<Scalar> y(x.size()), expected(x.size()), dx(x.size()), expected_dx(x.size());

  softmax(rows, columns, x.data(), y.data());
  softmax_gradient(rows, columns, y.data(), dy.data(), dx.data());

  reference::softmax(rows, columns, x.data(), expected.data());
  reference::softmax_gradient(rows, columns, expected.data(), dy.data(), expected_dx.data());
  test::expect_close(y, expected, 1e-6);
  test::expect_close(dx, expected_dx, 1e-5);
  EXPECT_NEAR(std::accumulate(y.begin(), y.begin() + columns, 0.0), 1.0, 1e-5);
}

TEST(Softmax, RowsOfAnyLengthMatchReference) {
  for (const std::int64_t columns : {1, 2, 3, 4, 5, 8, 31, 1000}) {
    const auto x = random_numbers(4 * columns, 13), dy = random_numbers(4 * columns, 14);
    std::vector<Scalar> y(x.size()), expected(x.size()), dx(x.size()), expected_dx(x.size());

    softmax(4, columns, x.data(), y.data());
    softmax_gradient(4, columns, y.data(), dy.data(), dx.data());

    reference::softmax(4, columns, x.data(), expected.data());
    reference::softmax_gradient(4, columns, expected.data(), dy.data(), expected_dx.data());
    test::expect_close(y, expected, 1e-6);
    test::expect_close(dx, expected_dx, columns == 1 ? 1.0 : 2e-6);
  }
}

TEST(Softmax, MaskedValuesAreExactlyZero) {
  constexpr Scalar kMasked = -std::numeric_limits<Scalar>::infinity();
  const std::vector<Scalar> x = {1, kMasked, 1, kMasked, kMasked, 1, 1, kMasked};
  std::vector<Scalar> y(x.size());

  softmax(1, 8, x.data(), y.data());

  test::expect_close(y, {0.25, 0, 0.25, 0, 0, 0.25, 0.25, 0}, 1e-6);
  EXPECT_EQ(y[1], 0);
  EXPECT_EQ(y[7], 0);
}

TEST(Matmul, EveryOrientationMatchesReference) {
  const MatmulSizes shapes[] = {{1, 1, 1}, {5, 7, 3}, {12, 20, 33}, {1, 64, 50}, {49, 40, 64}, {6, 3, 129}};
  for (MatmulSizes sizes : shapes) {
    for (const bool transpose_a : {false, true}) {
      for (const bool transpose_b : {false, true}) {
        sizes.transpose_a = transpose_a;
        sizes.transpose_b = transpose_b;
        const auto a = random_numbers(sizes.m * sizes.k, 9), b = random_numbers(sizes.k * sizes.n, 10);
        std::vector<Scalar> c(static_cast<std::size_t>(sizes.m * sizes.n), 7), expected(c.size());

        matmul(sizes, a.data(), b.data(), c.data());

        reference::matmul(sizes, a.data(), b.data(), expected.data());
        test::expect_close(c, expected, 1e-5);
      }
    }
  }
}

}  // namespace
}  // namespace saliency::kernels
