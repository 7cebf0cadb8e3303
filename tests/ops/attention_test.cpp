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
