#pragma once
// Attention on the CPU; what each function computes stands at the table in kernels.h.
#include <cstdint>

#include "gamana/kernels/kernels.h"

namespace gamana::cpu {

void attention(const AttentionShape& shape, Rows q, Rows k, Rows v, Rows out, float* stats, float* weights,
               const int64_t* weight_offsets);
void attention_backward(const AttentionShape& shape, Rows q, Rows k, Rows v, Rows out, const float* stats, Rows d_out,
                        Rows d_q, Rows d_k, Rows d_v);
void cached_attention(int64_t rows, const CachedRow* row, int heads, int kv_heads, int head_width, float scale, Rows q,
                      CacheRows keys, CacheRows values, float* out);

}  // namespace gamana::cpu
