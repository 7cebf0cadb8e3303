// What loops over vectors share, of kernels and of others: loads and stores of the last, partial vector of a row, sums,
// exp. Included after "hwy/foreach_target.h"; compiled per instruction set. NaN stays NaN everywhere, so that a run that
// diverges is seen.
#if defined(GAMANA_BASE_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GAMANA_BASE_VECTOR_INL_H_
#undef GAMANA_BASE_VECTOR_INL_H_
#else
#define GAMANA_BASE_VECTOR_INL_H_
#endif

#include <cstdint>

#include <hwy/highway.h>

// The body of a loop as a lambda: [=](...) GAMANA_INLINE_BODY { ... }. Capture by value: vector stores may alias
// anything, so what is reached through a reference is loaded again after each store.
#undef GAMANA_INLINE_BODY
#define GAMANA_INLINE_BODY HWY_ATTR __attribute__((always_inline))

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using Vec = hn::Vec<FloatTag>;

HWY_INLINE int64_t lanes() { return static_cast<int64_t>(hn::Lanes(FloatTag())); }

// The first `count` lanes of p, 1 <= count <= lanes(); the others are 0 and are not read.
HWY_INLINE Vec load(const float* p, int64_t count) {
  const FloatTag d;
  if (HWY_LIKELY(count >= lanes())) return hn::LoadU(d, p);
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  return hn::MaskedLoad(hn::FirstN(d, static_cast<size_t>(count)), d, p);
#else  // here MaskedLoad reads the whole vector
  HWY_ALIGN float part[HWY_MAX_BYTES / sizeof(float)] = {};
  for (int64_t i = 0; i < count; ++i) part[i] = p[i];
  return hn::Load(d, part);
#endif
}

// Writes the first `count` lanes, 1 <= count <= lanes().
HWY_INLINE void store(Vec v, float* p, int64_t count) {
  const FloatTag d;
  if (HWY_LIKELY(count >= lanes())) return hn::StoreU(v, d, p);
  hn::BlendedStore(v, hn::FirstN(d, static_cast<size_t>(count)), d, p);
}

// body(i, count) for i = 0, lanes(), 2 lanes()...; count is lanes() except at the end.
template <class Body>
HWY_INLINE void each_vector(int64_t n, const Body& body) {
  const int64_t step = lanes();
  int64_t i = 0;
  for (; i + step <= n; i += step) body(i, step);
  if (i < n) body(i, n - i);
}

// max(low, x) and min(high, x) that let NaN through. On x86 Max and Min answer the second argument if one is NaN, and
// Arm's answer NaN; Highway's scalar ones answer the other.
template <class V>
HWY_INLINE V at_least(V low, V x) {
#if HWY_TARGET == HWY_SCALAR
  return hn::IfThenElse(hn::Lt(x, low), low, x);
#else
  return hn::Max(low, x);
#endif
}

template <class V>
HWY_INLINE V at_most(V high, V x) {
#if HWY_TARGET == HWY_SCALAR
  return hn::IfThenElse(hn::Gt(x, high), high, x);
#else
  return hn::Min(high, x);
#endif
}

// Lanes from `count` on become 0.
HWY_INLINE Vec first(Vec v, int64_t count) {
  return count >= lanes() ? v : hn::IfThenElseZero(hn::FirstN(FloatTag(), static_cast<size_t>(count)), v);
}

// The sum of term(i, count) over all vectors, which has to be 0 in lanes from `count` on. Four sums at once hide the
// latency of an addition.
template <class Term>
HWY_INLINE float sum_of(int64_t n, const Term& term) {
  const FloatTag d;
  const int64_t step = lanes();
  Vec s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  int64_t i = 0;
  for (; i + 4 * step <= n; i += 4 * step) {
    s0 = hn::Add(s0, term(i, step));
    s1 = hn::Add(s1, term(i + step, step));
    s2 = hn::Add(s2, term(i + 2 * step, step));
    s3 = hn::Add(s3, term(i + 3 * step, step));
  }
  for (; i < n; i += step) s0 = hn::Add(s0, term(i, n - i));
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))));
}

// Cody-Waite reduction and a minimax polynomial of degree 6 (weighted for relative error, 3e-9): 2 ulp on
// [-87.33, 88.37]. Smaller x gives 0, larger x gives exp(88.37). Any length of vector.
template <class V>
HWY_INLINE V exp(V x) {
  const hn::DFromV<V> d;
  const hn::RebindToSigned<hn::DFromV<V>> di;
  const auto tiny = hn::Lt(x, hn::Set(d, -87.33f));
  const V cut = at_most(hn::Set(d, 88.37f), at_least(hn::Set(d, -87.33f), x));
  const V magic = hn::Set(d, 12582912.0f);  // 1.5 * 2^23: adding it rounds to the nearest integer
  const V shifted = hn::MulAdd(cut, hn::Set(d, 1.44269504088896f), magic);
  const V n = hn::Sub(shifted, magic);
  V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), cut);  // log 2 in two parts, the first exact times n
  r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);
  V p = hn::Set(d, 1.38144649e-3f);
  p = hn::MulAdd(p, r, hn::Set(d, 8.36878084e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 4.16683927e-2f));
  p = hn::MulAdd(p, r, hn::Set(d, 0.166665196f));
  p = hn::MulAdd(p, r, hn::Set(d, 0.49999994f));
  p = hn::Add(hn::MulAdd(hn::Mul(p, r), r, r), hn::Set(d, 1.0f));
  // 2^n from the low bits of `shifted`: the exponent is n + 127.
  const auto exponent = hn::Add(hn::BitCast(di, shifted), hn::Set(di, 127 - 0x4B400000));
  return hn::IfThenZeroElse(tiny, hn::Mul(p, hn::BitCast(d, hn::ShiftLeft<23>(exponent))));
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#endif
