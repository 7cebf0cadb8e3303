#pragma once
// How attention is cut into work: blocks of queries of one head, streamed over blocks of keys (Rabe and Staats 2021;
// Dao et al. 2022), so that memory grows with the length and not with its square. Keys that no query of a block sees
// are not visited.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "gamana/kernels/block_sparse.h"
#include "gamana/kernels/kernels.h"

namespace gamana::cpu {

constexpr int64_t kKeyBlock = kKeyGroup;  // at most
constexpr int64_t kQueryBlock = 128;      // at most

struct QueryBlock {
  int64_t sequence, first, count;
};

struct KeyBlock {
  int64_t first, count;
  float bonus;  // added to the scores: log m where each key counts m times
};

// One head of one sequence; the matrices begin at its first row and column.
struct AttentionHead {
  int64_t queries, keys, width;
  int64_t row;  // of the first query, among all rows
  int head;
  int64_t behind, ahead;  // how far a query sees
  Rows q, k, v;

  // The key at which query i stands: the last query stands at the last key.
  int64_t place(int64_t i) const { return i + keys - queries; }
  // Query i sees keys [first_seen(i), end_seen(i)).
  int64_t first_seen(int64_t i) const { return std::clamp<int64_t>(place(i) - behind, 0, keys); }
  int64_t end_seen(int64_t i) const { return std::clamp<int64_t>(place(i) + ahead + 1, 0, keys); }
};

inline Rows part(Rows rows, int64_t row, int64_t column) {
  return {rows.data + row * rows.stride + column, rows.stride};
}

inline AttentionHead attention_head(const AttentionShape& shape, Rows q, Rows k, Rows v, int64_t sequence, int head) {
  constexpr int64_t kAnywhere = int64_t{1} << 40;
  const int64_t first_q = shape.q_offsets[sequence], first_kv = shape.kv_offsets[sequence];
  const int64_t column = int64_t(head) * shape.head_width;
  const int64_t kv_column = int64_t(head / shape.sharing()) * shape.head_width;
  const int64_t far = shape.window > 0 ? shape.window : kAnywhere;
  return {shape.q_offsets[sequence + 1] - first_q,
          shape.kv_offsets[sequence + 1] - first_kv,
          shape.head_width,
          first_q,
          head,
          far,
          shape.causal ? 0 : far,
          part(q, first_q, column),
          part(k, first_kv, kv_column),
          part(v, first_kv, kv_column)};
}

// Large blocks read keys and values less often, small ones compute fewer hidden scores along the border of causal
// attention, which weighs more the shorter the sequence is, and along both borders of a window. All queries of a block
// see the same blocks of a sparse pattern.
inline std::vector<QueryBlock> query_blocks(const AttentionShape& shape) {
  std::vector<QueryBlock> blocks;
  for (int64_t s = 0; s < shape.sequences; ++s) {
    const int64_t queries = shape.q_offsets[s + 1] - shape.q_offsets[s];
    const int64_t most = queries > 1024 && shape.window == 0 ? kQueryBlock : kQueryBlock / 2;
    const int64_t sparse = sparse_blocks(shape.sparse, queries) ? shape.sparse.block : queries;
    for (int64_t i = 0, count = 0; i < queries; i += count) {
      count = std::min({most, queries - i, sparse - i % sparse});
      blocks.push_back({s, i, count});
    }
  }
  return blocks;
}

// One head of one block of queries.
struct AttentionItem {
  int64_t block;
  int head;
};

// All blocks of one head, then those of the next: its keys and values, or those that heads share, stay in the cache.
inline std::vector<AttentionItem> attention_items(const AttentionShape& shape, const std::vector<QueryBlock>& blocks) {
  std::vector<AttentionItem> items;
  const auto end = std::ssize(blocks);
  for (int64_t first = 0, next = 0; first < end; first = next) {
    while (next < end && blocks[next].sequence == blocks[first].sequence) ++next;
    for (int head = 0; head < shape.heads; ++head)
      for (int64_t block = first; block < next; ++block) items.push_back({block, head});
  }
  return items;
}

// Keys [first, end), cut at multiples of kKeyBlock: sums over keys are then grouped alike for all blocks of queries, so
// that a row's result does not depend on how the queries of a sequence are cut.
inline void add_keys(int64_t first, int64_t end, float bonus, std::vector<KeyBlock>& keys) {
  while (first < end) {
    const int64_t next = std::min(end, (first / kKeyBlock + 1) * kKeyBlock);
    keys.push_back({first, next - first, bonus});
    first = next;
  }
}

// The keys of a block row of a sparse pattern of n blocks, neighbours in one piece.
inline void find_sparse_keys(const BlockSparse& rule, const AttentionHead& h, int64_t n, int64_t row,
                             std::vector<KeyBlock>& keys) {
  std::vector<int64_t> seen;
  if (rule.draws) seen = drawn_blocks(rule, n, h.head, row);
  for (const int64_t block : {int64_t{0}, row - 1, row, row + 1, n - 1}) seen.push_back(block);
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  const float bonus = rule.draws ? 0.0f : std::log1p(static_cast<float>(rule.random));
  for (size_t i = 0; i < seen.size();) {
    const size_t first = i++;
    const float extra = seen[first] == 0 ? bonus : 0.0f;
    while (extra == 0 && i < seen.size() && seen[i] == seen[i - 1] + 1) ++i;
    add_keys(seen[first] * rule.block, std::min(h.keys, (seen[i - 1] + 1) * rule.block), extra, keys);
  }
}

// The keys that some query of a block sees, in their order.
inline void find_keys(const AttentionShape& shape, const AttentionHead& h, const QueryBlock& block,
                      std::vector<KeyBlock>& keys) {
  keys.clear();
  const int64_t n = sparse_blocks(shape.sparse, h.keys), row = n ? block.first / shape.sparse.block : 0;
  if (n && !sees_all(n, row)) return find_sparse_keys(shape.sparse, h, n, row, keys);
  add_keys(h.first_seen(block.first), h.end_seen(block.first + block.count - 1), 0, keys);
}

// Items of work that make one parallel chunk of half a million products, some microseconds, if all were alike.
inline int64_t attention_grain(const AttentionShape& shape, const std::vector<QueryBlock>& blocks, int64_t items) {
  int64_t products = 1;
  std::vector<KeyBlock> keys;
  for (const QueryBlock& b : blocks) {
    find_keys(shape, attention_head(shape, {}, {}, {}, b.sequence, 0), b, keys);
    for (const KeyBlock& k : keys) products += b.count * k.count * shape.heads * shape.head_width;
  }
  return std::max<int64_t>(1, (items << 19) / products);
}

}  // namespace gamana::cpu
