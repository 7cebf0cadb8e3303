// Rules of attention as whoever listens sees them.
#include <numeric>

#include "tests/ops/gradient.h"

namespace gamana::test {
namespace {

// The weights [heads, length, length] of one sequence.
std::vector<float> tapped(int64_t length, const AttentionOptions& o) {
  std::vector<float> weights;
  values_of(cpu_kernels(), {random_matrix(length, 3 * 4 * o.heads, 1)}, [&](Context& c, const std::vector<Tensor>& t) {
    c.tap = [&](const AttentionSeen& seen) {
      EXPECT_EQ(seen.name, o.name);
      weights.assign(seen.weights, seen.weights + seen.offsets->back());
    };
    return self_attention(c, t[0], {0, static_cast<int32_t>(length)}, o);
  });
  return weights;
}

}  // namespace

TEST(Attention, WeightsOutsideOfTheWindowAreZero) {
  constexpr int64_t kLength = 9;
  for (bool causal : {false, true}) {
    const auto weights = tapped(kLength, {.heads = 2, .causal = causal, .name = "layer", .window = 2});
    ASSERT_EQ(weights.size(), 2 * kLength * kLength);
    for (size_t w = 0; w < weights.size(); ++w) {
      const auto ahead = static_cast<int64_t>(w) % kLength - static_cast<int64_t>(w) / kLength % kLength;
      EXPECT_EQ(weights[w] > 0, ahead >= -2 && ahead <= (causal ? 0 : 2)) << w;
    }
  }
}

// Heads that share keys and values are heads with copies of them; `scale` is that of the scores.
TEST(Attention, GroupedHeadsEqualCopiesOfKeysAndValues) {
  constexpr int64_t kRows = 9, kWidth = 5;
  const std::vector<int32_t> offsets{0, 3, 9};
  const Matrix grouped = random_matrix(kRows, (4 + 2 * 2) * kWidth, 1);
  Matrix copied{kRows, 3 * 4 * kWidth, {}};
  for (int64_t r = 0; r < kRows; ++r)
    for (const int64_t head : {0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7}) {
      const float* from = grouped.values.data() + (r * 8 + head) * kWidth;
      copied.values.insert(copied.values.end(), from, from + kWidth);
    }
  const auto with = [&](AttentionOptions o) {
    return [&offsets, o](Context& c, const std::vector<Tensor>& t) { return self_attention(c, t[0], offsets, o); };
  };
  const auto a = values_of(cpu_kernels(), {grouped}, with({.heads = 4, .causal = true, .kv_heads = 2, .scale = 1}));
  const auto b = values_of(cpu_kernels(), {copied}, with({.heads = 4, .causal = true, .scale = 1}));
  EXPECT_EQ(a, b);
  const auto c = values_of(cpu_kernels(), {grouped}, with({.heads = 4, .causal = true, .kv_heads = 2}));
  EXPECT_NE(a, c);
  expect_gradients({grouped}, with({.heads = 4, .causal = true, .window = 2, .kv_heads = 2, .scale = 0.5f}));
}

TEST(Attention, CrossAttentionWithGroupedHeads) {
  const std::vector<int32_t> q_offsets{0, 2, 5}, kv_offsets{0, 4, 6};
  expect_gradients({random_matrix(5, 4 * 3, 1), random_matrix(6, 2 * 2 * 3, 2)},
                   [&](Context& c, const std::vector<Tensor>& t) {
                     return cross_attention(c, t[0], q_offsets, t[1], kv_offsets, {.heads = 4, .kv_heads = 2});
                   });
}

// Where block 0 counts several times, its weights hold all of it: rows still sum to 1.
TEST(Attention, WeightsOfASparsePatternSumToOne) {
  constexpr int64_t kLength = 70, kBlock = 8;
  const auto weights = tapped(kLength, {.heads = 1, .name = "layer", .sparse = {kBlock, 1}});
  for (int64_t i = 0; i < kLength; ++i) {
    const float* row = weights.data() + i * kLength;
    EXPECT_NEAR(std::accumulate(row, row + kLength, 0.0), 1, 1e-6);
    const int64_t block = i / kBlock;
    for (int64_t j = 0; j < kLength; ++j) {
      const int64_t other = j / kBlock;
      const bool seen = block == 0 || block == 8 || other == 0 || other == 8 || std::abs(block - other) <= 1;
      EXPECT_EQ(row[j] > 0, seen) << i << " " << j;
    }
  }
}

}  // namespace gamana::test
