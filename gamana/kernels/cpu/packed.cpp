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
#include "gamana/kernels/cpu/short_numbers.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

int64_t packed_width() { return panel_width(); }

template <class T>
Coming panel_at(const void* data, int64_t k) {
  return {static_cast<const char*>(data), data ? k * panel_width() * static_cast<int64_t>(sizeof(T)) : 0};
}

void multiply_f32(int64_t m, int64_t n, int64_t k, const float* x, int64_t x_stride, const float* panels,
                  const void* next, const float* bias, float* out, int64_t out_stride) {
  product(m, n, k, {x, x_stride, 1}, packed(panels, k, true, panel_at<float>(next, k)), {bias, 0}, {out, out_stride});
}

// Of panels of two bytes a number. Several tiles of rows read a panel that was made f32 for them.
template <class T>
void multiply_short(int64_t m, int64_t n, int64_t k, const float* x, int64_t x_stride, const T* panels, const void* next,
                    const float* bias, float* out, int64_t out_stride) {
  if (m <= kTile) return product(m, n, k, {x, x_stride, 1}, packed(panels, k, true), {bias, 0}, {out, out_stride});
  struct ForPanel;
  const int64_t width = panel_width(), step = lanes();
  float* const panel = scratch<ForPanel>(static_cast<size_t>(k * width));
  for (int64_t c = 0; c < n; c += width) {
    for (int64_t i = 0; i < k * width; i += step) hn::StoreU(numbers(panels + c * k + i, step), FloatTag(), panel + i);
    const Coming coming = panel_at<T>(c + width < n ? panels + (c + width) * k : next, k);
    product(m, std::min(width, n - c), k, {x, x_stride, 1}, packed<float>(panel, k, false, coming),
            {bias ? bias + c : nullptr, 0}, {out + c, out_stride});
  }
}

void multiply_brain(int64_t m, int64_t n, int64_t k, const float* x, int64_t x_stride, const uint16_t* panels,
                    const void* next, const float* bias, float* out, int64_t out_stride) {
  multiply_short(m, n, k, x, x_stride, reinterpret_cast<const Brain*>(panels), next, bias, out, out_stride);
}

