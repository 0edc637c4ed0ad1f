#include "graph/memory.h"

#include <gtest/gtest.h>

#include <random>

namespace saliency::graph {
namespace {

bool alive_together(const Buffer& a, const Buffer& b) {
  return a.first <= b.last && b.first <= a.last;
}

bool overlap(const Buffer& a, const Buffer& b) {
  return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

TEST(Memory, BuffersAliveTogetherNeverOverlap) {
  std::mt19937 random(7);
  std::vector<Buffer> buffers;
  for (int i = 0; i < 200; ++i) {
    const int first = static_cast<int>(random() % 100);
    buffers.push_back({.bytes = 1 + random() % 5000, .first = first, .last = first + static_cast<int>(random() % 20)});
  }

  const std::size_t total = place(buffers);

  for (std::size_t i = 0; i < buffers.size(); ++i) {
    EXPECT_EQ(buffers[i].offset % 64, 0U);
    EXPECT_LE(buffers[i].offset + buffers[i].bytes, total);
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_FALSE(alive_together(buffers[i], buffers[j]) && overlap(buffers[i], buffers[j])) << i << " " << j;
    }
  }
}

TEST(Memory, AChainOfLayersNeedsTwoBuffers) {
  std::vector<Buffer> buffers;
  for (int i = 0; i < 10; ++i) buffers.push_back({.bytes = 640, .first = i, .last = i + 1});

  EXPECT_EQ(place(buffers), 1280U);
}

}  // namespace
}  // namespace saliency::graph
