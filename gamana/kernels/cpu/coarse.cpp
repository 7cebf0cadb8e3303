#include "gamana/kernels/coarse.h"

#include "gamana/base/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/coarse.cpp"
#include <hwy/foreach_target.h>  // first of Highway

#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "gamana/base/huge_pages.h"
#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/rnn_product-inl.h"
#include "gamana/kernels/cpu/scratch.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

float norm_of(int64_t k, const float* x) {
  return std::sqrt(sum_of(k, [=](int64_t p, int64_t count) GAMANA_INLINE_BODY {
    const Vec v = load(x + p, count);
    return hn::Mul(v, v);
  }));
}

// Of finite w [k]: fills q, which has room for a vector more, and the norm of w - s q. Returns s.
float make_coarse(int64_t k, const float* w, int8_t* q, float* rest) {
  const FloatTag d;
  const hn::Rebind<int8_t, FloatTag> bytes;
  Vec most = hn::Zero(d);
  each_vector(k, [&](int64_t p, int64_t count) GAMANA_INLINE_BODY { most = at_least(most, hn::Abs(load(w + p, count))); });
  const float scale = hn::GetLane(hn::MaxOfLanes(d, most)) / 127;
  const Vec inverse = hn::Set(d, scale > 0 ? 1 / scale : 0.0f), s = hn::Set(d, scale);
  each_vector(k, [=](int64_t p, int64_t count) GAMANA_INLINE_BODY {
    hn::StoreU(hn::DemoteTo(bytes, hn::NearestInt(hn::Mul(load(w + p, count), inverse))), bytes, q + p);
  });
  *rest = std::sqrt(sum_of(k, [=](int64_t p, int64_t count) GAMANA_INLINE_BODY {
    const Vec left = hn::NegMulAdd(numbers(q + p, count), s, load(w + p, count));
    return hn::Mul(left, left);
  }));
  return scale;
}

// low[m], high[m] of each group of CoarseWeight::kGroup outputs, from sums [m, outputs] of x·q.
void bounds_of(int64_t m, int64_t outputs, const float* sums, const float* norms, const float* scale, const float* offset,
               const float* error, float* low, float* high) {
  const FloatTag d;
  for (int64_t i = 0; i < m; ++i, sums += outputs) {
    const Vec norm = hn::Set(d, norms[i]);
    for (int64_t begin = 0; begin < outputs; begin += CoarseWeight::kGroup) {
      Vec least = hn::Set(d, -std::numeric_limits<float>::infinity()), most = least;
      for (int64_t j = begin; j < begin + CoarseWeight::kGroup; j += lanes()) {
        const Vec middle = hn::MulAdd(hn::LoadU(d, sums + j), hn::LoadU(d, scale + j), hn::LoadU(d, offset + j));
        const Vec rounding = hn::MulAdd(hn::Abs(middle), hn::Set(d, 0x1p-20f), hn::Set(d, 1e-30f));
        const Vec reach = hn::MulAdd(hn::LoadU(d, error + j), norm, rounding);
        least = at_least(least, hn::Sub(middle, reach)), most = at_least(most, hn::Add(middle, reach));
      }
      const int64_t at = begin / CoarseWeight::kGroup * m + i;
      low[at] = hn::GetLane(hn::MaxOfLanes(d, least)), high[at] = hn::GetLane(hn::MaxOfLanes(d, most));
    }
  }
}

void bound_part(int64_t m, int64_t outputs, int64_t k, const float* x, int64_t stride, const int8_t* panels, const float* norms,
                const float* scale, const float* offset, const float* error, float* low, float* high) {
  struct ForSums;
  float* const sums = scratch<ForSums>(static_cast<size_t>(m * outputs));
  product(m, outputs, k, {x, stride, 1}, packed(panels, k, true), {nullptr, 0}, {sums, outputs});
  bounds_of(m, outputs, sums, norms, scale, offset, error, low, high);
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana {
namespace cpu {
HWY_EXPORT(make_coarse);
HWY_EXPORT(bound_part);
HWY_EXPORT(norm_of);
}  // namespace cpu

namespace {

constexpr int64_t kPart = 16;  // groups that a thread takes at once: memory gives most in long runs
constexpr int64_t kVector = 16;  // floats of the longest vector
constexpr float kInfinity = std::numeric_limits<float>::infinity();

}  // namespace

void CoarseWeight::Free::operator()(int8_t* p) const { HugePages<int8_t>().deallocate(p, 0); }

CoarseWeight::CoarseWeight(const PackedWeight& weight, const float* bias) : n_(weight.n()), k_(weight.k()) {
  const int64_t padded = groups() * kGroup, width = PackedWeight::panel_width();
  panels_.reset(HugePages<int8_t>().allocate(static_cast<size_t>(padded * k_)));
  std::fill_n(panels_.get(), padded * k_, int8_t{0});
  scale_.assign(padded, 0.0f), error_.assign(padded, 0.0f);
  offset_.assign(padded, std::numeric_limits<float>::lowest());  // of outputs that are none
  // Roundings of sums of k products, here and in `weight`, and of the products themselves in bf16x3.
  const float rounding = 0x1p-13f + static_cast<float>(k_) * 0x1p-22f;
  parallel_for(groups(), 1, [&](int64_t first, int64_t last) {
    std::vector<float> rows(kGroup * k_);
    std::vector<int8_t> q(k_ + kVector);
    for (int64_t j = first * kGroup; j < std::min(last * kGroup, n_); ++j) {
      if (j % kGroup == 0) weight.unpack(j, std::min(j + kGroup, n_), rows.data());
      const float* const w = rows.data() + j % kGroup * k_;
      const float norm = HWY_DYNAMIC_DISPATCH(cpu::norm_of)(k_, w), b = bias ? bias[j] : 0.0f;
      if (b == -kInfinity) continue;
      if (!(norm < kInfinity && b < kInfinity)) {
        offset_[j] = 0, error_[j] = kInfinity;
        continue;
      }
      float rest;
      scale_[j] = HWY_DYNAMIC_DISPATCH(cpu::make_coarse)(k_, w, q.data(), &rest);
      offset_[j] = b, error_[j] = 1.001f * (rest + rounding * norm);
      int8_t* const to = panels_.get() + j / width * k_ * width + j % width;
      for (int64_t p = 0; p < k_; ++p) to[p * width] = q[p];
    }
  });
}

void CoarseWeight::bound(int64_t m, const float* x, int64_t stride, float* low, float* high) const {
  std::vector<float> norms(m);
  for (int64_t i = 0; i < m; ++i) norms[i] = 1.001f * HWY_DYNAMIC_DISPATCH(cpu::norm_of)(k_, x + i * stride) + 1e-30f;
  parallel_for((groups() + kPart - 1) / kPart, 1, [&](int64_t first, int64_t last) {
    const int64_t group = first * kPart, begin = group * kGroup, end = std::min(last * kPart, groups()) * kGroup;
    HWY_DYNAMIC_DISPATCH(cpu::bound_part)
    (m, end - begin, k_, x, stride, panels_.get() + begin * k_, norms.data(), scale_.data() + begin, offset_.data() + begin,
     error_.data() + begin, low + group * m, high + group * m);
  });
}

}  // namespace gamana
#endif
