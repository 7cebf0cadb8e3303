#include <span>
#include <vector>

#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/attention.h"
#include "gamana/kernels/cpu/scratch.h"
#include "gamana/base/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/attention_backward.cpp"
#include <hwy/foreach_target.h>

#include "gamana/kernels/cpu/attention-inl.h"

#ifndef GAMANA_KERNELS_CPU_ATTENTION_BACKWARD_CPP_
#define GAMANA_KERNELS_CPU_ATTENTION_BACKWARD_CPP_
namespace gamana::cpu {

constexpr int64_t kManyBlocks = 12;  // of keys: from here on copying them pays

// The gradients of one head, and what it needs of the forward pass; the matrices begin at its first row and column.
struct AttentionGradient {
  Rows out, d_out, d_q, d_k, d_v;
  const float *largest, *inverse;  // of each query's softmax
};

// Memory for one block of queries and one of keys: three vectors [columns], three matrices [keys, columns], two [width,
// columns], three [columns, width], two [keys, width].
struct GradientScratch {
  GradientScratch(float* memory, int64_t width)
      : largest(memory),
        inverse(largest + kQueryBlock),
        rowsum(inverse + kQueryBlock),
        p(rowsum + kQueryBlock),
        dropped(p + kKeyBlock * kQueryBlock),
        dp(dropped + kKeyBlock * kQueryBlock),
        qt(dp + kKeyBlock * kQueryBlock),
        d_out_t(qt + width * kQueryBlock),
        q(d_out_t + width * kQueryBlock),
        d_out(q + width * kQueryBlock),
        d_q(d_out + width * kQueryBlock),
        k(d_q + width * kQueryBlock),
        v(k + width * kKeyBlock) {}
  static size_t size(int64_t width) {
    return static_cast<size_t>((3 + 3 * kKeyBlock + 5 * width) * kQueryBlock + 2 * kKeyBlock * width);
  }
  float *largest, *inverse, *rowsum, *p, *dropped, *dp, *qt, *d_out_t, *q, *d_out, *d_q, *k, *v;
};

}  // namespace gamana::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu::HWY_NAMESPACE {

// rowsum(P dP) of each query, which is sum(dO * O) (Dao et al. 2022, appendix B.2).
static void rowsums(int64_t count, int64_t width, Rows out, Rows d_out, float* sums) {
  std::fill_n(sums, padded(count), 0.0f);
  for (int64_t i = 0; i < count; ++i) {
    const float *a = out.data + i * out.stride, *b = d_out.data + i * d_out.stride;
    Vec sum = hn::Zero(FloatTag());
    each_vector(
        width, [&](int64_t c, int64_t n) GAMANA_INLINE_BODY { sum = hn::MulAdd(load(a + c, n), load(b + c, n), sum); });
    sums[i] = hn::GetLane(hn::SumOfLanes(FloatTag(), sum));
  }
}

// dp becomes dS = scale (M P dP - P rowsum), where `dropped` is M P.
static void score_gradient(int64_t n, int64_t columns, float scale, const float* p, const float* dropped,
                           const float* rowsum, float* dp) {
  for_columns(columns, [&](auto d, int64_t c) GAMANA_INLINE_BODY {
    const auto sum = hn::Load(d, rowsum + c), factor = hn::Set(d, scale);
    for (int64_t i = c; i < n * columns; i += columns) {
      const auto ds = hn::NegMulAdd(hn::LoadU(d, p + i), sum, hn::Mul(hn::LoadU(d, dropped + i), hn::LoadU(d, dp + i)));
      hn::StoreU(hn::Mul(factor, ds), d, dp + i);
    }
  });
}

// Rows from `row` on, in one piece if they are to be `copied`.
static Rows block_rows(int64_t row, int64_t count, int64_t width, Rows all, bool copied, float* memory) {
  const Rows rows = part(all, row, 0);
  if (!copied) return rows;
  copy_rows(count, width, rows, {memory, width});
  return {memory, width};
}

