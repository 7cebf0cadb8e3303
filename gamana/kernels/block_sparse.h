#pragma once
// The pattern of block-sparse attention (Zaheer et al. 2020, BigBird, section 2), as transformers' BigBirdModel has it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "gamana/base/rng.h"
#include "gamana/kernels/kernels.h"

namespace gamana {

// The number n of blocks of a sequence of this length, the last one perhaps shorter; 0: it is short enough to attend
// fully. n is at least 6 + 2 random, so that there is something to draw.
inline int64_t sparse_blocks(const BlockSparse& rule, int64_t length) {
  if (rule.block == 0 || length <= (5 + 2 * int64_t{rule.random}) * rule.block) return 0;
  return (length + rule.block - 1) / rule.block;
}

// Queries of the first and the last block see every key.
inline bool sees_all(int64_t n, int64_t row) { return row == 0 || row == n - 1; }

// Does block row `row` see key block `block` anyhow: the first and the last one, itself and its neighbours?
inline bool sees_always(int64_t n, int64_t row, int64_t block) {
  return sees_all(n, block) || std::abs(block - row) <= 1;
}

// The random key blocks of a block row of one head: different ones among those that it would not see.
inline std::vector<int64_t> drawn_blocks(const BlockSparse& rule, int64_t n, int head, int64_t row) {
  std::vector<int64_t> drawn;
  const uint64_t key = stream_key(rule.key, static_cast<uint64_t>(head), static_cast<uint64_t>(row));
  for (uint64_t i = 0; std::ssize(drawn) < rule.random; ++i) {
    const auto block = static_cast<int64_t>(mix(key ^ mix(i)) % static_cast<uint64_t>(n));
    if (!sees_always(n, row, block) && std::find(drawn.begin(), drawn.end(), block) == drawn.end())
      drawn.push_back(block);
  }
  return drawn;
}

}  // namespace gamana
