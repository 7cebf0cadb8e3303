// Products of a few rows with a weight that is read again and again: packed once in panels of two vectors, no shape to
// set up per call, and each row's sum is the same whatever the other rows. Included once per instruction set.
#if defined(GAMANA_KERNELS_CPU_RNN_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GAMANA_KERNELS_CPU_RNN_PRODUCT_INL_H_
#undef GAMANA_KERNELS_CPU_RNN_PRODUCT_INL_H_
#else
#define GAMANA_KERNELS_CPU_RNN_PRODUCT_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include <hwy/highway.h>

#include "gamana/kernels/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

// Element (i, p) is data[i * row + p * inner].
struct Left {
  const float* data;
  int64_t row, inner;
};

// Element (p, column) of panel j is data[j * panel + p * row + column].
struct Right {
  const float* data;
  int64_t row, panel;
  bool padded;  // the last panel may be read to its full width
};

// What the sums start from: nothing, a bias (stride 0) or what is there.
struct Start {
  const float* data;
  int64_t stride;
};

HWY_INLINE int64_t panel_width() { return 2 * lanes(); }
HWY_INLINE Right packed(const float* data, int64_t k) { return {data, panel_width(), k * panel_width(), true}; }
HWY_INLINE Right plain(const float* data, int64_t stride) { return {data, stride, panel_width(), false}; }

// 2 * kTile sums, two vectors of the right and one number of the left have to fit into the registers.
constexpr int kTile = HWY_TARGET == HWY_AVX3 ? 12 : 6;

// A few tiles of rows multiply a panel no slower than memory brings it. So the first ones ask for the next panel meanwhile, each
// for its share: a line every few inputs, which the CPU does not wait for. A tile that is alone asks for what it needs itself so
// many values later: its sums keep the CPU from looking that far ahead.
constexpr int64_t kAsking = 4, kAhead = 4096;

// Where a tile asks: `step` values further for each input.
struct Ahead {
  const float* data;
  int64_t step;
};

// out[R, columns], columns <= panel_width(). kWhole: the panel is read and written in full. kAlone: so is a tile that asks for both
// lines of an input.
template <int R, bool kWhole, bool kAlone>
HWY_INLINE void tile(int64_t k, Left a, const float* b, int64_t b_row, bool b_padded, Start start, int64_t columns,
                     float* out, int64_t stride, Ahead ahead) {
  const FloatTag d;
  const int64_t n = lanes(), first = std::min(columns, n), second = columns - first;
  Vec low[R], high[R];
#pragma GCC unroll 12
  for (int i = 0; i < R; ++i) {
    const float* from = start.data + i * start.stride;
    low[i] = start.data ? load(from, kWhole ? n : first) : hn::Zero(d);
    high[i] = start.data && (kWhole || second) ? load(from + n, kWhole ? n : second) : hn::Zero(d);
    __builtin_prefetch(out + i * stride, 1);  // so that the sums need not wait for their places at the end
    __builtin_prefetch(out + i * stride + n, 1);
  }
  for (int64_t p = 0; p < k; ++p) {
    const float* from = b + p * b_row;
    __builtin_prefetch(ahead.data + p * ahead.step, 0, 2);
    if (kAlone) __builtin_prefetch(ahead.data + p * ahead.step + n, 0, 2);
    const bool whole = kWhole || b_padded;
    const Vec b_low = whole ? hn::LoadU(d, from) : load(from, first);
    const Vec b_high = whole ? hn::LoadU(d, from + n) : second ? load(from + n, second) : hn::Zero(d);
#pragma GCC unroll 12
    for (int i = 0; i < R; ++i) {
      const Vec x = hn::Set(d, a.data[i * a.row + p * a.inner]);
      low[i] = hn::MulAdd(x, b_low, low[i]);
      high[i] = hn::MulAdd(x, b_high, high[i]);
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < R; ++i) {
    store(low[i], out + i * stride, kWhole ? n : first);
    if (kWhole || second) store(high[i], out + i * stride + n, kWhole ? n : second);
  }
}

template <int R, bool kAlone>
HWY_NOINLINE void tile_rows(int rows, int64_t k, Left a, const float* b, int64_t b_row, bool b_padded, Start start,
                            int64_t columns, float* out, int64_t stride, Ahead ahead) {
  if constexpr (R > 0) {
    if (rows < R) return tile_rows<R - 1, kAlone>(rows, k, a, b, b_row, b_padded, start, columns, out, stride, ahead);
    if (columns == panel_width()) return tile<R, true, kAlone>(k, a, b, b_row, b_padded, start, columns, out, stride, ahead);
    tile<R, false, kAlone>(k, a, b, b_row, b_padded, start, columns, out, stride, ahead);
  }
}

// out [rows, columns] = start + a [rows, k] b [k, columns], on the thread that calls.
HWY_INLINE void product(int64_t rows, int64_t columns, int64_t k, Left a, Right b, Start start, Rows out) {
  const int64_t tiles = (rows + kTile - 1) / kTile, width = panel_width();
  const bool alone = b.padded && tiles == 1;
  for (int64_t c = 0; c < columns; c += width) {
    const float* panel = b.data + c / width * b.panel;
    const int64_t asking = b.padded && tiles > 1 && c + width < columns ? std::min(tiles, kAsking) : 0;
    for (int64_t i = 0; i < tiles; ++i) {
      const int64_t begin = rows * i / tiles, end = rows * (i + 1) / tiles;
      const int64_t share = i < asking ? b.row / asking : 0;
      const Start from{start.data ? start.data + begin * start.stride + c : nullptr, start.stride};
      const auto rows_of = [&]<bool kAlone>(Ahead ahead) GAMANA_INLINE_BODY {
        tile_rows<kTile, kAlone>(static_cast<int>(end - begin), k, {a.data + begin * a.row, a.row, a.inner}, panel, b.row, b.padded,
                                 from, std::min(width, columns - c), out.data + begin * out.stride + c, out.stride, ahead);
      };
      if (alone) rows_of.template operator()<true>({panel + kAhead, b.row});
      else rows_of.template operator()<false>({share ? panel + b.panel + i * k * share : panel, share});
    }
  }
}

// out[j] (+)= x · rows[j], j < count.
HWY_INLINE void dots(int64_t count, int64_t width, const float* x, const float* rows, int64_t stride, bool add,
                     float* out) {
  const FloatTag d;
  for (int64_t j = 0; j < count; j += 4) {
    const int64_t left = count - j;
    const float* row[4];
    for (int64_t i = 0; i < 4; ++i) row[i] = rows + (j + std::min(i, left - 1)) * stride;
    Vec sum[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
    each_vector(width, [&](int64_t c, int64_t n) GAMANA_INLINE_BODY {
      const Vec factor = load(x + c, n);
      for (int i = 0; i < 4; ++i) sum[i] = hn::MulAdd(factor, load(row[i] + c, n), sum[i]);
    });
    for (int64_t i = 0; i < std::min<int64_t>(4, left); ++i)
      out[j + i] = (add ? out[j + i] : 0.0f) + hn::GetLane(hn::SumOfLanes(d, sum[i]));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#endif
