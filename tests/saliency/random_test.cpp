#include "saliency/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace saliency {
namespace {

// Known answers of the generator's authors (Random123, kat_vectors).
TEST(Random, PhiloxMatchesItsKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, SameSeedAndStreamGiveTheSameNumbers) {
  Random a(7, 3);
  Random b(7, 3);
  Random other(7, 4);

  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const double number = a.normal();
    EXPECT_EQ(number, b.normal());
    differs |= number != other.normal();
  }
  EXPECT_TRUE(differs);
}

// The same bytes in every build: natively, as WebAssembly, in any optimisation.
TEST(Random, NormalNumbersHaveTheseBits) {
  Random random(42);

  EXPECT_EQ(random.normal(), 0x1.3c0aeecaa53d3p+0);
  EXPECT_EQ(random.normal(), 0x1.394464e1203f7p-1);
}

TEST(Random, NormalNumbersHaveMeanZeroVarianceOneAndNormalTails) {
  Random random(1);
  constexpr int kCount = 200000;
  double sum = 0;
  double squares = 0;
  double fourths = 0;
  int beyond_two = 0;
  for (int i = 0; i < kCount; ++i) {
    const double number = random.normal();
    ASSERT_TRUE(std::isfinite(number));
    sum += number;
    squares += number * number;
    fourths += std::pow(number, 4);
    beyond_two += std::fabs(number) > 2;
  }

  EXPECT_NEAR(sum / kCount, 0, 0.01);
  EXPECT_NEAR(squares / kCount, 1, 0.02);
  EXPECT_NEAR(fourths / kCount, 3, 0.1);
  EXPECT_NEAR(beyond_two / static_cast<double>(kCount), 0.0455, 0.003);
}

TEST(Random, UniformNumbersAreInTheUnitInterval) {
  Random random(5);
  double sum = 0;
  for (int i = 0; i < 10000; ++i) {
    const double number = random.uniform();
    ASSERT_GE(number, 0);
    ASSERT_LT(number, 1);
    sum += number;
  }
  EXPECT_NEAR(sum / 10000, 0.5, 0.01);
}

TEST(Random, BelowIsWithinBoundsAndPermutationsAreComplete) {
  Random random(9);
  for (int i = 0; i < 1000; ++i) EXPECT_LT(random.below(7), 7U);

  std::vector<std::uint32_t> order = random.permutation(50);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::uint32_t i = 0; i < 50; ++i) EXPECT_EQ(order[i], i);
}

}  // namespace
}  // namespace saliency
