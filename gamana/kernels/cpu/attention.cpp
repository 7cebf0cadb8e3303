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

// The tap: weights [queries, keys] of this head, rows [query, query + count), from the softmax's largest scores and
// inverse sums.
static void write_weights(const AttentionShape& shape, const AttentionHead& h, int64_t query, int64_t count,
                          const float* qt, float* s, const float* largest, const float* inverse, float* weights) {
  const int64_t columns = padded(count), seen = h.visible(shape, query + count - 1);
  for (int64_t i = query; i < query + count; ++i)
    std::fill(weights + i * h.keys + seen, weights + (i + 1) * h.keys, 0.0f);
  for (int64_t key = 0; key < seen; key += kKeyBlock) {
    const int64_t n = std::min(kKeyBlock, seen - key);
    scores(shape, h, query, count, key, n, qt, s);
    softmax_known(n, columns, s, largest, inverse);
    for (int64_t i = 0; i < count; ++i)
      for (int64_t j = 0; j < n; ++j) weights[(query + i) * h.keys + key + j] = s[j * columns + i];
  }
}

// Vaswani et al. 2017, equation 1, for queries [query, query + count) of one head. weights: of the head, or null.
void attend(const AttentionShape& shape, const AttentionHead& h, int64_t query, int64_t count, Rows out, float* weights,
            float* scratch) {
  const int64_t columns = padded(count), seen = h.visible(shape, query + count - 1);
  float *largest = scratch, *sum = largest + kQueryBlock, *shrink = sum + kQueryBlock;
  float *s = shrink + kQueryBlock, *qt = s + kKeyBlock * kQueryBlock;
  transpose(count, h.width, part(h.q, query, 0), shape.scale, qt);
  softmax_begin(columns, largest, sum);
  for (int64_t key = 0; key < seen; key += kKeyBlock) {
    const int64_t n = std::min(kKeyBlock, seen - key);
    scores(shape, h, query, count, key, n, qt, s);
    softmax_block(n, columns, s, largest, sum, shrink);
    if (key > 0) scale_rows(count, h.width, shrink, out);
    if (shape.dropout.rate > 0) drop(shape, h, query, columns, key, n, s, s);
    product(count, h.width, n, {s, 1, columns}, h.v.data + key * h.v.stride, h.v.stride, out.data, out.stride, key > 0);
  }
  softmax_end(columns, sum);
  for (int64_t i = 0; seen == 0 && i < count; ++i) std::fill_n(out.data + i * out.stride, h.width, 0.0f);
  scale_rows(count, h.width, sum, out);
  if (weights) write_weights(shape, h, query, count, qt, s, largest, sum, weights);
}

}  // namespace gamana::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {
namespace {

HWY_EXPORT(attend);

struct QueryBlock {
  int64_t sequence, first, count;
};

std::vector<QueryBlock> query_blocks(const AttentionShape& shape) {
  std::vector<QueryBlock> blocks;
  for (int64_t s = 0; s < shape.sequences; ++s) {
    const int64_t queries = shape.q_offsets[s + 1] - shape.q_offsets[s];
    const int64_t block = query_block(queries);
    for (int64_t i = 0; i < queries; i += block) blocks.push_back({s, i, std::min(block, queries - i)});
  }
  return blocks;
}

}  // namespace

void attention(const AttentionShape& shape, Rows q, Rows k, Rows v, Rows out, float* weights,
               const int64_t* weight_offsets) {
  struct ForAttention;
  const std::vector<QueryBlock> blocks = query_blocks(shape);
  const int64_t items = static_cast<int64_t>(blocks.size()) * shape.heads;
  parallel_for(items, attention_grain(shape, items), [&](int64_t begin, int64_t end) {
    float* memory = scratch<ForAttention>((3 + kKeyBlock + shape.head_width) * kQueryBlock);
    for (int64_t item = begin; item < end; ++item) {
      const QueryBlock& b = blocks[item / shape.heads];
      const AttentionHead h = attention_head(shape, q, k, v, b.sequence, static_cast<int>(item % shape.heads));
      float* tap = weights ? weights + weight_offsets[b.sequence] + h.head * h.queries * h.keys : nullptr;
      const Rows rows = part(out, h.row + b.first, int64_t(h.head) * h.width);
      HWY_DYNAMIC_DISPATCH(attend)(shape, h, b.first, b.count, rows, tap, memory);
    }
  });
}

}  // namespace gamana::cpu
#endif
