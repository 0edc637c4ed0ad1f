#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/numbers.h"
#include "kernels/parallel.h"

namespace saliency::kernels {
namespace {

using test::random_numbers;

struct Case {
  const char* name;
  Window window;
  std::int64_t batch, height, width, channels;
  std::int64_t extra = 0;  // outputs beyond the usual count, as ceil_mode gives
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.name;
}

const Case kCases[] = {
    {"TwoByTwo", {2, 2, 2, 2}, 2, 8, 6, 16},
    {"ThreeByThreeStrided", {3, 3, 2, 2, 1, 1, 1, 1, 1, 1}, 1, 15, 13, 20},
    {"Overlapping", {3, 3, 1, 1, 1, 1, 1, 1, 1, 1}, 2, 7, 5, 7},
    {"CeilMode", {3, 3, 2, 2}, 1, 8, 8, 12, 1},
    {"CeilModePadded", {3, 3, 2, 2, 1, 1, 1, 0, 0, 1}, 1, 9, 8, 5, 1},
    {"Dilated", {2, 3, 1, 2, 2, 2, 1, 1, 1, 2}, 1, 9, 11, 9},
    {"Global", {7, 5, 1, 1}, 2, 7, 5, 33},
    {"OnePixel", {1, 1, 1, 1}, 1, 1, 1, 1},
    {"StrideWiderThanKernel", {1, 2, 3, 3}, 1, 10, 11, 6},
};

constexpr double kTolerance = 1e-5;  // float32, tens of additions

class PoolingTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const Case& c = GetParam();
    sizes_ = test::sizes_of(c.window, c.batch, c.height, c.width);
    sizes_.out_height += c.extra;
    sizes_.out_width += c.extra;
    x_ = random_numbers(c.batch * c.height * c.width * c.channels, 1);
    for (Scalar& value : x_) value = std::round(value * 4) / 4;  // ties
    dy_ = random_numbers(c.batch * sizes_.out_height * sizes_.out_width * c.channels, 2);
  }
  void TearDown() override { set_thread_count(1); }

  ImageSizes sizes_;
  std::vector<Scalar> x_, dy_;
};

TEST_P(PoolingTest, MaxPoolAndItsWinnersMatchReference) {
  const Case& c = GetParam();
  std::vector<Scalar> y(dy_.size()), expected(dy_.size()), without_winners(dy_.size());
  std::vector<std::uint16_t> winners(dy_.size()), expected_winners(dy_.size());
  std::vector<Scalar> dx(x_.size(), 7), expected_dx(x_.size());

  max_pool(c.window, sizes_, c.channels, x_.data(), y.data(), winners.data());
  max_pool(c.window, sizes_, c.channels, x_.data(), without_winners.data(), nullptr);
  max_pool_gradient(c.window, sizes_, c.channels, dy_.data(), winners.data(), dx.data());

  reference::max_pool(c.window, sizes_, c.channels, x_.data(), expected.data(), expected_winners.data());
  reference::max_pool_gradient(c.window, sizes_, c.channels, dy_.data(), expected_winners.data(), expected_dx.data());
  EXPECT_EQ(y, expected);
  EXPECT_EQ(without_winners, expected);
  EXPECT_EQ(winners, expected_winners);
  test::expect_close(dx, expected_dx, kTolerance);
}

TEST_P(PoolingTest, AveragePoolMatchesReference) {
  const Case& c = GetParam();
  for (const Divisor divisor : {Divisor::ValidTaps, Divisor::AllTaps}) {
    std::vector<Scalar> y(dy_.size()), expected(dy_.size());
    std::vector<Scalar> dx(x_.size(), 7), expected_dx(x_.size());

    average_pool(c.window, sizes_, c.channels, divisor, x_.data(), y.data());
    average_pool_gradient(c.window, sizes_, c.channels, divisor, dy_.data(), dx.data());

    reference::average_pool(c.window, sizes_, c.channels, divisor, x_.data(), expected.data());
    reference::average_pool_gradient(c.window, sizes_, c.channels, divisor, dy_.data(), expected_dx.data());
    test::expect_close(y, expected, kTolerance);
    test::expect_close(dx, expected_dx, kTolerance);
  }
}

TEST_P(PoolingTest, ResultDoesNotDependOnThreads) {
  const Case& c = GetParam();
  std::vector<std::vector<Scalar>> results[2];
  for (const int threads : {1, 2}) {
    set_thread_count(threads);
    std::vector<Scalar> y(dy_.size()), average(dy_.size()), dx(x_.size()), average_dx(x_.size());
    std::vector<std::uint16_t> winners(dy_.size());
    max_pool(c.window, sizes_, c.channels, x_.data(), y.data(), winners.data());
    max_pool_gradient(c.window, sizes_, c.channels, dy_.data(), winners.data(), dx.data());
    average_pool(c.window, sizes_, c.channels, Divisor::ValidTaps, x_.data(), average.data());
    average_pool_gradient(c.window, sizes_, c.channels, Divisor::ValidTaps, dy_.data(), average_dx.data());
    results[threads - 1] = {y, dx, average, average_dx};
  }

  EXPECT_EQ(results[0], results[1]);
}

INSTANTIATE_TEST_SUITE_P(Windows, PoolingTest, testing::ValuesIn(kCases),
                         [](const testing::TestParamInfo<Case>& c) { return std::string(c.param.name); });

TEST(MaxPool, FirstOfEqualValuesWins) {
  const std::vector<Scalar> x = {1, 5, 5, 5};
  Scalar y = 0;
  std::uint16_t winner = 9;

  max_pool({2, 2, 2, 2}, {1, 2, 2, 1, 1}, 1, x.data(), &y, &winner);

  EXPECT_EQ(y, 5);
  EXPECT_EQ(winner, 1);
}

TEST(MaxPool, NanWinsOverNumbers) {
  const Scalar nan = std::numeric_limits<Scalar>::quiet_NaN();
  for (std::uint16_t place = 0; place < 4; ++place) {
    std::vector<Scalar> x(16, 3);
    for (int c = 0; c < 4; ++c) x[static_cast<std::size_t>(place * 4 + c)] = nan;
    std::vector<Scalar> y(4);
    std::vector<std::uint16_t> winners(4);

    max_pool({2, 2, 2, 2}, {1, 2, 2, 1, 1}, 4, x.data(), y.data(), winners.data());

    EXPECT_TRUE(std::isnan(y[0]));
    EXPECT_EQ(winners[3], place);
  }
}

}  // namespace
}  // namespace saliency::kernels
