#include "kernels/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace saliency::kernels {
namespace {

class ParallelFor : public testing::Test {
 protected:
  void TearDown() override { set_thread_count(1); }
};

// How often each index was visited.
std::vector<int> visits(std::int64_t count, std::int64_t grain) {
  std::vector<int> visited(static_cast<std::size_t>(count), 0);
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    EXPECT_EQ(begin % grain, 0);
    EXPECT_TRUE(end == count || end % grain == 0);
    for (std::int64_t i = begin; i < end; ++i) ++visited[static_cast<std::size_t>(i)];
  });
  return visited;
}

TEST_F(ParallelFor, VisitsEachIndexOnce) {
  for (const int threads : {1, 2, 3}) {
    set_thread_count(threads);
    for (const std::int64_t count : {1, 2, 7, 64, 1000}) {
      for (const std::int64_t grain : {1, 3, 64}) {
        EXPECT_EQ(visits(count, grain), std::vector<int>(static_cast<std::size_t>(count), 1));
      }
    }
  }
}

TEST_F(ParallelFor, ManyShortJobsInARow) {
  set_thread_count(2);
  std::atomic<std::int64_t> sum{0};

  for (int job = 0; job < 2000; ++job) {
    parallel_for(8, 1, [&](std::int64_t begin, std::int64_t end) { sum += end - begin; });
  }

  EXPECT_EQ(sum.load(), 16000);
}

TEST_F(ParallelFor, NestedCallRunsInside) {
  set_thread_count(2);
  std::atomic<std::int64_t> sum{0};

  parallel_for(10, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      parallel_for(5, 1, [&](std::int64_t b, std::int64_t e) { sum += e - b; });
    }
  });

  EXPECT_EQ(sum.load(), 50);
}

TEST_F(ParallelFor, ThreadCountStaysWithinTheOffer) {
  set_thread_count(0);
  EXPECT_EQ(thread_count(), 1);

  set_thread_count(1 << 20);
  EXPECT_GE(thread_count(), 1);
  EXPECT_LT(thread_count(), 1 << 20);
}

TEST_F(ParallelFor, GrowsAndShrinks) {
  for (const int threads : {1, 2, 1, 3, 2, 1}) {
    set_thread_count(threads);
    EXPECT_EQ(visits(100, 1), std::vector<int>(100, 1));
  }
}

}  // namespace
}  // namespace saliency::kernels
