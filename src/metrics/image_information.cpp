#include "metrics/image_information.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace saliency {

double image_information(const std::vector<std::uint8_t>& bytes, std::int64_t height, std::int64_t width,
                         std::int64_t channels) {
  double bits = 0;
  for (std::int64_t channel = 0; channel < channels; ++channel) {
    // Beyond the left border lies what is above, beyond the upper one what is left; before the first pixel, 0.
    const auto at = [&](std::int64_t y, std::int64_t x) -> int {
      return y < 0 || x < 0 ? -1 : bytes[static_cast<std::size_t>((y * width + x) * channels + channel)];
    };
    std::array<std::int64_t, 256> counts = {};
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) {
        int left = at(y, x - 1);
        int above = at(y - 1, x);
        if (left < 0) left = std::max(above, 0);
        if (above < 0) above = left;
        const int corner = x > 0 && y > 0 ? at(y - 1, x - 1) : left;
        const int low = std::min(left, above);
        const int high = std::max(left, above);
        const int predicted = corner >= high ? low : corner <= low ? high : left + above - corner;
        ++counts[static_cast<std::size_t>((at(y, x) - predicted + 512) % 256)];
      }
    }
    const auto pixels = static_cast<double>(height * width);
    for (const std::int64_t count : counts) {
      if (count > 0) bits -= static_cast<double>(count) * std::log2(static_cast<double>(count) / pixels);
    }
  }
  return bits / 8;
}

}  // namespace saliency
