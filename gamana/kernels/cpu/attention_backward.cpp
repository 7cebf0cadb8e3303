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

// The gradients of one head, and what it needs of the forward pass; the matrices begin at its first row and column.
struct AttentionGradient {
  Rows out, d_out, d_q, d_k, d_v;
};

// Memory for one block of queries and one of keys: four vectors [columns], three matrices [keys, columns], two [width,
// columns].
struct GradientScratch {
  GradientScratch(float* memory, int64_t width)
      : largest(memory),
        inverse(largest + kQueryBlock),
        shrink(inverse + kQueryBlock),
        rowsum(shrink + kQueryBlock),
        p(rowsum + kQueryBlock),
        dropped(p + kKeyBlock * kQueryBlock),
        dp(dropped + kKeyBlock * kQueryBlock),
        qt(dp + kKeyBlock * kQueryBlock),
        d_out_t(qt + width * kQueryBlock) {}
  static size_t size(int64_t width) { return static_cast<size_t>((4 + 3 * kKeyBlock + 2 * width) * kQueryBlock); }
  float *largest, *inverse, *shrink, *rowsum, *p, *dropped, *dp, *qt, *d_out_t;
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

// The largest score and the inverse sum of each query; leaves the weights in t.p if the keys seen fit one block.
static void softmax_again(const AttentionShape& shape, const AttentionHead& h, int64_t query, int64_t count,
                          int64_t seen, const GradientScratch& t) {
  const int64_t columns = padded(count);
  softmax_begin(columns, t.largest, t.inverse);
  for (int64_t key = 0; key < seen; key += kKeyBlock) {
    const int64_t n = std::min(kKeyBlock, seen - key);
    scores(shape, h, query, count, key, n, t.qt, t.p);
    softmax_block(n, columns, t.p, t.largest, t.inverse, t.shrink);
  }
  softmax_end(columns, t.inverse);
  if (seen <= kKeyBlock) scale_columns(seen, columns, t.inverse, t.p);
}

// Queries [query, query + count): writes their d_q, and writes or adds their share of d_k and d_v of the keys they see.
static void block_gradient(const AttentionShape& shape, const AttentionHead& h, const AttentionGradient& g,
                           int64_t query, int64_t count, bool add, const GradientScratch& t) {
  const int64_t columns = padded(count), seen = h.visible(shape, query + count - 1);
  const Rows q = part(h.q, query, 0), d_out = part(g.d_out, query, 0), d_q = part(g.d_q, query, 0);
  transpose(count, h.width, q, shape.scale, t.qt);
  transpose(count, h.width, d_out, 1.0f, t.d_out_t);
  rowsums(count, h.width, part(g.out, query, 0), d_out, t.rowsum);
  softmax_again(shape, h, query, count, seen, t);
  for (int64_t i = 0; seen == 0 && i < count; ++i) std::fill_n(d_q.data + i * d_q.stride, h.width, 0.0f);
  for (int64_t key = 0; key < seen; key += kKeyBlock) {
    const int64_t n = std::min(kKeyBlock, seen - key);
    const Rows k = part(h.k, key, 0), v = part(h.v, key, 0), d_k = part(g.d_k, key, 0), d_v = part(g.d_v, key, 0);
    if (seen > kKeyBlock) {
      scores(shape, h, query, count, key, n, t.qt, t.p);
      softmax_known(n, columns, t.p, t.largest, t.inverse);
    }
    float* dropped = t.p;
    if (shape.dropout.rate > 0) drop(shape, h, query, columns, key, n, t.p, dropped = t.dropped);
    product(n, h.width, count, {dropped, columns, 1}, d_out.data, d_out.stride, d_v.data, d_v.stride, add);
    product(n, columns, h.width, {v.data, v.stride, 1}, t.d_out_t, columns, t.dp, columns, false);
    score_gradient(n, columns, shape.scale, t.p, dropped, t.rowsum, t.dp);
    product(count, h.width, n, {t.dp, 1, columns}, k.data, k.stride, d_q.data, d_q.stride, key > 0);
    product(n, h.width, count, {t.dp, columns, 1}, q.data, q.stride, d_k.data, d_k.stride, add);
  }
}

// Queries [begin, end) of one head, in blocks; d_k and d_v are their share of the keys' gradients.
void attend_backward(const AttentionShape& shape, const AttentionHead& h, const AttentionGradient& g, int64_t begin,
                     int64_t end, float* scratch) {
  const GradientScratch t(scratch, h.width);
  const int64_t block = query_block(h.queries), first_end = std::min(end, begin + block);
  const int64_t written = first_end > begin ? h.visible(shape, first_end - 1) : 0;  // by the first block
  for (int64_t j = written; j < h.keys; ++j) {
    std::fill_n(g.d_k.data + j * g.d_k.stride, h.width, 0.0f);
    std::fill_n(g.d_v.data + j * g.d_v.stride, h.width, 0.0f);
  }
  for (int64_t i = begin; i < end; i += block) block_gradient(shape, h, g, i, std::min(block, end - i), i > begin, t);
}

}  // namespace gamana::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {

