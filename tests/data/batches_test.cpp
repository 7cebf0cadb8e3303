#include "gamana/data/batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "gamana/base/rng.h"

namespace gamana {
namespace {

Lengths random_lengths(size_t n) {
  Lengths lengths;
  for (size_t i = 0; i < n; ++i) lengths.push_back(1 + static_cast<int32_t>(uniform(7, i) * 50));
  return lengths;
}

int64_t tokens(const std::vector<int32_t>& batch, const Lengths& lengths) {
  int64_t sum = 0;
  for (const int32_t i : batch) sum += lengths[static_cast<size_t>(i)];
  return sum;
}

std::vector<int32_t> joined(const Batches& batches) {
  std::vector<int32_t> all;
  for (const auto& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

TEST(Batches, AreCutBySize) {
  const Lengths lengths = {3, 4, 2, 9, 1, 1};
  EXPECT_EQ(plan_in_order(lengths, {.examples = 4}), (Batches{{0, 1, 2, 3}, {4, 5}}));
  EXPECT_EQ(plan_in_order(lengths, {.tokens = 7}), (Batches{{0, 1}, {2}, {3}, {4, 5}}));
  EXPECT_EQ(plan_in_order(lengths, {.examples = 1, .tokens = 7}).size(), 6u);
  EXPECT_EQ(plan_in_order(lengths, {}).size(), 1u);
  EXPECT_EQ(plan_in_order(Lengths{}, {.tokens = 7}), Batches{});
  const Lengths sides[] = {{3, 4, 2}, {1, 9, 1}};
  EXPECT_EQ(plan_in_order(sides, {.tokens = 10}), (Batches{{0, 1}, {2}})) << "the larger side counts";
  EXPECT_EQ(plan_in_order(sides, {.tokens = 9}), (Batches{{0}, {1}, {2}}));
}

TEST(Batches, OrderDependsOnSeedAndEpoch) {
  const Lengths lengths = random_lengths(1000);
  for (const int64_t window : {0, 100}) {
    const BatchRule rule{.examples = 8, .tokens = 200, .window = window};
    const Batches batches = plan_batches(lengths, rule, 1, 2);
    EXPECT_EQ(batches, plan_batches(lengths, rule, 1, 2));
    EXPECT_NE(batches, plan_batches(lengths, rule, 1, 3));
    EXPECT_NE(batches, plan_batches(lengths, rule, 2, 2));
    for (const auto& batch : batches) EXPECT_TRUE(batch.size() <= 8 && tokens(batch, lengths) <= 200);
    std::vector<int32_t> all = joined(batches), expected(1000);
    EXPECT_FALSE(std::is_sorted(all.begin(), all.end()));
    std::sort(all.begin(), all.end());
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(all, expected);
  }
}

TEST(Batches, WindowsAreSorted) {
  EXPECT_EQ(plan_in_order(Lengths{1, 3, 2, 5, 6, 5}, {.examples = 2, .window = 3}), (Batches{{1, 2}, {0, 4}, {3, 5}}));
  const Lengths lengths = random_lengths(1000);
  int64_t spread = 0, spread_sorted = 0;
  std::vector<int32_t> firsts;
  for (const int64_t window : {0, 1000}) {
    for (const auto& batch : plan_batches(lengths, {.examples = 10, .window = window}, 1, 1)) {
      const auto [low, high] = std::minmax_element(batch.begin(), batch.end(), [&](int32_t a, int32_t b) {
        return lengths[static_cast<size_t>(a)] < lengths[static_cast<size_t>(b)];
      });
      (window ? spread_sorted : spread) += lengths[static_cast<size_t>(*high)] - lengths[static_cast<size_t>(*low)];
      if (window) firsts.push_back(lengths[static_cast<size_t>(batch[0])]);
    }
  }
  EXPECT_LT(spread_sorted * 20, spread);
  EXPECT_FALSE(std::is_sorted(firsts.rbegin(), firsts.rend())) << "the order of the batches is random";
}

TEST(Batches, StreamsKeepTheirOrder) {
  const Lengths lengths = random_lengths(1003);
  size_t read = 0, longest_first = 0;
  std::vector<int32_t> emitted, sizes;
  map_by_length<int32_t, int32_t>(
      {.tokens = 100, .window = 250},
      [&](int32_t& item) { return read < lengths.size() ? item = static_cast<int32_t>(read++), true : false; },
      [&](int32_t item) { return lengths[static_cast<size_t>(item)]; },
      [&](const std::vector<const int32_t*>& batch) {
        std::vector<int32_t> results;
        for (const int32_t* item : batch) results.push_back(*item * 2);
        longest_first += lengths[static_cast<size_t>(*batch[0])] >= lengths[static_cast<size_t>(*batch.back())];
        sizes.push_back(static_cast<int32_t>(batch.size()));
        return results;
      },
      [&](int32_t item, int32_t result) {
        EXPECT_EQ(result, 2 * item);
        EXPECT_LE(read, emitted.size() + 250) << "no more than a window is held";
        emitted.push_back(item);
      });
  ASSERT_EQ(emitted.size(), lengths.size());
  EXPECT_TRUE(std::is_sorted(emitted.begin(), emitted.end()));
  EXPECT_EQ(longest_first, sizes.size());
  EXPECT_GT(*std::max_element(sizes.begin(), sizes.end()), 10);
}

}  // namespace
}  // namespace gamana