// Writes d_q of a block of queries, and writes or adds its share of d_k and d_v of the keys it sees.
static void block_gradient(const AttentionShape& shape, const AttentionHead& h, const AttentionGradient& g,
                           const QueryBlock& block, const std::vector<KeyBlock>& keys, bool add,
                           const GradientScratch& t) {
  const int64_t count = block.count, columns = padded(count);
  // The rows of one head fall into few sets of the cache, too few for all that long sequences need of them.
  const bool copied = keys.size() > 1, copied_keys = std::ssize(keys) > kManyBlocks;
  const Rows q = block_rows(block.first, count, h.width, h.q, copied, t.q);
  const Rows d_out = block_rows(block.first, count, h.width, g.d_out, copied, t.d_out);
  const Rows all_d_q = part(g.d_q, block.first, 0), d_q = copied ? Rows{t.d_q, h.width} : all_d_q;
  transpose(count, h.width, q, shape.scale, t.qt);
  transpose(count, h.width, d_out, 1.0f, t.d_out_t);
  rowsums(count, h.width, part(g.out, block.first, 0), d_out, t.rowsum);
  std::fill_n(t.largest, columns, 0.0f), std::fill_n(t.inverse, columns, 0.0f);  // those of added columns too
  std::copy_n(g.largest + block.first, count, t.largest), std::copy_n(g.inverse + block.first, count, t.inverse);
  for (int64_t i = 0; keys.empty() && i < count; ++i) std::fill_n(d_q.data + i * d_q.stride, h.width, 0.0f);
  for (const KeyBlock& b : keys) {
    const int64_t n = b.count;
    const Rows k = block_rows(b.first, n, h.width, h.k, copied_keys, t.k);
    const Rows v = block_rows(b.first, n, h.width, h.v, copied_keys, t.v);
    const Rows d_k = part(g.d_k, b.first, 0), d_v = part(g.d_v, b.first, 0);
    for (const Rows& next : {h.k, h.v, g.d_k, g.d_v}) prefetch_next(b, keys, h.width, next);
    scores(h, block, b, k, t.qt, t.p);
    softmax_known(n, columns, t.p, t.largest, t.inverse);
    float* dropped = t.p;
    if (shape.dropout.rate > 0) drop(shape, h, block, b, t.p, dropped = t.dropped);
    product(n, h.width, count, {dropped, columns, 1}, d_out.data, d_out.stride, d_v.data, d_v.stride, add);
    product(n, columns, h.width, {v.data, v.stride, 1}, t.d_out_t, columns, t.dp, columns, false);
    score_gradient(n, columns, shape.scale, t.p, dropped, t.rowsum, t.dp);
    product(count, h.width, n, {t.dp, 1, columns}, k.data, k.stride, d_q.data, d_q.stride,
            b.first > keys.front().first);
    product(n, h.width, count, {t.dp, columns, 1}, q.data, q.stride, d_k.data, d_k.stride, add);
  }
  if (copied) copy_rows(count, h.width, d_q, all_d_q);
}

// d_k and d_v of the keys that are not among `seen` become 0.
static void clear_unseen(const AttentionHead& h, const AttentionGradient& g, const std::vector<KeyBlock>& seen) {
  int64_t key = 0;
  const auto clear_to = [&](int64_t end) {
    for (; key < end; ++key) {
      std::fill_n(g.d_k.data + key * g.d_k.stride, h.width, 0.0f);
      std::fill_n(g.d_v.data + key * g.d_v.stride, h.width, 0.0f);
    }
  };
  for (const KeyBlock& b : seen) clear_to(b.first), key += b.count;
  clear_to(h.keys);
}

// Some blocks of queries of one head; d_k and d_v are their share of the keys' gradients, which they add to or write:
// then the first block writes what it sees, the others add.
void attend_backward(const AttentionShape& shape, const AttentionHead& h, const AttentionGradient& g,
                     std::span<const QueryBlock> blocks, bool add, float* scratch) {
  const GradientScratch t(scratch, h.width);
  std::vector<KeyBlock> keys;
  if (blocks.empty() && !add) clear_unseen(h, g, keys);
  for (size_t i = 0; i < blocks.size(); ++i) {
    find_keys(shape, h, blocks[i], keys);
    if (i == 0 && !add) clear_unseen(h, g, keys);
    block_gradient(shape, h, g, blocks[i], keys, add || i > 0, t);
  }
}

}  // namespace gamana::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {

