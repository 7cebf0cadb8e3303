#include "gamana/data/batches.h"

#include <algorithm>
#include <numeric>

#include "gamana/base/rng.h"

namespace gamana {
namespace {

// Counters of the streams of random numbers (base/rng.h).
constexpr uint64_t kOrderOfExamples = 0x0DE4, kOrderOfBatches = 0x0DE5;

Batches cut(std::span<const Lengths> sides, const std::vector<int32_t>& order, const BatchRule& rule) {
  Batches batches;
  std::vector<int64_t> tokens(sides.size());
  for (const int32_t i : order) {
    bool full = batches.empty() || (rule.examples > 0 && static_cast<int64_t>(batches.back().size()) == rule.examples);
    for (size_t side = 0; side < sides.size(); ++side)
      full = full || (rule.tokens > 0 && tokens[side] + sides[side][static_cast<size_t>(i)] > rule.tokens);
    if (full) batches.emplace_back(), tokens.assign(sides.size(), 0);
    batches.back().push_back(i);
    for (size_t side = 0; side < sides.size(); ++side) tokens[side] += sides[side][static_cast<size_t>(i)];
  }
  return batches;
}

void sort_in_windows(std::span<const Lengths> sides, std::vector<int32_t>& order, int64_t window) {
  const auto length = [&](int32_t i) {
    int32_t longest = 0;
    for (const Lengths& side : sides) longest = std::max(longest, side[static_cast<size_t>(i)]);
    return longest;
  };
  const auto n = static_cast<int64_t>(order.size());
  for (int64_t begin = 0; begin < n && window > 0; begin += window)
    std::stable_sort(order.begin() + begin, order.begin() + std::min(n, begin + window),
                     [&](int32_t a, int32_t b) { return length(a) > length(b); });
}

}  // namespace

Batches plan_batches(std::span<const Lengths> sides, const BatchRule& rule, uint64_t seed, int64_t epoch) {
  const auto n = static_cast<int32_t>(sides[0].size());
  std::vector<int32_t> order = permutation(stream_key(seed, kOrderOfExamples, static_cast<uint64_t>(epoch)), n);
  sort_in_windows(sides, order, rule.window);
  Batches batches = cut(sides, order, rule);
  if (rule.window == 0) return batches;
  Batches mixed;
  const auto count = static_cast<int32_t>(batches.size());
  for (const int32_t b : permutation(stream_key(seed, kOrderOfBatches, static_cast<uint64_t>(epoch)), count))
    mixed.push_back(std::move(batches[static_cast<size_t>(b)]));
  return mixed;
}

Batches plan_in_order(std::span<const Lengths> sides, const BatchRule& rule) {
  std::vector<int32_t> order(sides[0].size());
  std::iota(order.begin(), order.end(), 0);
  sort_in_windows(sides, order, rule.window);
  return cut(sides, order, rule);
}

Batches plan_batches(const Lengths& lengths, const BatchRule& rule, uint64_t seed, int64_t epoch) {
  return plan_batches(std::span(&lengths, 1), rule, seed, epoch);
}

Batches plan_in_order(const Lengths& lengths, const BatchRule& rule) {
  return plan_in_order(std::span(&lengths, 1), rule);
}

}  // namespace gamana
