#include "gamana/kernels/cpu/functions.h"
#include "gamana/base/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/norm.cpp"
#include <hwy/foreach_target.h>  // first of Highway

#include <hwy/highway.h>

#include <cmath>
#include <vector>

#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/grain.h"
#include "gamana/kernels/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

// One row: its values are in L1 from the first pass on, so mean and variance take a pass each (no cancellation).
HWY_INLINE void norm_row(int64_t cols, const float* x, const float* residual, const Dropper drop, int64_t index,
                         const float* gain, const float* bias, bool centred, float eps, float* sum, float* y,
                         float* stats) {
  const FloatTag d;
  const float total = sum_of(cols, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    Vec v = drop(load(x + i, count), index + i);
    if (residual) v = hn::Add(v, load(residual + i, count));
    store(v, sum + i, count);
    return v;
  });
  const float mean = centred ? total / static_cast<float>(cols) : 0.0f;
  const Vec center = hn::Set(d, mean);
  const float squares = sum_of(cols, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    const Vec v = first(hn::Sub(load(sum + i, count), center), count);
    return hn::Mul(v, v);
  });
  const float inverse = 1.0f / std::sqrt(squares / static_cast<float>(cols) + eps);
  const Vec scale = hn::Set(d, inverse);
  each_vector(cols, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    const Vec normal = hn::Mul(hn::Sub(load(sum + i, count), center), scale);
    const Vec shift = bias ? load(bias + i, count) : hn::Zero(d);
    store(hn::MulAdd(normal, load(gain + i, count), shift), y + i, count);
  });
  stats[0] = mean, stats[1] = inverse;
}

void norm(int64_t rows, int64_t cols, const float* x, const float* residual, DropoutMask mask, const float* gain,
          const float* bias, bool centred, float eps, float* sum, float* y, float* stats) {
  parallel_for(rows, row_grain(cols), [=](int64_t begin, int64_t end) HWY_ATTR {
    const Dropper drop(mask);
    for (int64_t r = begin; r < end; ++r) {
      const int64_t at = r * cols;
      norm_row(cols, x + at, residual ? residual + at : nullptr, drop, at, gain, bias, centred, eps, sum + at,
               y + at, stats + 2 * r);
    }
  });
}

// With n = (sum - mean) * inverse and g = d_y * gain: d_sum = inverse * (g - mean(g) - n * mean(g * n)), without
// mean(g) where the norm is not centred.
// d_gain and d_bias are sums of one chunk of rows.
HWY_INLINE void norm_row_backward(int64_t cols, const float* d_y, const float* sum, const float* stats,
                                  const float* gain, bool centred, const Dropper drop, int64_t index, float* d_sum,
                                  float* d_x, float* d_gain, float* d_bias) {
  const FloatTag d;
  const Vec center = hn::Set(d, stats[0]), scale = hn::Set(d, stats[1]);
  const auto normal = [=](int64_t i, int64_t count)
                          GAMANA_INLINE_BODY { return hn::Mul(hn::Sub(load(sum + i, count), center), scale); };
  Vec g_sum = hn::Zero(d), gn_sum = g_sum;
  each_vector(cols, [=, &g_sum, &gn_sum](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    const Vec dy = load(d_y + i, count), n = normal(i, count), g = hn::Mul(dy, load(gain + i, count));
    g_sum = hn::Add(g_sum, g);
    gn_sum = hn::MulAdd(g, n, gn_sum);
    if (d_gain) store(hn::MulAdd(dy, n, load(d_gain + i, count)), d_gain + i, count);
    if (d_bias) store(hn::Add(dy, load(d_bias + i, count)), d_bias + i, count);
  });
  const Vec share = hn::Set(d, 1.0f / static_cast<float>(cols));
  const Vec g_mean = centred ? hn::Mul(hn::SumOfLanes(d, g_sum), share) : hn::Zero(d);
  const Vec gn_mean = hn::Mul(hn::SumOfLanes(d, gn_sum), share);
  each_vector(cols, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    const Vec g = hn::Mul(load(d_y + i, count), load(gain + i, count));
    const Vec v = hn::Mul(scale, hn::NegMulAdd(normal(i, count), gn_mean, hn::Sub(g, g_mean)));
    store(v, d_sum + i, count);
    if (d_x) store(drop(v, index + i), d_x + i, count);
  });
}

HWY_INLINE void add_row(int64_t cols, const float* x, float* to) {
  each_vector(cols, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    store(hn::Add(load(to + i, count), load(x + i, count)), to + i, count);
  });
}

void norm_backward(int64_t rows, int64_t cols, const float* d_y, const float* sum, const float* stats,
                   const float* gain, bool centred, DropoutMask mask, float* d_sum, float* d_x, float* d_gain,
                   float* d_bias) {
  // Chunk c sums its share of d_gain and d_bias in rows 2c and 2c + 1 of the scratch; at least 32 rows make that cheap.
  const int64_t grain = std::max<int64_t>(32, row_grain(cols)), chunks = (rows + grain - 1) / grain;
  thread_local std::vector<float> scratch;
  scratch.assign(static_cast<size_t>(chunks * 2 * cols), 0.0f);
  float* sums = scratch.data();
  parallel_for(rows, grain, [=](int64_t begin, int64_t end) HWY_ATTR {
    const Dropper drop(mask);
    float* chunk = sums + begin / grain * 2 * cols;
    for (int64_t r = begin; r < end; ++r) {
      const int64_t at = r * cols;
      norm_row_backward(cols, d_y + at, sum + at, stats + 2 * r, gain, centred, drop, at, d_sum + at,
                        d_x ? d_x + at : nullptr, d_gain ? chunk : nullptr, d_bias ? chunk + cols : nullptr);
    }
  });
  for (int64_t c = 0; c < chunks; ++c) {
    if (d_gain) add_row(cols, sums + c * 2 * cols, d_gain);
    if (d_bias) add_row(cols, sums + (c * 2 + 1) * cols, d_bias);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {

HWY_EXPORT(norm);
HWY_EXPORT(norm_backward);

void norm(int64_t rows, int64_t cols, const float* x, const float* residual, DropoutMask mask, const float* gain,
          const float* bias, bool centred, float eps, float* sum, float* y, float* stats) {
  HWY_DYNAMIC_DISPATCH(norm)(rows, cols, x, residual, mask, gain, bias, centred, eps, sum, y, stats);
}

void norm_backward(int64_t rows, int64_t cols, const float* d_y, const float* sum, const float* stats,
                   const float* gain, bool centred, DropoutMask mask, float* d_sum, float* d_x, float* d_gain,
                   float* d_bias) {
  HWY_DYNAMIC_DISPATCH(norm_backward)(rows, cols, d_y, sum, stats, gain, centred, mask, d_sum, d_x, d_gain, d_bias);
}

}  // namespace gamana::cpu
#endif
