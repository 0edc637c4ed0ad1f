#include "graph/memory.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>

#include "base/error.h"

namespace saliency::graph {

namespace {

// Half of the address space: in WebAssembly, where that is 2 GB, sizes must not wrap around.
constexpr std::size_t kLargestBlock = std::numeric_limits<std::size_t>::max() / 2;

}  // namespace

std::size_t byte_count(std::int64_t elements) {
  const std::uint64_t bytes = static_cast<std::uint64_t>(elements) * sizeof(Scalar);
  if (bytes <= kLargestBlock) return static_cast<std::size_t>(bytes);
  throw Error(ErrorCode::OutOfMemory, "one tensor of the network takes " + std::to_string(bytes >> 20) + " MB",
              {.expected = "at most " + std::to_string(kLargestBlock >> 20) + " MB",
               .actual = std::to_string(bytes >> 20) + " MB",
               .remedy = "use a smaller input"});
}

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
    if (bytes > kLargestBlock || offset > kLargestBlock - bytes) {
      throw Error(ErrorCode::OutOfMemory, "one run of the network takes more memory than there can be",
                  {.expected = "at most " + std::to_string(kLargestBlock >> 20) + " MB",
                   .actual = "more",
                   .remedy = "use a smaller input or a smaller batch"});
    }
    buffer.offset = offset;
    total = std::max(total, offset + bytes);
    const auto position = std::upper_bound(placed.begin(), placed.end(), offset,
                                           [&](std::size_t value, std::size_t i) { return value < buffers[i].offset; });
    placed.insert(position, index);
  }
  return total;
}

}  // namespace saliency::graph
