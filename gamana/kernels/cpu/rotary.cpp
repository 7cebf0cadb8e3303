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

// The same of channels 2 i and 2 i + 1.
HWY_INLINE void turn_neighbours(int64_t half, const float* cosines, const float* sines, float* x) {
  const FloatTag d;
  int64_t i = 0;
  for (; i + lanes() <= half; i += lanes()) {
    Vec a, b;
    hn::LoadInterleaved2(d, x + 2 * i, a, b);
    const Vec cosine = hn::LoadU(d, cosines + i), sine = hn::LoadU(d, sines + i);
    hn::StoreInterleaved2(hn::NegMulAdd(b, sine, hn::Mul(a, cosine)), hn::MulAdd(a, sine, hn::Mul(b, cosine)), d, x + 2 * i);
  }
  for (; i < half; ++i) {
    float &a = x[2 * i], &b = x[2 * i + 1];
    const float before = a;
    a = before * cosines[i] - b * sines[i];
    b = before * sines[i] + b * cosines[i];
  }
}

// cos and sin of `position` times each frequency, which counts quarter turns. The angle is reduced to an eighth of a turn
// in double (thousands of radians in f32 would be off in the fourth digit), then polynomials of Cephes (sinf.c), 1e-7.
// Arrays have whole vectors.
HWY_INLINE void angles(int64_t half, const double* frequencies, int32_t position, bool back, int32_t* quarters,
                       float* cosines, float* sines) {
  constexpr double kMagic = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to the nearest integer
  for (int64_t i = 0; i < half; ++i) {
    const double angle = position * frequencies[i], whole = angle + kMagic - kMagic;
    quarters[i] = static_cast<int32_t>(whole);
    cosines[i] = static_cast<float>((angle - whole) * M_PI_2);
  }
  const FloatTag d;
  const hn::RebindToSigned<FloatTag> di;
  for (int64_t i = 0; i < half; i += lanes()) {
    const Vec x = hn::Load(d, cosines + i), z = hn::Mul(x, x);
    Vec s = hn::MulAdd(z, hn::Set(d, -1.9515295891e-4f), hn::Set(d, 8.3321608736e-3f));
    s = hn::MulAdd(s, z, hn::Set(d, -1.6666654611e-1f));
    s = hn::MulAdd(hn::Mul(s, z), x, x);
    Vec c = hn::MulAdd(z, hn::Set(d, 2.443315711809948e-5f), hn::Set(d, -1.388731625493765e-3f));
    c = hn::MulAdd(c, z, hn::Set(d, 4.166664568298827e-2f));
    c = hn::MulAdd(hn::MulAdd(c, z, hn::Set(d, -0.5f)), z, hn::Set(d, 1.0f));
    // A quarter turn makes (cos, sin) of (-sin, cos).
    const auto q = hn::Load(di, quarters + i);
    const auto two = hn::Set(di, 2);
    const auto odd = hn::RebindMask(d, hn::TestBit(q, hn::Set(di, 1)));
    const auto cosine_flips = hn::RebindMask(d, hn::TestBit(hn::Add(q, hn::Set(di, 1)), two));
    const auto sine_flips = hn::RebindMask(d, hn::TestBit(back ? hn::Add(q, two) : q, two));
    const Vec cosine = hn::IfThenElse(odd, s, c), sine = hn::IfThenElse(odd, c, s);
    hn::Store(hn::IfThenElse(cosine_flips, hn::Neg(cosine), cosine), d, cosines + i);
    hn::Store(hn::IfThenElse(sine_flips, hn::Neg(sine), sine), d, sines + i);
  }
}

// One row: all its heads turn by the same angles. scratch: three arrays of `stride` floats.
void rotate_row(const Rotation& rotation, const double* frequencies, int32_t position, bool back, int64_t stride,
                float* scratch, float* x) {
  const int64_t half = rotation.width / 2;
  float *cosines = scratch, *sines = cosines + stride;
  angles(half, frequencies, position, back, reinterpret_cast<int32_t*>(sines + stride), cosines, sines);
  for (int head = 0; head < rotation.heads; ++head, x += rotation.head_width)
    rotation.interleaved ? turn_neighbours(half, cosines, sines, x) : turn_halves(half, cosines, sines, x);
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {

HWY_EXPORT(rotate_row);

void rotate(int64_t rows, const Rotation& rotation, const int32_t* positions, bool back, Rows x) {
  struct ForRotation;
  const int64_t half = rotation.width / 2, stride = (half + 63) / 64 * 64;  // floats of whole vectors
  thread_local std::vector<double> quarters;                                // frequencies in quarter turns
  quarters.resize(static_cast<size_t>(half));
  for (int64_t i = 0; i < half; ++i) quarters[i] = M_2_PI * rotation.frequencies[i];
  const double* frequencies = quarters.data();
  const int64_t grain = row_grain(int64_t(rotation.heads) * rotation.head_width);
  parallel_for(rows, grain, [=, &rotation](int64_t begin, int64_t end) {
    float* memory = scratch<ForRotation>(static_cast<size_t>(3 * stride));
    for (int64_t r = begin; r < end; ++r) {
      float* row = x.data + r * x.stride;
      HWY_DYNAMIC_DISPATCH(rotate_row)(rotation, frequencies, positions[r], back, stride, memory, row);
    }
  });
}

}  // namespace gamana::cpu
#endif
