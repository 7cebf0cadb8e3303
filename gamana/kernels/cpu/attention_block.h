#pragma once
// How attention is cut into work: blocks of queries of one head, streamed over blocks of keys (Rabe and Staats 2021;
// Dao et al. 2022), so that memory grows with the length and not with its square.
#include <algorithm>
#include <cstdint>

#include "gamana/kernels/kernels.h"

namespace gamana::cpu {

constexpr int64_t kKeyBlock = 128;
constexpr int64_t kQueryBlock = 128;  // at most

// Queries of a block: large blocks read keys and values less often, small ones compute fewer hidden scores along the
// border of causal attention, which weighs more the shorter the sequence is.
inline int64_t query_block(int64_t queries) { return queries > 1024 ? kQueryBlock : kQueryBlock / 2; }

// One head of one sequence; the matrices begin at its first row and column.
struct AttentionHead {
  int64_t queries, keys, width;
  int64_t row;  // of the first query, among all rows
  int head;
  Rows q, k, v;

  // How many keys query i sees; they are the first ones.
  int64_t visible(const AttentionShape& shape, int64_t i) const {
    return shape.causal ? std::clamp<int64_t>(i + 1 + keys - queries, 0, keys) : keys;
  }
};

// Items of work that make one parallel chunk of half a million products, some microseconds, if all were alike.
inline int64_t attention_grain(const AttentionShape& shape, int64_t items) {
  int64_t products = 1;
  for (int64_t s = 0; s < shape.sequences; ++s)
    products += int64_t(shape.q_offsets[s + 1] - shape.q_offsets[s]) * (shape.kv_offsets[s + 1] - shape.kv_offsets[s]) *
                shape.heads * shape.head_width;
  return std::max<int64_t>(1, (items << 19) / products);
}

inline Rows part(Rows rows, int64_t row, int64_t column) {
  return {rows.data + row * rows.stride + column, rows.stride};
}

inline AttentionHead attention_head(const AttentionShape& shape, Rows q, Rows k, Rows v, int64_t sequence, int head) {
  const int64_t first_q = shape.q_offsets[sequence], first_kv = shape.kv_offsets[sequence];
  const int64_t column = int64_t(head) * shape.head_width;
  return {shape.q_offsets[sequence + 1] - first_q,
          shape.kv_offsets[sequence + 1] - first_kv,
          shape.head_width,
          first_q,
          head,
          part(q, first_q, column),
          part(k, first_kv, column),
          part(v, first_kv, column)};
}

}  // namespace gamana::cpu
