#include "gamana/kernels/cpu/functions.h"
#include "gamana/base/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/loss.cpp"
#include <hwy/foreach_target.h>  // first of Highway

#include <hwy/highway.h>

#include <cmath>
#include <limits>

#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/grain.h"
#include "gamana/kernels/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

// The largest of x + bias; four at once hide the latency. NaN may be missed: the sum of exponentials finds it.
HWY_INLINE float max_of(int64_t n, const float* x, const float* bias) {
  const FloatTag d;
  const int64_t step = lanes();
  const Vec lowest = hn::Set(d, -std::numeric_limits<float>::infinity());
  const auto value = [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    const Vec v = load(x + i, count);
    return bias ? hn::Add(v, load(bias + i, count)) : v;
  };
  Vec m0 = lowest, m1 = lowest, m2 = lowest, m3 = lowest;
  int64_t i = 0;
  for (; i + 4 * step <= n; i += 4 * step) {
    m0 = hn::Max(m0, value(i, step)), m1 = hn::Max(m1, value(i + step, step));
    m2 = hn::Max(m2, value(i + 2 * step, step)), m3 = hn::Max(m3, value(i + 3 * step, step));
  }
  for (; i + step <= n; i += step) m0 = hn::Max(m0, value(i, step));
  if (i < n) m0 = hn::Max(m0, hn::IfThenElse(hn::FirstN(d, static_cast<size_t>(n - i)), value(i, n - i), lowest));
  return hn::GetLane(hn::MaxOfLanes(d, hn::Max(hn::Max(m0, m1), hn::Max(m2, m3))));
}

// With z = logits - max and p = softmax: loss = log sum(exp z) - (1 - smoothing) z[target] - smoothing mean(z),
// d logits = p - (1 - smoothing) [target] - smoothing / vocabulary. Three passes, the last two over a row in L2.
HWY_INLINE void cross_entropy_row(int64_t n, float* logits, const float* bias, int32_t target, float smoothing,
                                  float scale, float* loss, float* nll) {
  const FloatTag d;
  const float highest = max_of(n, logits, bias);
  const float at_target = logits[target] + (bias ? bias[target] : 0.0f) - highest;
  const Vec top = hn::Set(d, highest);
  Vec z_sums = hn::Zero(d);
  const float sum = sum_of(n, [=, &z_sums](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    Vec z = load(logits + i, count);
    if (bias) z = hn::Add(z, load(bias + i, count));
    z = hn::Sub(z, top);
    z_sums = hn::Add(z_sums, first(z, count));
    const Vec e = exp(z);
    store(e, logits + i, count);
    return first(e, count);
  });
  const float uniform = smoothing / static_cast<float>(n), log_sum = std::log(sum);
  const Vec factor = hn::Set(d, scale / sum), shift = hn::Set(d, -scale * uniform);
  each_vector(n, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    store(hn::MulAdd(load(logits + i, count), factor, shift), logits + i, count);
  });
  logits[target] -= scale * (1.0f - smoothing);
  *nll = log_sum - at_target;
  *loss = *nll;
  if (smoothing > 0.0f)
    *loss = log_sum - (1.0f - smoothing) * at_target - uniform * hn::GetLane(hn::SumOfLanes(d, z_sums));
}

void cross_entropy(int64_t rows, int64_t vocabulary, float* logits, const float* bias, const int32_t* targets,
                   float smoothing, float scale, float* loss, float* nll) {
  parallel_for(rows, row_grain(vocabulary), [=](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t r = begin; r < end; ++r)
      cross_entropy_row(vocabulary, logits + r * vocabulary, bias, targets[r], smoothing, scale, loss + r, nll + r);
  });
}

// With z = (logits - max) / T and the same of the teacher, e = exp: KL = sum(e_t (z_t - z)) / sum(e_t) - log sum(e_t) +
// log sum(e).
HWY_INLINE void distillation_row(int64_t n, float* logits, const float* bias, float* teacher,
                                 const float* teacher_bias, float temperature, float scale, float* loss) {
  const FloatTag d;
  const Vec factor = hn::Set(d, 1.0f / temperature);
  const Vec top = hn::Set(d, max_of(n, logits, bias)), top_teacher = hn::Set(d, max_of(n, teacher, teacher_bias));
  const auto scaled = [=](const float* x, const float* b, Vec highest, int64_t i, int64_t count) GAMANA_INLINE_BODY {
    Vec z = load(x + i, count);
    if (b) z = hn::Add(z, load(b + i, count));
    return hn::Mul(factor, hn::Sub(z, highest));
  };
  Vec sums = hn::Zero(d), differences = hn::Zero(d);
  const float sum_teacher = sum_of(n, [=, &sums, &differences](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    const Vec z = scaled(logits, bias, top, i, count), t = scaled(teacher, teacher_bias, top_teacher, i, count);
    const Vec e = exp(z), e_teacher = exp(t);
    sums = hn::Add(sums, first(e, count));
    differences = hn::Add(differences, first(hn::Mul(e_teacher, hn::Sub(t, z)), count));
    store(e, logits + i, count), store(e_teacher, teacher + i, count);
    return first(e_teacher, count);
  });
  const float sum = hn::GetLane(hn::SumOfLanes(d, sums)), weight = scale * temperature;
  const Vec own = hn::Set(d, weight / sum), other = hn::Set(d, weight / sum_teacher);
  each_vector(n, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    store(hn::MulSub(load(logits + i, count), own, hn::Mul(load(teacher + i, count), other)), logits + i, count);
  });
  *loss = temperature * temperature *
          (hn::GetLane(hn::SumOfLanes(d, differences)) / sum_teacher - std::log(sum_teacher) + std::log(sum));
}

void distillation(int64_t rows, int64_t vocabulary, float* logits, const float* bias, float* teacher,
                  const float* teacher_bias, float temperature, float scale, float* loss) {
  parallel_for(rows, row_grain(vocabulary), [=](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t r = begin; r < end; ++r)
      distillation_row(vocabulary, logits + r * vocabulary, bias, teacher + r * vocabulary, teacher_bias, temperature,
                       scale, loss + r);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {

HWY_EXPORT(cross_entropy);
HWY_EXPORT(distillation);

void cross_entropy(int64_t rows, int64_t vocabulary, float* logits, const float* bias, const int32_t* targets,
                   float smoothing, float scale, float* loss, float* nll) {
  HWY_DYNAMIC_DISPATCH(cross_entropy)(rows, vocabulary, logits, bias, targets, smoothing, scale, loss, nll);
}

void distillation(int64_t rows, int64_t vocabulary, float* logits, const float* bias, float* teacher,
                  const float* teacher_bias, float temperature, float scale, float* loss) {
  HWY_DYNAMIC_DISPATCH(distillation)(rows, vocabulary, logits, bias, teacher, teacher_bias, temperature, scale, loss);
}

}  // namespace gamana::cpu
#endif