namespace {

HWY_EXPORT(attend_backward);

// Queries [begin, end) of one sequence. All ranges of a sequence but the first leave their share of d_k and d_v, [keys,
// 2 heads * head_width], `share` floats into a buffer of the caller.
struct QueryRange {
  int64_t sequence, begin, end, share;
};

// One range a sequence, or more where there are too few sequences and heads to keep processors busy. Sizes alone
// decide.
std::vector<QueryRange> query_ranges(const AttentionShape& shape, int64_t& shared) {
  constexpr int64_t kEnoughItems = 8;
  const int64_t items = std::max<int64_t>(1, shape.sequences * shape.heads);
  std::vector<QueryRange> ranges;
  shared = 0;
  for (int64_t s = 0; s < shape.sequences; ++s) {
    const int64_t queries = shape.q_offsets[s + 1] - shape.q_offsets[s];
    const int64_t keys = shape.kv_offsets[s + 1] - shape.kv_offsets[s];
    const int64_t block = query_block(queries), blocks = (queries + block - 1) / block;
    const int64_t pieces = std::clamp<int64_t>((kEnoughItems + items - 1) / items, 1, std::max<int64_t>(1, blocks));
    for (int64_t i = 0; i < pieces; ++i) {
      const int64_t begin = blocks * i / pieces * block, end = blocks * (i + 1) / pieces * block;
      ranges.push_back({s, begin, std::min(queries, end), shared});
      if (i > 0) shared += keys * 2 * shape.heads * shape.head_width;
    }
  }
  return ranges;
}

// Adds the shares of later ranges to d_k and d_v, in the order of the ranges.
void add_shares(const AttentionShape& shape, const std::vector<QueryRange>& ranges, const float* shares, Rows d_k,
                Rows d_v) {
  const int64_t channels = int64_t(shape.heads) * shape.head_width;
  for (const QueryRange& range : ranges) {
    if (range.begin == 0) continue;
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

void attention_backward(const AttentionShape& shape, Rows q, Rows k, Rows v, Rows out, Rows d_out, Rows d_q, Rows d_k,
                        Rows d_v) {
  struct ForGradient;
  struct ForShares;
  const int64_t channels = int64_t(shape.heads) * shape.head_width;
  int64_t shared = 0;
  const std::vector<QueryRange> ranges = query_ranges(shape, shared);
  float* shares = scratch<ForShares>(static_cast<size_t>(shared));
  const int64_t items = static_cast<int64_t>(ranges.size()) * shape.heads;
  parallel_for(items, attention_grain(shape, items), [&](int64_t begin, int64_t end) {
    float* memory = scratch<ForGradient>(GradientScratch::size(shape.head_width));
    for (int64_t item = begin; item < end; ++item) {
      const QueryRange& range = ranges[item / shape.heads];
      const int64_t head = item % shape.heads, column = head * shape.head_width;
      const int64_t first_kv = shape.kv_offsets[range.sequence];
      const AttentionHead h = attention_head(shape, q, k, v, range.sequence, static_cast<int>(head));
      AttentionGradient g{part(out, h.row, column), part(d_out, h.row, column), part(d_q, h.row, column),
                          part(d_k, first_kv, column), part(d_v, first_kv, column)};
      if (range.begin > 0) {
        g.d_k = {shares + range.share + column, 2 * channels};
        g.d_v = {shares + range.share + channels + column, 2 * channels};
      }
      HWY_DYNAMIC_DISPATCH(attend_backward)(shape, h, g, range.begin, range.end, memory);
    }
  });
  add_shares(shape, ranges, shares, d_k, d_v);
}

}  // namespace gamana::cpu
#endif
