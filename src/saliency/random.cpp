#include "saliency/random.h"

#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

// One rounding an operation, on every machine.
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

namespace saliency {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kLn2 = 0.69314718055994530942;

// ln x for 0 < x ≤ 1: x = m · 2^e with m in [√½, √2), ln m = 2 artanh((m − 1)/(m + 1)) by its series.
double logarithm(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);  // exact
  if (mantissa < 0.70710678118654752440) {
    mantissa *= 2;
    --exponent;
  }
  const double s = (mantissa - 1) / (mantissa + 1);
  const double square = s * s;
  double sum = 0;
  for (int power = 23; power >= 1; power -= 2) sum = sum * square + 1.0 / power;
  return 2 * s * sum + exponent * kLn2;
}

// 1/((2k − 1)·2k) and 1/(2k·(2k + 1)): quotients of Taylor's series, by which multiplying is faster than dividing.
constexpr int kTerms = 9;
struct Quotients {
  double cosine[kTerms + 1] = {};
  double sine[kTerms + 1] = {};
  constexpr Quotients() {
    for (int k = 1; k <= kTerms; ++k) {
      cosine[k] = 1.0 / ((2 * k - 1) * (2 * k));
      sine[k] = 1.0 / ((2 * k) * (2 * k + 1));
    }
  }
};
constexpr Quotients kQuotients;

// cos and sin of a in [0, π/4] by Taylor's series.
std::pair<double, double> cosine_sine(double a) {
  const double square = a * a;
  double cosine = 0;
  double sine = 0;
  for (int k = kTerms; k >= 1; --k) {
    cosine = (1 + cosine) * (-square * kQuotients.cosine[k]);
    sine = (1 + sine) * (-square * kQuotients.sine[k]);
  }
  return {1 + cosine, a + a * sine};
}

// cos and sin of 2πu, u in [0, 1): the octant and what is left of it are exact.
std::pair<double, double> turn(double u) {
  const int octant = static_cast<int>(u * 8);
  const double rest = u * 8 - octant;
  const bool mirrored = octant % 2 == 1;
  const auto [c, s] = cosine_sine((mirrored ? 1 - rest : rest) * (kPi / 4));
  const double cosine = mirrored ? s : c;  // within the quarter: angle = rest or 90° − (1 − rest)
  const double sine = mirrored ? c : s;
  switch (octant / 2) {
    case 0: return {cosine, sine};
    case 1: return {-sine, cosine};
    case 2: return {-cosine, -sine};
    default: return {sine, -cosine};
  }
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

std::uint32_t Random::bits() {
  if (left_ == 0) {
    words_ = philox({static_cast<std::uint32_t>(block_), static_cast<std::uint32_t>(block_ >> 32),
                     static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)},
                    {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)});
    ++block_;
    left_ = 4;
  }
  return words_[static_cast<std::size_t>(4 - left_--)];
}

double Random::uniform() {
  const std::uint64_t high = bits() >> 5;  // 27 bits
  const std::uint64_t low = bits() >> 6;   // 26 bits
  return static_cast<double>((high << 26) | low) * 0x1p-53;
}

double Random::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2 * logarithm(1 - uniform()));  // 1 − u is in (0, 1]
  const auto [cosine, sine] = turn(uniform());
  spare_ = radius * sine;
  has_spare_ = true;
  return radius * cosine;
}

std::uint64_t Random::below(std::uint64_t bound) {
  const std::uint64_t limit = bound * (~std::uint64_t{0} / bound);  // what lies above would favour small values
  for (;;) {
    const std::uint64_t high = bits();
    const std::uint64_t value = (high << 32) | bits();
    if (value < limit) return value % bound;
  }
}

std::vector<std::uint32_t> Random::permutation(std::uint32_t count) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  for (std::uint32_t i = count; i > 1; --i) std::swap(order[i - 1], order[below(i)]);
  return order;
}

}  // namespace saliency
