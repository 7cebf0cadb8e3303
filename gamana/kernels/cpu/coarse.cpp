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
#include "gamana/kernels/cpu/coarse_vnni.h"
#include "gamana/kernels/cpu/rnn_product-inl.h"
#include "gamana/kernels/cpu/scratch.h"

#ifndef GAMANA_KERNELS_CPU_COARSE_CPP_
#define GAMANA_KERNELS_CPU_COARSE_CPP_
namespace gamana::cpu {

// Rows of x; in whole numbers as well where the panels are for them.
struct CoarseInputs {
  int64_t m, k;
  const float* x;
  int64_t stride;
  const int32_t* whole;
  const float *steps, *norms, *rests;  // |x| and |x - step whole|
};

// Some outputs, and for each what `bound` needs.
struct CoarseOutputs {
  int64_t count;
  const int8_t* panels;
  const float *scale, *offset, *error, *length;
};

}  // namespace gamana::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

// No less than |x|: squares of numbers below 2^-63 vanish.
float norm_of(int64_t k, const float* x) {
  return 0x1p-63f * std::sqrt(static_cast<float>(k)) + std::sqrt(sum_of(k, [=](int64_t p, int64_t count) GAMANA_INLINE_BODY {
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
  *rest = 0x1p-63f * std::sqrt(static_cast<float>(k)) + std::sqrt(sum_of(k, [=](int64_t p, int64_t count) GAMANA_INLINE_BODY {
    const Vec left = hn::NegMulAdd(numbers(q + p, count), s, load(w + p, count));
    return hn::Mul(left, left);
  }));
  return scale;
}

// low[m], high[m] of each group of CoarseWeight::kGroup outputs, from sums [m, outputs] of x·q.
void bounds_of(const CoarseInputs& in, const CoarseOutputs& outputs, const float* sums, float* low, float* high) {
  const FloatTag d;
  for (int64_t i = 0; i < in.m; ++i, sums += outputs.count) {
    const Vec norm = hn::Set(d, in.norms[i]), rest = hn::Set(d, in.rests[i]);
    for (int64_t begin = 0; begin < outputs.count; begin += CoarseWeight::kGroup) {
      Vec least = hn::Set(d, -std::numeric_limits<float>::infinity()), most = least;
      for (int64_t j = begin; j < begin + CoarseWeight::kGroup; j += lanes()) {
        const auto of = [d, j](const float* numbers) HWY_ATTR { return hn::LoadU(d, numbers + j); };
        const Vec middle = hn::MulAdd(of(sums), of(outputs.scale), of(outputs.offset));
        const Vec rounding = hn::MulAdd(hn::Abs(middle), hn::Set(d, 0x1p-20f), hn::Set(d, 1e-30f));
        const Vec reach = hn::MulAdd(of(outputs.length), rest, hn::MulAdd(of(outputs.error), norm, rounding));
        least = at_least(least, hn::Sub(middle, reach)), most = at_least(most, hn::Add(middle, reach));
      }
      const int64_t at = begin / CoarseWeight::kGroup * in.m + i;
      low[at] = hn::GetLane(hn::MaxOfLanes(d, least)), high[at] = hn::GetLane(hn::MaxOfLanes(d, most));
    }
  }
}

void bound_part(const CoarseInputs& in, const CoarseOutputs& outputs, float* low, float* high) {
  struct ForSums;
  float* const sums = scratch<ForSums>(static_cast<size_t>(in.m * outputs.count));
  if (in.whole)
    multiply_whole(in.m, outputs.count / kWholePanel, (in.k + 1) / 2, in.whole, in.steps, outputs.panels, sums);
  else
    product(in.m, outputs.count, in.k, {in.x, in.stride, 1}, packed(outputs.panels, in.k, true), {nullptr, 0}, {sums, outputs.count});
  bounds_of(in, outputs, sums, low, high);
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

constexpr int64_t kPart = 4;  // groups that a thread takes at a time
static_assert(CoarseWeight::kGroup == cpu::kWholePanel);
constexpr int64_t kVector = 16;  // floats of the longest vector
constexpr float kInfinity = std::numeric_limits<float>::infinity();

}  // namespace

void CoarseWeight::Free::operator()(int8_t* p) const { HugePages<int8_t>().deallocate(p, 0); }

CoarseWeight::CoarseWeight(const PackedWeight& weight, const float* bias)
    : n_(weight.n()), k_(weight.k()), whole_(cpu::has_vnni() && PackedWeight::panel_width() == cpu::kWholePanel) {
  const int64_t padded = groups() * kGroup, width = PackedWeight::panel_width();
  panels_.reset(HugePages<int8_t>().allocate(static_cast<size_t>(padded * inputs())));
  std::fill_n(panels_.get(), padded * inputs(), int8_t{0});
  scale_.assign(padded, 0.0f), error_.assign(padded, 0.0f), length_.assign(padded, 0.0f);
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
      offset_[j] = b, error_[j] = 1.001f * (rest + rounding * norm), length_[j] = 1.001f * (norm + rest);
      int8_t* const to = panels_.get() + j / width * inputs() * width + j % width * (whole_ ? 2 : 1);
      for (int64_t p = 0; p < k_; ++p) to[whole_ ? p / 2 * 2 * width + p % 2 : p * width] = q[p];
    }
  });
}

void CoarseWeight::bound(int64_t m, const float* x, int64_t stride, float* low, float* high) const {
  std::vector<float> norms(m), rests(m, 0.0f), steps(m);
  const int64_t pairs = (k_ + 1) / 2;
  std::vector<int32_t> whole(whole_ ? m * pairs : 0);
  for (int64_t i = 0; i < m; ++i) {
    norms[i] = 1.001f * HWY_DYNAMIC_DISPATCH(cpu::norm_of)(k_, x + i * stride);
    if (!whole_) continue;
    const auto [step, rest] = cpu::round_to_whole(k_, x + i * stride, whole.data() + i * pairs);
    steps[i] = step, rests[i] = rest;
  }
  const cpu::CoarseInputs in{m, k_, x, stride, whole_ ? whole.data() : nullptr, steps.data(), norms.data(), rests.data()};
  parallel_stretches((groups() + kPart - 1) / kPart, [&](int64_t part) {
    const int64_t group = part * kPart, begin = group * kGroup, end = std::min(group + kPart, groups()) * kGroup;
    HWY_DYNAMIC_DISPATCH(cpu::bound_part)
    (in, {end - begin, panels_.get() + begin * inputs(), &scale_[begin], &offset_[begin], &error_[begin], &length_[begin]},
     low + group * m, high + group * m);
  });
}

}  // namespace gamana
#endif
