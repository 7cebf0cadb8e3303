#include "gamana/kernels/cpu/functions.h"
#include "gamana/base/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/optimizer.cpp"
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

// An update reads and writes several arrays, so its chunks hold fewer elements.
constexpr int64_t kStepGrain = kGrain / 4;

HWY_INLINE double sum_of_squares_chunk(const float* x, int64_t begin, int64_t end) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> half;
  const int64_t step = static_cast<int64_t>(hn::Lanes(d));
  auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  const auto square = [=](int64_t i, auto sum) GAMANA_INLINE_BODY {
    const auto v = hn::PromoteTo(d, hn::LoadU(half, x + i));
    return hn::MulAdd(v, v, sum);
  };
  int64_t i = begin;
  for (; i + 4 * step <= end; i += 4 * step) {
    s0 = square(i, s0), s1 = square(i + step, s1);
    s2 = square(i + 2 * step, s2), s3 = square(i + 3 * step, s3);
  }
  double sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))));
  for (; i < end; ++i) sum += static_cast<double>(x[i]) * x[i];
  return sum;
}

double sum_of_squares(int64_t n, const float* x) {
  thread_local std::vector<double> scratch;
  scratch.resize(static_cast<size_t>((n + kGrain - 1) / kGrain));
  double* sums = scratch.data();
  parallel_for(n, kGrain, [=](int64_t begin, int64_t end)
                              HWY_ATTR { sums[begin / kGrain] = sum_of_squares_chunk(x, begin, end); });
  double sum = 0;
  for (double s : scratch) sum += s;
  return sum;
}

void adam(int64_t n, const AdamStep& step, const float* gradient, float* weight, float* moment1, float* moment2) {
  const AdamStep s = step;
  parallel_for(n, kStepGrain, [=](int64_t begin, int64_t end) HWY_ATTR {
    const FloatTag d;
    const Vec b1 = hn::Set(d, s.beta1), b2 = hn::Set(d, s.beta2), epsilon = hn::Set(d, s.epsilon);
    const Vec a1 = hn::Set(d, 1.0f - s.beta1), a2 = hn::Set(d, 1.0f - s.beta2);
    const Vec scale = hn::Set(d, s.gradient_scale), decay = hn::Set(d, s.decoupled ? 0.0f : s.weight_decay);
    const Vec shrink = hn::Set(d, s.decoupled ? s.rate * s.weight_decay : 0.0f);
    const Vec rate = hn::Set(d, s.rate / s.correction1), root = hn::Set(d, 1.0f / std::sqrt(s.correction2));
    each_vector(end - begin, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
      const int64_t at = begin + i;
      const Vec w = load(weight + at, count);
      const Vec g = hn::MulAdd(decay, w, hn::Mul(scale, load(gradient + at, count)));
      const Vec m = hn::MulAdd(b1, load(moment1 + at, count), hn::Mul(a1, g));
      const Vec v = hn::MulAdd(b2, load(moment2 + at, count), hn::Mul(a2, hn::Mul(g, g)));
      store(m, moment1 + at, count);
      store(v, moment2 + at, count);
      const Vec change = hn::Div(hn::Mul(rate, m), hn::MulAdd(hn::Sqrt(v), root, epsilon));
      store(hn::Sub(hn::NegMulAdd(shrink, w, w), change), weight + at, count);
    });
  });
}

void sgd(int64_t n, float rate, float momentum, float weight_decay, float gradient_scale, const float* gradient,
         float* weight, float* velocity) {
  parallel_for(n, kStepGrain, [=](int64_t begin, int64_t end) HWY_ATTR {
    const FloatTag d;
    const Vec inertia = hn::Set(d, momentum), scale = hn::Set(d, gradient_scale), decay = hn::Set(d, weight_decay);
    const Vec step = hn::Set(d, rate);
    each_vector(end - begin, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
      const int64_t at = begin + i;
      const Vec w = load(weight + at, count);
      const Vec g = hn::MulAdd(decay, w, hn::Mul(scale, load(gradient + at, count)));
      const Vec v = hn::MulAdd(inertia, load(velocity + at, count), g);
      store(v, velocity + at, count);
      store(hn::NegMulAdd(step, v, w), weight + at, count);
    });
  });
}

void adadelta(int64_t n, float rate, float rho, float epsilon, float gradient_scale, const float* gradient,
              float* weight, float* mean_square_gradient, float* mean_square_update) {
  parallel_for(n, kStepGrain, [=](int64_t begin, int64_t end) HWY_ATTR {
    const FloatTag d;
    const Vec keep = hn::Set(d, rho), fresh = hn::Set(d, 1.0f - rho), eps = hn::Set(d, epsilon);
    const Vec scale = hn::Set(d, gradient_scale), step = hn::Set(d, rate);
    each_vector(end - begin, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
      const int64_t at = begin + i;
      const Vec g = hn::Mul(scale, load(gradient + at, count)), before = load(mean_square_update + at, count);
      const Vec g2 = hn::MulAdd(keep, load(mean_square_gradient + at, count), hn::Mul(fresh, hn::Mul(g, g)));
      const Vec update = hn::Mul(hn::Sqrt(hn::Div(hn::Add(before, eps), hn::Add(g2, eps))), g);
      store(g2, mean_square_gradient + at, count);
      store(hn::MulAdd(keep, before, hn::Mul(fresh, hn::Mul(update, update))), mean_square_update + at, count);
      store(hn::NegMulAdd(step, update, load(weight + at, count)), weight + at, count);
    });
  });
}

void moving_average(int64_t n, float decay, const float* weight, float* average) {
  parallel_for(n, kStepGrain, [=](int64_t begin, int64_t end) HWY_ATTR {
    const FloatTag d;
    const Vec keep = hn::Set(d, decay), fresh = hn::Set(d, 1.0f - decay);
    each_vector(end - begin, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
      const int64_t at = begin + i;
      const Vec share = hn::Mul(fresh, load(weight + at, count));
      store(hn::MulAdd(keep, load(average + at, count), share), average + at, count);
    });
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {

HWY_EXPORT(sum_of_squares);
HWY_EXPORT(adam);
HWY_EXPORT(sgd);
HWY_EXPORT(adadelta);
HWY_EXPORT(moving_average);

double sum_of_squares(int64_t n, const float* x) { return HWY_DYNAMIC_DISPATCH(sum_of_squares)(n, x); }

void adam(int64_t n, const AdamStep& step, const float* gradient, float* weight, float* moment1, float* moment2) {
  HWY_DYNAMIC_DISPATCH(adam)(n, step, gradient, weight, moment1, moment2);
}

void sgd(int64_t n, float rate, float momentum, float weight_decay, float gradient_scale, const float* gradient,
         float* weight, float* velocity) {
  HWY_DYNAMIC_DISPATCH(sgd)(n, rate, momentum, weight_decay, gradient_scale, gradient, weight, velocity);
}

void adadelta(int64_t n, float rate, float rho, float epsilon, float gradient_scale, const float* gradient,
              float* weight, float* mean_square_gradient, float* mean_square_update) {
  HWY_DYNAMIC_DISPATCH(adadelta)
  (n, rate, rho, epsilon, gradient_scale, gradient, weight, mean_square_gradient, mean_square_update);
}

void moving_average(int64_t n, float decay, const float* weight, float* average) {
  HWY_DYNAMIC_DISPATCH(moving_average)(n, decay, weight, average);
}

}  // namespace gamana::cpu
#endif
