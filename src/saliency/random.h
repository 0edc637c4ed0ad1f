// Random numbers that depend on nothing but seed, stream and position, and are the same bytes on every platform:
// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), and normal numbers from it by
// Box and Muller's formula with logarithm, sine and cosine of our own, made of correctly rounded operations only.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace saliency {

// The generator itself: four words for each (counter, key).
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

class Random {
 public:
  // Streams of one seed are independent: one a sample, so that no order of evaluation matters.
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}

  std::uint32_t bits();                      // 32 random bits
  double uniform();                          // in [0, 1), a multiple of 2^-53
  double normal();                           // mean 0, variance 1
  std::uint64_t below(std::uint64_t bound);  // in 0 … bound − 1, without bias
  std::vector<std::uint32_t> permutation(std::uint32_t count);

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t block_ = 0;
  std::array<std::uint32_t, 4> words_ = {};
  int left_ = 0;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace saliency
