#include "graph/memory.h"

#include <algorithm>
#include <numeric>

namespace saliency::graph {

std::size_t place(std::vector<Buffer>& buffers) {
  constexpr std::size_t kAlignment = 64;
  std::vector<std::size_t> by_size(buffers.size());
  std::iota(by_size.begin(), by_size.end(), std::size_t{0});
  std::stable_sort(by_size.begin(), by_size.end(),
                   [&](std::size_t a, std::size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  std::size_t total = 0;
  std::vector<std::size_t> placed;  // in ascending order of offset
  for (const std::size_t index : by_size) {
    Buffer& buffer = buffers[index];
    const std::size_t bytes = (buffer.bytes + kAlignment - 1) / kAlignment * kAlignment;
    std::size_t offset = 0;
    for (const std::size_t other_index : placed) {
      const Buffer& other = buffers[other_index];
      if (other.last < buffer.first || buffer.last < other.first) continue;
      if (offset + bytes <= other.offset) break;
      const std::size_t end = other.offset + (other.bytes + kAlignment - 1) / kAlignment * kAlignment;
      offset = std::max(offset, end);
    }
    buffer.offset = offset;
    total = std::max(total, offset + bytes);
    const auto position = std::upper_bound(placed.begin(), placed.end(), offset, [&](std::size_t value, std::size_t i) {
      return value < buffers[i].offset;
    });
    placed.insert(position, index);
  }
  return total;
}

}  // namespace saliency::graph
