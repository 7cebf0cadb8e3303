#include <vector>

#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/attention.h"
#include "gamana/kernels/cpu/scratch.h"
#include "gamana/kernels/targets.h"

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
    each_vector(width, [&](int64_t c, int64_t n) GAMANA_INLINE_BODY { sum = hn::MulAdd(load(a + c, n), load(b + c, n), sum); });
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
static void softmax_again(const AttentionShape& shape, const AttentionHead& h, int64_t query, int64_t count, int64_t seen,
                   const GradientScratch& t) {
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
static void block_gradient(const AttentionShape& shape, const AttentionHead& h, const AttentionGradient& g, int64_t query,
                    int64_t count, bool add, const GradientScratch& t) {
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
  const int64_t first_end = std::min(end, begin + kQueryBlock);
  const int64_t written = first_end > begin ? h.visible(shape, first_end - 1) : 0;  // by the first block
  for (int64_t j = written; j < h.keys; ++j) {
    std::fill_n(g.d_k.data + j * g.d_k.stride, h.width, 0.0f);
    std::fill_n(g.d_v.data + j * g.d_v.stride, h.width, 0.0f);
  }
  for (int64_t i = begin; i < end; i += kQueryBlock)
    block_gradient(shape, h, g, i, std::min(kQueryBlock, end - i), i > begin, t);
}

}  // namespace gamana::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {

HWY_EXPORT(attend_backward);

void attention_backward(const AttentionShape& shape, Rows q, Rows k, Rows v, Rows out, Rows d_out, Rows d_q, Rows d_k,
                        Rows d_v) {
  struct ForGradient;
  parallel_for(shape.sequences * shape.heads, 4, [&](int64_t begin, int64_t end) {
    float* memory = scratch<ForGradient>(GradientScratch::size(shape.head_width));
    for (int64_t item = begin; item < end; ++item) {
      const int64_t s = item / shape.heads, head = item % shape.heads, column = head * shape.head_width;
      const AttentionHead h = attention_head(shape, q, k, v, s, static_cast<int>(head));
      const int64_t first_kv = shape.kv_offsets[s];
      const AttentionGradient g{part(out, h.row, column), part(d_out, h.row, column), part(d_q, h.row, column),
                                part(d_k, first_kv, column), part(d_v, first_kv, column)};
      HWY_DYNAMIC_DISPATCH(attend_backward)(shape, h, g, 0, h.queries, memory);
    }
  });
}

}  // namespace gamana::cpu
#endif
