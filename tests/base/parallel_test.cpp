#include "gamana/base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

namespace gamana {
namespace {

TEST(Parallel, EachItemOnceForAnyNumberOfThreads) {
  for (const int count : {1, 2, 3, 7}) {
    set_threads(count);
    for (const int64_t n : {0, 1, 10, 1000})
      for (int round = 0; round < 200; ++round) {
        std::vector<int> seen(n, 0);
        parallel_for(n, 7, [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) ++seen[i];
        });
        ASSERT_EQ(std::accumulate(seen.begin(), seen.end(), int64_t{0}), n);
      }
  }
}

// Helpers that fell asleep in between come late or not at all; each chunk still runs once.
TEST(Parallel, WorkAfterPauses) {
  set_threads(4);
  for (int round = 0; round < 300; ++round) {
    if (round % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(50 * (round % 7)));
    std::vector<std::atomic<int>> seen(1 + round % 9);
    parallel_for(std::ssize(seen), 1, [&](int64_t begin, int64_t) {
      if (round % 5 == 0) std::this_thread::sleep_for(std::chrono::microseconds(20));
      ++seen[begin];
    });
    for (const auto& count : seen) ASSERT_EQ(count, 1);
  }
}

TEST(Parallel, NestedWorkIsSerialAndComplete) {
  set_threads(2);
  std::atomic<int> sum{0};
  parallel_for(8, 1, [&](int64_t, int64_t) { parallel_for(10, 1, [&](int64_t, int64_t) { ++sum; }); });
  EXPECT_EQ(sum, 80);
}

TEST(Parallel, FaultsReachTheCaller) {
  set_threads(2);
  EXPECT_THROW(parallel_for(8, 1, [](int64_t begin, int64_t) { if (begin == 5) throw std::runtime_error("five"); }), std::runtime_error);
  int after = 0;
  parallel_for(1, 1, [&](int64_t, int64_t) { ++after; });
  EXPECT_EQ(after, 1);
}

TEST(Parallel, StretchesInOrderAndThenHalfOfWhatIsLeft) {
  Stretches stretches(10, 3);  // [0, 3) [3, 6) [6, 10)
  for (const int64_t i : {0, 1, 2, 4, 5}) EXPECT_EQ(stretches.next(0), i);
  for (const int64_t i : {6, 7}) EXPECT_EQ(stretches.next(2), i);
  for (const int64_t i : {3, 9}) EXPECT_EQ(stretches.next(1), i);
  for (const int64_t i : {8, -1}) EXPECT_EQ(stretches.next(0), i);
  for (const int64_t worker : {1, 2}) EXPECT_EQ(stretches.next(worker), -1);
}

TEST(Parallel, EachItemOfStretchesOnce) {
  for (const int count : {1, 2, 3, 7}) {
    set_threads(count);
    for (const int64_t n : {0, 1, 10, 1000})
      for (int round = 0; round < 200; ++round) {
        std::vector<std::atomic<int>> seen(n);
        parallel_stretches(n, [&](int64_t i) { ++seen[i]; });
        for (const auto& times : seen) ASSERT_EQ(times, 1);
      }
  }
}

}  // namespace
}  // namespace gamana
