#include "gamana/kernels/cpu/functions.h"
#include "gamana/base/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/rotary.cpp"
#include <hwy/foreach_target.h>  // first of Highway

#include <hwy/highway.h>

#include <cmath>
#include <vector>

#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/grain.h"
#include "gamana/kernels/cpu/math-inl.h"
#include "gamana/kernels/cpu/scratch.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

// Channels a and b become a cos - b sin and a sin + b cos.
HWY_INLINE void turn_halves(int64_t half, const float* cosines, const float* sines, float* x) {
  each_vector(half, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    const Vec a = load(x + i, count), b = load(x + half + i, count);
    const Vec cosine = load(cosines + i, count), sine = load(sines + i, count);
    store(hn::NegMulAdd(b, sine, hn::Mul(a, cosine)), x + i, count);
    store(hn::MulAdd(a, sine, hn::Mul(b, cosine)), x + half + i, count);
  });
}

HWY_INLINE void turn_neighbours(int64_t half, const float* cosines, const float* sines, float* x) {
  for (int64_t i = 0; i < half; ++i, x += 2) {
    const float a = x[0], b = x[1];
    x[0] = a * cosines[i] - b * sines[i];
    x[1] = a * sines[i] + b * cosines[i];
  }
}

// One row: all its heads turn by the same angles.
void rotate_row(const Rotation& rotation, const float* cosines, const float* sines, float* x) {
  const int64_t half = rotation.width / 2;
  for (int head = 0; head < rotation.heads; ++head, x += rotation.head_width)
    rotation.interleaved ? turn_neighbours(half, cosines, sines, x) : turn_halves(half, cosines, sines, x);
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {

HWY_EXPORT(rotate_row);

// Angles are taken in double: thousands of radians in f32 would be off in the fourth digit.
void rotate(int64_t rows, const Rotation& rotation, const int32_t* positions, bool back, Rows x) {
  struct ForRotation;
  const int64_t half = rotation.width / 2;
  thread_local std::vector<double> frequencies;
  frequencies.resize(static_cast<size_t>(half));
  for (int64_t i = 0; i < half; ++i)
    frequencies[i] = std::pow(double(rotation.theta), -2.0 * static_cast<double>(i) / rotation.width);
  const double* frequency = frequencies.data();
  const int64_t grain = row_grain(int64_t(rotation.heads) * rotation.head_width);
  parallel_for(rows, grain, [=, &rotation](int64_t begin, int64_t end) {
    float *cosines = scratch<ForRotation>(static_cast<size_t>(2 * half)), *sines = cosines + half;
    for (int64_t r = begin; r < end; ++r) {
      for (int64_t i = 0; i < half; ++i) {
        const double angle = positions[r] * frequency[i];
        cosines[i] = static_cast<float>(std::cos(angle));
        sines[i] = static_cast<float>(back ? -std::sin(angle) : std::sin(angle));
      }
      HWY_DYNAMIC_DISPATCH(rotate_row)(rotation, cosines, sines, x.data + r * x.stride);
    }
  });
}

}  // namespace gamana::cpu
#endif
