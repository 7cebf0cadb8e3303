#include "gamana/kernels/packed.h"

#include "gamana/kernels/cpu/packed_bf16.h"
#include "gamana/base/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/packed.cpp"
#include <hwy/foreach_target.h>  // first of Highway

#include <hwy/highway.h>

#include <atomic>
#include <cstddef>
#include <vector>

#include "gamana/base/huge_pages.h"
#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/rnn_product-inl.h"
#include "gamana/kernels/cpu/scratch.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

int64_t packed_width() { return panel_width(); }

void pack_f32(int64_t n, int64_t k, const float* weight, int64_t stride, float* out) {
  const int64_t width = panel_width(), panels = (n + width - 1) / width;
  parallel_for(panels, 4, [=](int64_t begin, int64_t end) {
    for (int64_t j = begin * width; j < end * width; ++j) {
      float* to = out + j / width * k * width + j % width;
      for (int64_t p = 0; p < k; ++p) to[p * width] = j < n ? weight[j * stride + p] : 0.0f;
    }
  });
}

void multiply_f32(int64_t m, int64_t n, int64_t k, const float* x, int64_t x_stride, const float* panels,
                  const float* bias, float* out, int64_t out_stride) {
  product(m, n, k, {x, x_stride, 1}, packed(panels, k, true), {bias, 0}, {out, out_stride});
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana {
namespace cpu {
HWY_EXPORT(packed_width);
HWY_EXPORT(pack_f32);
HWY_EXPORT(multiply_f32);

namespace {

int64_t width_here() { return HWY_DYNAMIC_DISPATCH(packed_width)(); }

void pack_here(int64_t n, int64_t k, const float* weight, int64_t stride, float* out) {
  HWY_DYNAMIC_DISPATCH(pack_f32)(n, k, weight, stride, out);
}

void multiply_here(int64_t m, int64_t n, int64_t k, const float* x, int64_t x_stride, const float* panels,
                   const float* bias, float* out, int64_t out_stride) {
  HWY_DYNAMIC_DISPATCH(multiply_f32)(m, n, k, x, x_stride, panels, bias, out, out_stride);
}

}  // namespace
}  // namespace cpu

namespace {

// Work of one part: enough to hide what a thread costs, few enough rows that their inputs and sums stay in the second cache.
constexpr int64_t kRows = 96, kHalfRows = 192;  // in f32, and where inputs take two bytes
constexpr int64_t kPackedAtOnce = 1 << 21;  // numbers after which the rows packed are given back
constexpr int64_t kSerial = 1 << 17;  // products of a call that takes a few microseconds: a second thread would come too late

// Parts of some quarter of a million weights, which takes memory some microseconds, but no more parts than keep
// processors busy: memory gives most in long runs. An even number, since the fewest processors are two.
int64_t columns_of_part(int64_t n, int64_t k, int64_t width) {
  const int64_t parts = std::min<int64_t>(16, ((n * k >> 19) + 1) * 2);
  return ((n + parts - 1) / parts + width - 1) / width * width;
}

}  // namespace

void PackedWeight::Free::operator()(void* p) const { HugePages<std::byte>().deallocate(static_cast<std::byte*>(p), 0); }

int64_t PackedWeight::panel_width() {
  static const int64_t width = cpu::width_here();
  return width;
}

PackedWeight::PackedWeight(Precision precision, int64_t n, int64_t k, const float* weight, int64_t stride,
                           const std::function<void(int64_t begin, int64_t end)>& done)
    : precision_(precision), is_split_(precision == Precision::bf16x3 && cpu::has_amx() && cpu::amx_takes(k)), n_(n), k_(k) {
  const bool is_half = precision == Precision::bf16;
  const int64_t width = is_half || is_split_ ? cpu::kHalfPanel : panel_width(), inputs = is_half ? (k + 1) / 2 * 2 : k;
  size_ = (n + width - 1) / width * width * inputs;
  data_.reset(HugePages<std::byte>().allocate(static_cast<size_t>(size_ * (is_half ? 2 : 4))));
  const int64_t step = std::max<int64_t>(1, kPackedAtOnce / (width * inputs)) * width;
  for (int64_t begin = 0; begin < n; begin += step) {
    const int64_t rows = std::min(step, n - begin);
    const float* const from = weight + begin * stride;
    auto* const halves = static_cast<uint16_t*>(data_.get()) + begin * inputs;
    if (is_half) cpu::pack_bf16(rows, k, from, stride, halves);
    else if (is_split_) cpu::pack_split(rows, k, from, stride, halves, halves + size_);
    else cpu::pack_here(rows, k, from, stride, static_cast<float*>(data_.get()) + begin * inputs);
    if (done) done(begin, begin + rows);
  }
}

bool packs_exactly(Precision precision, int64_t n, int64_t k, const float* weight, int64_t stride) {
  if (precision != Precision::bf16) return precision == Precision::f32;
  std::atomic<bool> exactly = true;
  parallel_for(n, 64, [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end && exactly; ++j)
      if (!cpu::are_half(k, weight + j * stride)) exactly = false;
  });
  return exactly;
}

void PackedWeight::unpack(int64_t begin, int64_t end, float* rows) const {
  const auto* const halves = static_cast<const uint16_t*>(data_.get());
  std::vector<float> low(is_split_ ? k_ : 0);
  for (int64_t j = begin; j < end; ++j, rows += k_) {
    if (is_split_ || precision_ == Precision::bf16) cpu::unpack_bf16(j, k_, halves, rows);
    if (is_split_) {
      cpu::unpack_bf16(j, k_, halves + size_, low.data());
      for (int64_t p = 0; p < k_; ++p) rows[p] += low[p];
    } else if (precision_ != Precision::bf16) {
      const int64_t width = panel_width();
      const float* from = static_cast<const float*>(data_.get()) + j / width * k_ * width + j % width;
      for (int64_t p = 0; p < k_; ++p) rows[p] = from[p * width];
    }
  }
}

void PackedWeight::multiply_part(int64_t m, const float* x, int64_t x_stride, const uint16_t* half, int64_t half_stride,
                                 const float* bias, int64_t begin, int64_t columns, float* out, int64_t out_stride) const {
  const auto* const halves = static_cast<const uint16_t*>(data_.get());
  if (is_split_)
    cpu::multiply_split(m, columns, k_, half, halves + begin * k_, size_, bias, out, out_stride);
  else if (precision_ == Precision::bf16)
    cpu::multiply_bf16(m, columns, k_, half, half_stride, halves + begin * ((k_ + 1) / 2 * 2), bias, out, out_stride);
  else
    cpu::multiply_here(m, columns, k_, x, x_stride, static_cast<const float*>(data_.get()) + begin * k_, bias, out, out_stride);
}

void PackedWeight::multiply(int64_t m, const float* x, int64_t x_stride, const uint16_t* half, int64_t half_stride,
                            const float* bias, int64_t begin, int64_t end, float* out, int64_t out_stride) const {
  const int64_t n = end - begin, part = m * n * k_ < kSerial ? n : columns_of_part(n, k_, panel_width());
  const int64_t column_parts = (n + part - 1) / part;
  const int64_t rows = precision_ == Precision::bf16 || is_split_ ? kHalfRows : kRows, row_parts = (m + rows - 1) / rows;
  if (is_split_) {  // once for all columns
    struct ForSplit;
    auto* const split = reinterpret_cast<uint16_t*>(cpu::scratch<ForSplit>(static_cast<size_t>(m * k_)));
    parallel_for(m, 16, [=, this](int64_t from, int64_t to) {
      cpu::split_rows(to - from, k_, x + from * x_stride, x_stride, split + from * 2 * k_);
    });
    half = split, half_stride = 2 * k_;
  }
  parallel_for(column_parts * row_parts, 1, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const int64_t column = i % column_parts * part, row = i / column_parts * rows;
      multiply_part(std::min(rows, m - row), x ? x + row * x_stride : nullptr, x_stride,
                    half ? half + row * half_stride : nullptr, half_stride, bias ? bias + begin + column : nullptr,
                    begin + column, std::min(part, n - column), out + row * out_stride + column, out_stride);
    }
  });
}

}  // namespace gamana
#endif
