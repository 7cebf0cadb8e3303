#include "gamana/kernels/cpu/attention.h"

#include <vector>

#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/scratch.h"
#include "gamana/base/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/attention.cpp"
#include <hwy/foreach_target.h>

#include "gamana/kernels/cpu/attention-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu::HWY_NAMESPACE {

// The tap: weights [queries, keys] of this head, rows of the block, from the softmax's largest scores and inverse sums.
static void write_weights(const AttentionHead& h, const QueryBlock& block, const std::vector<KeyBlock>& keys,
                          const float* qt, float* s, const float* largest, const float* inverse, float* weights) {
  const int64_t columns = padded(block.count);
  float* rows = weights + block.first * h.keys;
  std::fill(rows, rows + block.count * h.keys, 0.0f);
  for (const KeyBlock& b : keys) {
    scores(h, block, b, part(h.k, b.first, 0), qt, s);
    softmax_known(b.count, columns, s, largest, inverse);
    for (int64_t i = 0; i < block.count; ++i)
      for (int64_t j = 0; j < b.count; ++j) rows[i * h.keys + b.first + j] = s[j * columns + i];
  }
}

// Vaswani et al. 2017, equation 1, for a block of queries of one head and the keys it sees. stats and weights of the
// head may be null.
void attend(const AttentionShape& shape, const AttentionHead& h, const QueryBlock& block,
            const std::vector<KeyBlock>& keys, Rows out, float* stats, float* weights, float* scratch) {
  const int64_t count = block.count, columns = padded(count);
  float *largest = scratch, *sum = largest + kQueryBlock, *shrink = sum + kQueryBlock;
  float *s = shrink + kQueryBlock, *qt = s + kKeyBlock * kQueryBlock;
  transpose(count, h.width, part(h.q, block.first, 0), shape.scale, qt);
  softmax_begin(columns, largest, sum);
  for (const KeyBlock& b : keys) {
    const bool later = b.first > keys.front().first;
    scores(h, block, b, part(h.k, b.first, 0), qt, s);
    prefetch_next(b, keys, h.width, h.k), prefetch_next(b, keys, h.width, h.v);
    softmax_block(b.count, columns, s, largest, sum, shrink);
    if (later) scale_rows(count, h.width, shrink, out);
    if (shape.dropout.rate > 0) drop(shape, h, block, b, s, s);
    product(count, h.width, b.count, {s, 1, columns}, h.v.data + b.first * h.v.stride, h.v.stride, out.data,
            out.stride, later);
  }
  softmax_end(columns, sum);
  for (int64_t i = 0; keys.empty() && i < count; ++i) std::fill_n(out.data + i * out.stride, h.width, 0.0f);
  scale_rows(count, h.width, sum, out);
  if (stats) {
    const int64_t rows = shape.q_offsets[shape.sequences];
    std::copy_n(largest, count, stats + h.row + block.first);
    std::copy_n(sum, count, stats + rows + h.row + block.first);
  }
  if (weights) write_weights(h, block, keys, qt, s, largest, sum, weights);
}

}  // namespace gamana::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {

HWY_EXPORT(attend);

void attention(const AttentionShape& shape, Rows q, Rows k, Rows v, Rows out, float* stats, float* weights,
               const int64_t* weight_offsets) {
  struct ForAttention;
  const std::vector<QueryBlock> blocks = query_blocks(shape);
  const std::vector<AttentionItem> items = attention_items(shape, blocks);
  const int64_t count = std::ssize(items), rows = shape.q_offsets[shape.sequences];
  parallel_for(count, attention_grain(shape, blocks, count), [&](int64_t begin, int64_t end) {
    float* memory = scratch<ForAttention>((3 + kKeyBlock + shape.head_width) * kQueryBlock);
    std::vector<KeyBlock> keys;
    for (int64_t item = begin; item < end; ++item) {
      const QueryBlock& b = blocks[items[item].block];
      const AttentionHead h = attention_head(shape, q, k, v, b.sequence, items[item].head);
      float* tap = weights ? weights + weight_offsets[b.sequence] + h.head * h.queries * h.keys : nullptr;
      const Rows to = part(out, h.row + b.first, int64_t(h.head) * h.width);
      find_keys(shape, h, b, keys);
      HWY_DYNAMIC_DISPATCH(attend)(shape, h, b, keys, to, stats ? stats + 2 * h.head * rows : nullptr, tap, memory);
    }
  });
}

}  // namespace gamana::cpu
#endif
