#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/attention.h"
#include "gamana/kernels/cpu/scratch.h"
#include "gamana/kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/cached_attention.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include <algorithm>
#include <limits>

#include "gamana/kernels/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu::HWY_NAMESPACE {

HWY_INLINE int64_t cell(const CachedRow& row, int64_t j) {
  if (j == row.length - 1) return row.last;
  return row.cells ? row.cells[j] : row.first + j;
}

// The head's query against all keys.
HWY_INLINE void cached_scores(const CachedRow& row, int64_t width, float scale, const float* q, const float* keys,
                              int64_t stride, float* scores) {
  for (int64_t j = 0; j < row.length; ++j) {
    const float* key = keys + cell(row, j) * stride;
    Vec sum = hn::Zero(FloatTag());
    each_vector(width, [&](int64_t c, int64_t n) GAMANA_INLINE_BODY {
      sum = hn::MulAdd(load(q + c, n), load(key + c, n), sum);
    });
    scores[j] = scale * hn::GetLane(hn::SumOfLanes(FloatTag(), sum));
  }
}

// scores become exp(score - largest); returns the inverse of their sum.
HWY_INLINE float cached_softmax(int64_t length, float* scores) {
  const FloatTag d;
  const Vec lowest = hn::Set(d, -std::numeric_limits<float>::max());
  Vec largest = lowest, total = hn::Zero(d);
  for (int64_t i = length; i < (length + lanes() - 1) / lanes() * lanes(); ++i)
    scores[i] = -std::numeric_limits<float>::infinity();
  for (int64_t i = 0; i < length; i += lanes()) largest = hn::Max(largest, hn::Load(d, scores + i));
  largest = hn::MaxOfLanes(d, largest);
  for (int64_t i = 0; i < length; i += lanes()) {
    const Vec e = exp(hn::Sub(hn::Load(d, scores + i), largest));
    total = hn::Add(total, e);
    hn::Store(e, d, scores + i);
  }
  return 1.0f / hn::GetLane(hn::SumOfLanes(d, total));
}

// Heads [begin, end) of one query row; q, keys, values and out begin at column 0. scores: one per key, rounded up to
// whole vectors.
void attend_cached(const CachedRow& row, int64_t begin, int64_t end, int64_t width, float scale, const float* q,
                   Rows keys, Rows values, float* out, float* scores) {
  for (int64_t head = begin; head < end; ++head) {
    const int64_t at = head * width;
    cached_scores(row, width, scale, q + at, keys.data + at, keys.stride, scores);
    const float factor = cached_softmax(row.length, scores);
    each_vector(width, [&](int64_t c, int64_t n) GAMANA_INLINE_BODY {
      Vec sum = hn::Zero(FloatTag());
      for (int64_t j = 0; j < row.length; ++j)
        sum = hn::MulAdd(hn::Set(FloatTag(), scores[j]), load(values.data + cell(row, j) * values.stride + at + c, n), sum);
      store(hn::Mul(hn::Set(FloatTag(), factor), sum), out + at + c, n);
    });
  }
}

}  // namespace gamana::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {

HWY_EXPORT(attend_cached);

void cached_attention(int64_t rows, const CachedRow* row, int heads, int head_width, float scale, Rows q, Rows keys,
                      Rows values, float* out) {
  struct ForCache;
  constexpr int64_t kLongestVector = 64;  // floats; the scores of a row are rounded up to whole vectors
  parallel_for(rows, 4, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      float* scores = scratch<ForCache>(row[r].length + kLongestVector);
      HWY_DYNAMIC_DISPATCH(attend_cached)(row[r], 0, heads, head_width, scale, q.data + r * q.stride, keys, values,
                                          out + r * heads * head_width, scores);
    }
  });
}

}  // namespace gamana::cpu
#endif