void multiply_half(int64_t m, int64_t n, int64_t k, const float* x, int64_t x_stride, const uint16_t* panels,
                   const void* next, const float* bias, float* out, int64_t out_stride) {
  multiply_short(m, n, k, x, x_stride, reinterpret_cast<const Half*>(panels), next, bias, out, out_stride);
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana {
namespace cpu {
HWY_EXPORT(packed_width);
HWY_EXPORT(multiply_f32);
HWY_EXPORT(multiply_brain);
HWY_EXPORT(multiply_half);

namespace {

int64_t width_here() { return HWY_DYNAMIC_DISPATCH(packed_width)(); }

// Puts what take(number) makes of the weight into panels.
template <class T, class Take>
void pack_panels(int64_t n, int64_t k, const float* weight, int64_t stride, const Take& take, T* out) {
  const int64_t width = width_here(), panels = (n + width - 1) / width;
  parallel_for(panels, 4, [=](int64_t begin, int64_t end) {
    for (int64_t j = begin * width; j < end * width; ++j) {
      T* const to = out + j / width * k * width + j % width;
      for (int64_t p = 0; p < k; ++p) to[p * width] = j < n ? take(weight[j * stride + p]) : T{0};
    }
  });
}

template <class Test>
bool all_of(int64_t n, int64_t k, const float* weight, int64_t stride, const Test& test) {
  std::atomic<bool> all = true;
  parallel_for(n, 64, [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end && all.load(std::memory_order_relaxed); ++j) {
      bool row = true;
      for (int64_t p = 0; p < k; ++p) row &= test(weight[j * stride + p]);
      if (!row) all = false;
    }
  });
  return all;
}

}  // namespace
}  // namespace cpu

namespace {

// Work of one part: enough to hide what a thread costs, few enough rows that their inputs and sums stay in the second cache.
constexpr int64_t kRows = 96, kHalfRows = 192;  // in f32, and where inputs take two bytes
constexpr auto same = [](float x) { return x; };  // what is kept in f32
constexpr int64_t kPackedAtOnce = 1 << 21;  // numbers after which the rows packed are given back
constexpr int64_t kTileRows = 12;  // of the largest tile
constexpr int64_t kSerial = 1 << 17;  // products of a call that takes a few microseconds: a second thread would come too late

// Rows of a part: about as many each, in whole tiles.
int64_t rows_of_part(bool is_paired, int64_t m) {
  if (is_paired) return kHalfRows;
  if (m <= kRows) return kRows;
  const int64_t parts = (m + kRows - 1) / kRows * kTileRows;
  return (m + parts - 1) / parts * kTileRows;
}

// Of all the rows there are, parts of some two million products, which takes some microseconds. Where other rows follow, as many
// weights as stay in the second cache for them, a quarter of a million; of pairs always so many, but no more parts than keep
// processors busy. An even number, since the fewest processors are two.
int64_t columns_of_part(bool is_paired, int64_t m, int64_t rows, int64_t n, int64_t k, int64_t width) {
  if (m * n * k < kSerial) return n;
  const int64_t of_weights = ((n * k >> 19) + 1) * 2, of_products = ((m * n * k >> 22) + 1) * 2;
  const int64_t parts = is_paired ? std::min<int64_t>(16, of_weights) : m > rows ? of_weights : of_products;
  return ((n + parts - 1) / parts + width - 1) / width * width;
}

// Weights that a thread takes at a time where it reads on from panel to panel.
constexpr int64_t kItemNumbers = 1 << 15;

}  // namespace

void PackedWeight::Free::operator()(void* p) const { HugePages<std::byte>().deallocate(static_cast<std::byte*>(p), 0); }

int64_t PackedWeight::panel_width() { return cpu::width_here(); }

PackedWeight::Form PackedWeight::form_of(Precision precision, int64_t n, int64_t k, const float* weight, int64_t stride) {
  if (precision == Precision::bf16) return Form::pairs;
  if (precision == Precision::bf16x3 && cpu::has_amx() && cpu::amx_takes(k)) return Form::split;
  if (cpu::all_of(n, k, weight, stride, cpu::is_brain)) return Form::brain;
  return cpu::all_of(n, k, weight, stride, cpu::is_half) ? Form::half : Form::f32;
}

PackedWeight::PackedWeight(Precision precision, int64_t n, int64_t k, const float* weight, int64_t stride,
                           const std::function<void(int64_t begin, int64_t end)>& done)
    : precision_(precision), form_(form_of(precision, n, k, weight, stride)), n_(n), k_(k) {
  const bool is_paired = form_ == Form::pairs || form_ == Form::split;
  const int64_t width = is_paired ? cpu::kHalfPanel : panel_width(), inputs = form_ == Form::pairs ? (k + 1) / 2 * 2 : k;
  size_ = (n + width - 1) / width * width * inputs;
  data_.reset(HugePages<std::byte>().allocate(static_cast<size_t>(size_ * bytes_per_number())));
  const int64_t step = std::max<int64_t>(1, kPackedAtOnce / (width * inputs)) * width;
  for (int64_t begin = 0; begin < n; begin += step) {
    const int64_t rows = std::min(step, n - begin);
    const float* const from = weight + begin * stride;
    auto* const halves = static_cast<uint16_t*>(data_.get()) + begin * inputs;
    switch (form_) {
      case Form::pairs: cpu::pack_bf16(rows, k, from, stride, halves); break;
      case Form::split: cpu::pack_split(rows, k, from, stride, halves, halves + size_); break;
      case Form::brain: cpu::pack_panels(rows, k, from, stride, cpu::to_brain, halves); break;
      case Form::half: cpu::pack_panels(rows, k, from, stride, cpu::to_half, halves); break;
      case Form::f32: cpu::pack_panels(rows, k, from, stride, same, static_cast<float*>(data_.get()) + begin * inputs); break;
    }
    if (done) done(begin, begin + rows);
  }
}

bool packs_exactly(Precision precision, int64_t n, int64_t k, const float* weight, int64_t stride) {
  return precision == Precision::f32 || (precision == Precision::bf16 && cpu::all_of(n, k, weight, stride, cpu::is_brain));
}

void PackedWeight::unpack(int64_t begin, int64_t end, float* rows) const {
  const int64_t width = panel_width();
  const auto* const halves = static_cast<const uint16_t*>(data_.get());
  const auto each = [&](const auto* panels, const auto& take, int64_t j) {
    const auto* const from = panels + j / width * k_ * width + j % width;
    for (int64_t p = 0; p < k_; ++p) rows[p] = take(from[p * width]);
  };
  std::vector<float> low(form_ == Form::split ? k_ : 0);
  for (int64_t j = begin; j < end; ++j, rows += k_) {
    switch (form_) {
      case Form::pairs: cpu::unpack_bf16(j, k_, halves, rows); break;
      case Form::split:
        cpu::unpack_bf16(j, k_, halves, rows), cpu::unpack_bf16(j, k_, halves + size_, low.data());
        for (int64_t p = 0; p < k_; ++p) rows[p] += low[p];
        break;
      case Form::brain: each(halves, cpu::from_brain, j); break;
      case Form::half: each(halves, cpu::from_half, j); break;
      case Form::f32: each(static_cast<const float*>(data_.get()), same, j); break;
    }
  }
}

void PackedWeight::multiply_part(const Part& p) const {
  const auto* const halves = static_cast<const uint16_t*>(data_.get());
  const auto* const next = p.next < 0 ? nullptr : static_cast<const std::byte*>(data_.get()) + p.next * k_ * bytes_per_number();
  switch (form_) {
    case Form::split:
      return cpu::multiply_split(p.m, p.columns, k_, p.half, halves + p.begin * k_, size_, p.bias, p.out, p.out_stride);
    case Form::pairs:
      return cpu::multiply_bf16(p.m, p.columns, k_, p.half, p.half_stride, halves + p.begin * ((k_ + 1) / 2 * 2), p.bias, p.out,
                                p.out_stride);
    case Form::brain:
      return HWY_DYNAMIC_DISPATCH(cpu::multiply_brain)(p.m, p.columns, k_, p.x, p.x_stride, halves + p.begin * k_, next, p.bias,
                                                       p.out, p.out_stride);
    case Form::half:
      return HWY_DYNAMIC_DISPATCH(cpu::multiply_half)(p.m, p.columns, k_, p.x, p.x_stride, halves + p.begin * k_, next, p.bias,
                                                      p.out, p.out_stride);
    case Form::f32: break;
  }
  HWY_DYNAMIC_DISPATCH(cpu::multiply_f32)
  (p.m, p.columns, k_, p.x, p.x_stride, static_cast<const float*>(data_.get()) + p.begin * k_, next, p.bias, p.out, p.out_stride);
}

// Memory gives most in long runs, so each thread reads a stretch of the weight.
void PackedWeight::multiply_tile(int64_t m, const float* x, int64_t x_stride, const float* bias, int64_t begin, int64_t end, float* out,
                                 int64_t out_stride) const {
  const int64_t width = panel_width(), columns = std::max<int64_t>(1, kItemNumbers / (k_ * width)) * width;
  parallel_stretches((end - begin + columns - 1) / columns, [=, this](int64_t i) {
    const int64_t column = i * columns, at = begin + column;
    multiply_part({m, x, x_stride, nullptr, 0, bias ? bias + at : nullptr, at, std::min(columns, end - at), -1, out + column, out_stride});
  });
}

void PackedWeight::multiply(int64_t m, const float* x, int64_t x_stride, const uint16_t* half, int64_t half_stride,
                            const float* bias, int64_t begin, int64_t end, float* out, int64_t out_stride) const {
  const bool is_paired = form_ == Form::pairs || form_ == Form::split;
  const int64_t n = end - begin, rows = rows_of_part(is_paired, m), row_parts = (m + rows - 1) / rows;
  if (!is_paired && m <= kTileRows && m * n * k_ >= kSerial) return multiply_tile(m, x, x_stride, bias, begin, end, out, out_stride);
  const int64_t columns = columns_of_part(is_paired, m, rows, n, k_, panel_width());
  const int64_t column_parts = (n + columns - 1) / columns, parts = column_parts * row_parts;
  if (form_ == Form::split) {  // once for all columns
    struct ForSplit;
    auto* const split = reinterpret_cast<uint16_t*>(cpu::scratch<ForSplit>(static_cast<size_t>(m * k_)));
    parallel_for(m, 16, [=, this](int64_t from, int64_t to) {
      cpu::split_rows(to - from, k_, x + from * x_stride, x_stride, split + from * 2 * k_);
    });
    half = split, half_stride = 2 * k_;
  }
  // Rows after rows meet weights that are in the second cache by then. Products of bf16 go on with the order they were measured in.
  struct Place {
    int64_t row, column;
  };
  const auto place = [=](int64_t i) {
    return is_paired ? Place{i / column_parts * rows, i % column_parts * columns} : Place{i % row_parts * rows, i / row_parts * columns};
  };
  // Where it asks for what comes next, which products of pairs do not, a thread takes the next part before it begins this one.
  const int64_t workers = std::min<int64_t>(parts, threads());
  std::atomic<int64_t> taken = workers;
  parallel_for(workers, 1, [&](int64_t worker, int64_t) {
    for (int64_t i = worker, next; i < parts; i = is_paired ? taken++ : next) {
      next = is_paired ? parts : taken++;
      const auto [row, column] = place(i);
      multiply_part({std::min(rows, m - row), x ? x + row * x_stride : nullptr, x_stride,
                     half ? half + row * half_stride : nullptr, half_stride, bias ? bias + begin + column : nullptr,
                     begin + column, std::min(columns, n - column), next < parts ? begin + place(next).column : -1,
                     out + row * out_stride + column, out_stride});
    }
  });
}

}  // namespace gamana
#endif