namespace {

HWY_EXPORT(attend_backward);

// Some blocks of queries of one sequence. All ranges of a sequence but the first leave their share of d_k and d_v,
// [keys, 2 kv_heads * head_width], `share` floats into a buffer of the caller.
struct QueryRange {
  int64_t sequence;
  std::span<const QueryBlock> blocks;
  int64_t share;  // -1: the first
};

// One range a sequence, or more where there are too few sequences and heads to keep processors busy. Sizes alone
// decide.
std::vector<QueryRange> query_ranges(const AttentionShape& shape, std::span<const QueryBlock> blocks, int64_t& shared) {
  constexpr int64_t kEnoughItems = 8;
  const int64_t items = std::max<int64_t>(1, shape.sequences * shape.kv_count());
  std::vector<QueryRange> ranges;
  shared = 0;
  for (int64_t s = 0; s < shape.sequences; ++s) {
    const int64_t keys = shape.kv_offsets[s + 1] - shape.kv_offsets[s];
    const auto other = [s](const QueryBlock& b) { return b.sequence != s; };
    const int64_t count = std::find_if(blocks.begin(), blocks.end(), other) - blocks.begin();
    const int64_t pieces = std::clamp<int64_t>((kEnoughItems + items - 1) / items, 1, std::max<int64_t>(1, count));
    for (int64_t i = 0; i < pieces; ++i) {
      const int64_t begin = count * i / pieces, end = count * (i + 1) / pieces;
      ranges.push_back({s, blocks.subspan(begin, end - begin), i > 0 ? shared : -1});
      if (i > 0) shared += keys * 2 * shape.kv_count() * shape.head_width;
    }
    blocks = blocks.subspan(count);
  }
  return ranges;
}

// Adds the shares of later ranges to d_k and d_v, in the order of the ranges.
void add_shares(const AttentionShape& shape, const std::vector<QueryRange>& ranges, const float* shares, Rows d_k,
                Rows d_v) {
  const int64_t channels = int64_t(shape.kv_count()) * shape.head_width;
  for (const QueryRange& range : ranges) {
    if (range.share < 0) continue;
    const int64_t first = shape.kv_offsets[range.sequence], keys = shape.kv_offsets[range.sequence + 1] - first;
    parallel_for(keys, 64, [&](int64_t begin, int64_t end) {
      for (int64_t j = begin; j < end; ++j) {
        const float* share = shares + range.share + j * 2 * channels;
        float *k = d_k.data + (first + j) * d_k.stride, *v = d_v.data + (first + j) * d_v.stride;
        for (int64_t c = 0; c < channels; ++c) k[c] += share[c];
        for (int64_t c = 0; c < channels; ++c) v[c] += share[channels + c];
      }
    });
  }
}

}  // namespace

void attention_backward(const AttentionShape& shape, Rows q, Rows k, Rows v, Rows out, const float* stats, Rows d_out,
                        Rows d_q, Rows d_k, Rows d_v) {
  struct ForGradient;
  struct ForShares;
  const int64_t channels = int64_t(shape.kv_count()) * shape.head_width;
  int64_t shared = 0;
  const std::vector<QueryBlock> blocks = query_blocks(shape);
  const std::vector<QueryRange> ranges = query_ranges(shape, blocks, shared);
  float* shares = scratch<ForShares>(static_cast<size_t>(shared));
  // One item is all heads of queries that share keys and values, one after the other.
  const int64_t items = static_cast<int64_t>(ranges.size()) * shape.kv_count(), rows = shape.q_offsets[shape.sequences];
  parallel_for(items, attention_grain(shape, blocks, items), [&](int64_t begin, int64_t end) {
    float* memory = scratch<ForGradient>(GradientScratch::size(shape.head_width));
    for (int64_t item = begin; item < end; ++item) {
      const QueryRange& range = ranges[item / shape.kv_count()];
      const int64_t kv_head = item % shape.kv_count(), kv_column = kv_head * shape.head_width;
      const int64_t first_kv = shape.kv_offsets[range.sequence];
      const bool whole = range.share < 0;
      const Rows own_k = whole ? part(d_k, first_kv, kv_column) : Rows{shares + range.share + kv_column, 2 * channels};
      const Rows own_v = whole ? part(d_v, first_kv, kv_column) : part(own_k, 0, channels);
      for (int i = 0; i < shape.sharing(); ++i) {
        const int head = static_cast<int>(kv_head) * shape.sharing() + i;
        const int64_t column = int64_t(head) * shape.head_width;
        const AttentionHead h = attention_head(shape, q, k, v, range.sequence, head);
        const float* largest = stats + 2 * head * rows + h.row;
        const AttentionGradient g{part(out, h.row, column), part(d_out, h.row, column), part(d_q, h.row, column),
                                  own_k, own_v, largest, largest + rows};
        HWY_DYNAMIC_DISPATCH(attend_backward)(shape, h, g, range.blocks, i > 0, memory);
      }
    }
  });
  add_shares(shape, ranges, shares, d_k, d_v);
}

}  // namespace gamana::cpu
#endif
