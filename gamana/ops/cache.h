#pragma once
// Attention of new tokens over a cache that keeps the keys and values of past ones, for decoders. One new token of a
// hypothesis is a row of the kernel cached_attention; a prompt, or a piece of one, is prefill_attention.
#include <span>

#include "gamana/ops/ops.h"

namespace gamana {

// Row r of `from` becomes row cells[r] of the cache, rounded where that is in bf16. cols: numbers of a row.
void write_cache(Context& c, std::span<const int32_t> cells, int64_t cols, Rows from, CacheRows to);

// New tokens of one hypothesis: the last `rows` of its `length` tokens. Tokens from `first` on are in the cache, token j in
// cells[j - first]; those before must lie outside of the window of all new ones.
struct NewTokens {
  const int32_t* cells;
  int32_t length, rows, first = 0;
};

// softmax(Q K^T) V per head, as in self_attention, causal; the keys and values of the new tokens are in the cache
// already. q has the rows of one hypothesis after the other, N in all -> [N, H d]. Reads heads, kv_heads, window, scale
// of `o`. A row's result is the same, bit for bit, however its hypothesis was cut into pieces and whatever the other
// hypotheses are; with a cache in f32 it is that of self_attention over the whole. (cached_attention adds in another
// order: the same but for rounding, some 1e-6 of the largest value.) Copies the keys and
// values that are seen.
Tensor prefill_attention(Context& c, std::span<const NewTokens> hypotheses, int64_t head_width, Rows q, CacheRows keys,
                         CacheRows values, const AttentionOptions& o);

}  // namespace gamana
