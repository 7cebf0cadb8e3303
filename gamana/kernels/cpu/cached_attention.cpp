#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/attention.h"
#include "gamana/kernels/cpu/scratch.h"
#include "gamana/base/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/cached_attention.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <limits>

#include "gamana/kernels/cpu/math-inl.h"

#ifndef GAMANA_KERNELS_CPU_CACHED_ATTENTION_CPP_
#define GAMANA_KERNELS_CPU_CACHED_ATTENTION_CPP_
namespace gamana::cpu {

// Heads of one query row: q, keys, values and out begin at the first head's first column, scores is [heads, pitch].
struct CachedHeads {
  int64_t count, width, pitch;
  float scale;
  const float* q;
  Rows keys, values;
  float *out, *scores;
};

}  // namespace gamana::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu::HWY_NAMESPACE {

HWY_INLINE int64_t cell(const CachedRow& row, int64_t j) {
  if (j == row.length - 1) return row.last;
  return row.cells ? row.cells[j] : row.first + j;
}

// The rows of keys [j, j + 4); behind the end the last one again.
struct FourRows {
  FourRows(const CachedRow& row, int64_t j, Rows rows) {
    for (int64_t i = 0; i < 4; ++i)
      at[i] = rows.data + cell(row, std::min<int64_t>(j + i, row.length - 1)) * rows.stride;
  }
  const float* at[4];
};

// Cells lie anywhere, so the CPU does not foresee the next four rows.
HWY_INLINE void prefetch(const FourRows& next, int64_t at, int64_t width) {
  for (int64_t c = at; c < at + width; c += 16)
    for (int i = 0; i < 4; ++i) hwy::Prefetch(next.at[i] + c);
}

#if HWY_TARGET != HWY_SCALAR
// The four sums of lanes i, i + 4, i + 8...
template <class V>
HWY_INLINE void store_folded(V v, float* out) {
  const hn::DFromV<V> d;
  if constexpr (hn::MaxLanes(d) > 4)
    store_folded(hn::Add(hn::LowerHalf(v), hn::UpperHalf(hn::Half<hn::DFromV<V>>(), v)), out);
  else
    hn::StoreU(v, d, out);
}
#endif

// The sums of all lanes of each of four vectors, times `scale`.
HWY_INLINE void store_sums(Vec v0, Vec v1, Vec v2, Vec v3, float scale, float* out) {
#if HWY_TARGET == HWY_SCALAR
  int i = 0;
  for (Vec v : {v0, v1, v2, v3}) out[i++] = scale * hn::GetLane(v);
#else
  const FloatTag d;
  const hn::RepartitionToWide<FloatTag> pairs;
  const auto v01 = hn::BitCast(pairs, hn::Add(hn::InterleaveLower(d, v0, v1), hn::InterleaveUpper(d, v0, v1)));
  const auto v23 = hn::BitCast(pairs, hn::Add(hn::InterleaveLower(d, v2, v3), hn::InterleaveUpper(d, v2, v3)));
  const Vec low = hn::BitCast(d, hn::InterleaveLower(pairs, v01, v23));
  const Vec high = hn::BitCast(d, hn::InterleaveUpper(pairs, v01, v23));
  store_folded(hn::Mul(hn::Set(d, scale), hn::Add(low, high)), out);
#endif
}

static void cached_scores(const CachedRow& row, const CachedHeads& h) {
  FourRows key(row, 0, h.keys);
  for (int64_t j = 0; j < row.length; j += 4) {
    const FourRows next(row, j + 4, h.keys);
    for (int64_t head = 0; head < h.count; ++head) {
      const int64_t at = head * h.width;
      Vec s0 = hn::Zero(FloatTag()), s1 = s0, s2 = s0, s3 = s0;
      prefetch(next, at, h.width);
      each_vector(h.width, [&](int64_t c, int64_t n) GAMANA_INLINE_BODY {
        const Vec q = load(h.q + at + c, n);
        s0 = hn::MulAdd(q, load(key.at[0] + at + c, n), s0);
        s1 = hn::MulAdd(q, load(key.at[1] + at + c, n), s1);
        s2 = hn::MulAdd(q, load(key.at[2] + at + c, n), s2);
        s3 = hn::MulAdd(q, load(key.at[3] + at + c, n), s3);
      });
      store_sums(s0, s1, s2, s3, h.scale, h.scores + head * h.pitch + j);
    }
    key = next;
  }
}

