// Vector functions that kernels share beside those of base/vector-inl.h: tanh, erf, sigmoid, the bits of dropout.
// Included after "hwy/foreach_target.h"; compiled per instruction set.
#if defined(GAMANA_KERNELS_CPU_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GAMANA_KERNELS_CPU_MATH_INL_H_
#undef GAMANA_KERNELS_CPU_MATH_INL_H_
#else
#define GAMANA_KERNELS_CPU_MATH_INL_H_
#endif

#include <cmath>
#include <cstdint>

#include "gamana/base/vector-inl.h"
#include "gamana/kernels/kernels.h"  // DropoutMask

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

using BitsTag = hn::ScalableTag<uint32_t>;
using Bits = hn::Vec<BitsTag>;

HWY_INLINE Vec sigmoid(Vec x) {
  const Vec one = hn::Set(FloatTag(), 1.0f);
  return hn::Div(one, hn::Add(one, exp(hn::Neg(x))));
}

// The rational approximation of Eigen's MathFunctionsImpl.h; relative error 3e-7. Exactly 1 from 7.91 on, so that
// 1 - tanh^2 vanishes there.
HWY_INLINE Vec tanh(Vec x) {
  const FloatTag d;
  const Vec limit = hn::Set(d, 7.90531110763549805f);
  const auto saturated = hn::Gt(hn::Abs(x), limit);
  const Vec cut = at_most(limit, at_least(hn::Neg(limit), x));
  const Vec x2 = hn::Mul(cut, cut);
  Vec p = hn::Set(d, -2.76076847742355e-16f);
  p = hn::MulAdd(p, x2, hn::Set(d, 2.00018790482477e-13f));
  p = hn::MulAdd(p, x2, hn::Set(d, -8.60467152213735e-11f));
  p = hn::MulAdd(p, x2, hn::Set(d, 5.12229709037114e-08f));
  p = hn::MulAdd(p, x2, hn::Set(d, 1.48572235717979e-05f));
  p = hn::MulAdd(p, x2, hn::Set(d, 6.37261928875436e-04f));
  p = hn::MulAdd(p, x2, hn::Set(d, 4.89352455891786e-03f));
  Vec q = hn::Set(d, 1.19825839466702e-06f);
  q = hn::MulAdd(q, x2, hn::Set(d, 1.18534705686654e-04f));
  q = hn::MulAdd(q, x2, hn::Set(d, 2.26843463243900e-03f));
  q = hn::MulAdd(q, x2, hn::Set(d, 4.89352518554385e-03f));
  return hn::IfThenElse(saturated, hn::CopySignToAbs(hn::Set(d, 1.0f), x), hn::Div(hn::Mul(cut, p), q));
}

// The rational approximation of Eigen's unsupported SpecialFunctions; relative error 4e-7.
HWY_INLINE Vec erf(Vec x) {
  const FloatTag d;
  const Vec cut = at_most(hn::Set(d, 4.0f), at_least(hn::Set(d, -4.0f), x));
  const Vec x2 = hn::Mul(cut, cut);
  Vec p = hn::Set(d, -2.72614225801306e-10f);
  p = hn::MulAdd(p, x2, hn::Set(d, 2.77068142495902e-08f));
  p = hn::MulAdd(p, x2, hn::Set(d, -2.10102402082508e-06f));
  p = hn::MulAdd(p, x2, hn::Set(d, -5.69250639462346e-05f));
  p = hn::MulAdd(p, x2, hn::Set(d, -7.34990630326855e-04f));
  p = hn::MulAdd(p, x2, hn::Set(d, -2.95459980854025e-03f));
  p = hn::MulAdd(p, x2, hn::Set(d, -1.60960333262415e-02f));
  Vec q = hn::Set(d, -1.45660718464996e-05f);
  q = hn::MulAdd(q, x2, hn::Set(d, -2.13374055278905e-04f));
  q = hn::MulAdd(q, x2, hn::Set(d, -1.68282697438203e-03f));
  q = hn::MulAdd(q, x2, hn::Set(d, -7.37332916720468e-03f));
  q = hn::MulAdd(q, x2, hn::Set(d, -1.42647390514189e-02f));
  const Vec y = hn::Div(hn::Mul(cut, p), q);
  return at_most(hn::Set(d, 1.0f), at_least(hn::Set(d, -1.0f), y));
}

// gamana::random_bits of each lane's key, in two halves, and index.
template <class V>
HWY_INLINE V random_bits(V key_low, V key_high, V index) {
  const hn::DFromV<V> d;
  V x = hn::Add(hn::Mul(index, hn::Set(d, 0x9E3779B1u)), key_low);
  x = hn::Mul(hn::Xor(x, hn::ShiftRight<16>(x)), hn::Set(d, 0x7FEB352Du));
  x = hn::Xor(x, key_high);
  x = hn::Mul(hn::Xor(x, hn::ShiftRight<15>(x)), hn::Set(d, 0x846CA68Bu));
  return hn::Xor(x, hn::ShiftRight<16>(x));
}

template <class V>
HWY_INLINE V random_bits(uint64_t key, V index) {
  const hn::DFromV<V> d;
  return random_bits(hn::Set(d, static_cast<uint32_t>(key)), hn::Set(d, static_cast<uint32_t>(key >> 32)), index);
}

// A DropoutMask made ready for vectors. Rates are in [0, 1).
struct Dropper {
  explicit Dropper(DropoutMask m)
      : key(m.key),
        threshold(static_cast<uint32_t>(std::ceil(static_cast<double>(m.rate) * 4294967296.0))),
        factor(1.0f / (1.0f - m.rate)) {}

  // x of elements index, index + 1, ... (mod 2^32): 0 where dropped, scaled where kept.
  HWY_INLINE Vec operator()(Vec x, int64_t index) const {
    if (threshold == 0) return x;
    const FloatTag d;
    const BitsTag du;
    const Bits bits = random_bits(key, hn::Add(hn::Iota(du, 0), hn::Set(du, static_cast<uint32_t>(index))));
    const auto dropped = hn::Lt(bits, hn::Set(du, threshold));
    return hn::IfThenZeroElse(hn::RebindMask(d, dropped), hn::Mul(x, hn::Set(d, factor)));
  }

  uint64_t key;
  uint32_t threshold;
  float factor;
};

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#endif
