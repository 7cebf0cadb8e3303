// Scores, softmax and contexts of one target row over its source, and their gradients. Included once per instruction
// set.
#if defined(GAMANA_KERNELS_CPU_RNN_ALIGN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GAMANA_KERNELS_CPU_RNN_ALIGN_INL_H_
#undef GAMANA_KERNELS_CPU_RNN_ALIGN_INL_H_
#else
#define GAMANA_KERNELS_CPU_RNN_ALIGN_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include <hwy/highway.h>

#include "gamana/kernels/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

// e^{2x} with x cut to [-20, 20], where tanh is 1 to the last bit; products of two stay finite.
HWY_INLINE void double_exp(int64_t n, const float* x, float* y) {
  const FloatTag d;
  each_vector(n, [&](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    const Vec cut = hn::Min(hn::Set(d, 20.0f), hn::Max(hn::Set(d, -20.0f), load(x + i, count)));
    store(exp(hn::Add(cut, cut)), y + i, count);
  });
}

// u = 1 / (1 + e^{2K} e^{2q}), so that tanh(K + q) = 1 - 2u. One Newton step takes the approximate reciprocal to 1e-7.
HWY_INLINE Vec half_tanh(Vec key, Vec query) {
  const FloatTag d;
  const Vec y = hn::MulAdd(key, query, hn::Set(d, 1.0f));
  const Vec u = hn::ApproximateReciprocal(y);
  return hn::Mul(u, hn::NegMulAdd(y, u, hn::Set(d, 2.0f)));
}

// scores[j] = v tanh(K_j + q) - sum of v; the softmax does not see the constant. keys and query from double_exp.
HWY_INLINE void additive_scores(int64_t count, int64_t A, const float* keys, const float* query, const float* v,
                                float* scores) {
  const FloatTag d;
  for (int64_t j = 0; j < count; ++j) {
    const float* key = keys + j * A;
    Vec sum = hn::Zero(d);
    each_vector(A, [&](int64_t i, int64_t n) GAMANA_INLINE_BODY {
      sum = hn::MulAdd(load(v + i, n), half_tanh(load(key + i, n), load(query + i, n)), sum);
    });
    scores[j] = -2.0f * hn::GetLane(hn::SumOfLanes(d, sum));
  }
}

HWY_INLINE void softmax(int64_t n, float* x) {
  const float most = *std::max_element(x, x + n);
  each_vector(n, [&](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    store(exp(hn::Sub(load(x + i, count), hn::Set(FloatTag(), most))), x + i, count);
  });
  float total = 0;
  for (int64_t i = 0; i < n; ++i) total += x[i];
  for (int64_t i = 0; i < n; ++i) x[i] /= total;
}

// d_score = weight * (d_weight - sum of weight * d_weight); d_score may be either.
HWY_INLINE void softmax_grad(int64_t n, const float* weight, const float* d_weight, float* d_score) {
  float mean = 0;
  for (int64_t i = 0; i < n; ++i) mean += weight[i] * d_weight[i];
  for (int64_t i = 0; i < n; ++i) d_score[i] = weight[i] * (d_weight[i] - mean);
}

// query [A] in: from double_exp, out: its gradient. d_keys [count, A] and d_v [A] are added to.
HWY_INLINE void additive_grad(int64_t count, int64_t A, const float* keys, const float* v, const float* d_score,
                              float* query, float* d_keys, float* d_v) {
  const FloatTag d;
  each_vector(A, [&](int64_t i, int64_t n) GAMANA_INLINE_BODY {
    const Vec q = load(query + i, n), slope = hn::Mul(hn::Set(d, 4.0f), load(v + i, n));
    Vec d_query = hn::Zero(d), through_v = hn::Zero(d);
    for (int64_t j = 0; j < count; ++j) {
      const Vec u = half_tanh(load(keys + j * A + i, n), q), score = hn::Set(d, d_score[j]);
      const Vec d_sum = hn::Mul(hn::Mul(score, slope), hn::NegMulAdd(u, u, u));  // 1 - tanh^2 = 4 u (1 - u)
      d_query = hn::Add(d_query, d_sum);
      store(hn::Add(load(d_keys + j * A + i, n), d_sum), d_keys + j * A + i, n);
      through_v = hn::MulAdd(score, u, through_v);
    }
    store(d_query, query + i, n);
    // Sum of d_score * (1 - 2u), and the d_score of a softmax sum to 0.
    store(hn::NegMulAdd(hn::Set(d, 2.0f), through_v, load(d_v + i, n)), d_v + i, n);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#endif