// Scores of one head become weights; those behind the end, up to a whole vector and a whole four, become 0.
static void cached_softmax(int64_t length, float* scores) {
  const FloatTag d;
  const int64_t end = (length + 3 + lanes()) / lanes() * lanes();
  for (int64_t i = length; i < end; ++i) scores[i] = -std::numeric_limits<float>::infinity();
  Vec largest = hn::Set(d, -std::numeric_limits<float>::max()), total = hn::Zero(d);
  for (int64_t i = 0; i < end; i += lanes()) largest = hn::Max(largest, hn::Load(d, scores + i));
  largest = hn::MaxOfLanes(d, largest);
  for (int64_t i = 0; i < end; i += lanes()) {
    const Vec e = exp(hn::Sub(hn::Load(d, scores + i), largest));
    total = hn::Add(total, e);
    hn::Store(e, d, scores + i);
  }
  const Vec factor = hn::Div(hn::Set(d, 1.0f), hn::SumOfLanes(d, total));
  for (int64_t i = 0; i < end; i += lanes()) hn::Store(hn::Mul(factor, hn::Load(d, scores + i)), d, scores + i);
}

static void cached_sums(const CachedRow& row, const CachedHeads& h) {
  FourRows value(row, 0, h.values);
  for (int64_t j = 0; j < row.length; j += 4) {
    const FourRows next(row, j + 4, h.values);
    for (int64_t head = 0; head < h.count; ++head) {
      const int64_t at = head * h.width;
      const float* weights = h.scores + head * h.pitch + j;
      const FloatTag d;
      const Vec w0 = hn::Set(d, weights[0]), w1 = hn::Set(d, weights[1]);
      const Vec w2 = hn::Set(d, weights[2]), w3 = hn::Set(d, weights[3]);
      prefetch(next, at, h.width);
      each_vector(h.width, [&](int64_t c, int64_t n) GAMANA_INLINE_BODY {
        float* out = h.out + at + c;
        Vec sum = hn::Mul(w0, load(value.at[0] + at + c, n));
        sum = hn::MulAdd(w1, load(value.at[1] + at + c, n), sum);
        sum = hn::MulAdd(w2, load(value.at[2] + at + c, n), sum);
        sum = hn::MulAdd(w3, load(value.at[3] + at + c, n), sum);
        store(j == 0 ? sum : hn::Add(sum, load(out, n)), out, n);
      });
    }
    value = next;
  }
}

// Keys and values are each walked once, a whole row (or its part of these heads) at a time.
void attend_cached(const CachedRow& row, const CachedHeads& h) {
  cached_scores(row, h);
  for (int64_t head = 0; head < h.count; ++head) cached_softmax(row.length, h.scores + head * h.pitch);
  cached_sums(row, h);
}

}  // namespace gamana::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {

HWY_EXPORT(attend_cached);

constexpr int64_t kLongestVector = 64;      // floats, of all instruction sets
constexpr int64_t kItemFloats = 64 * 1024;  // keys and values read for one parallel item, some microseconds

void cached_attention(int64_t rows, const CachedRow* row, int heads, int head_width, float scale, Rows q, Rows keys,
                      Rows values, float* out) {
  struct ForCache;
  int64_t longest = 0, lengths = 0;
  for (int64_t r = 0; r < rows; ++r) {
    longest = std::max<int64_t>(longest, row[r].length);
    lengths += row[r].length;
  }
  // Each head is computed alone, so that the cut into items does not show in the results. Few rows share their heads
  // out.
  const int64_t work = 2 * lengths * heads * head_width;
  const int64_t groups = rows < 16 ? std::clamp<int64_t>(work / kItemFloats / std::max<int64_t>(1, rows), 1, heads) : 1;
  const int64_t group = (heads + groups - 1) / groups, items = rows * groups;
  const int64_t grain = std::max<int64_t>(1, kItemFloats * items / std::max<int64_t>(1, work));
  const int64_t pitch = (longest + 3 + kLongestVector) / kLongestVector * kLongestVector;
  parallel_for(items, grain, [&](int64_t begin, int64_t end) {
    float* scores = scratch<ForCache>(static_cast<size_t>(group * pitch));
    for (int64_t item = begin; item < end; ++item) {
      const int64_t r = item / groups, head = item % groups * group, column = head * head_width;
      const int64_t count = std::min<int64_t>(group, heads - head);
      if (count <= 0) continue;
      const CachedHeads h{count,
                          head_width,
                          pitch,
                          scale,
                          q.data + r * q.stride + column,
                          {keys.data + column, keys.stride},
                          {values.data + column, values.stride},
                          out + r * heads * head_width + column,
                          scores};
      HWY_DYNAMIC_DISPATCH(attend_cached)(row[r], h);
    }
  });
}

}  // namespace gamana::cpu
#endif
