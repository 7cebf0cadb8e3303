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

// What comes from memory after a panel.
struct Coming {
  const char* data;
  int64_t bytes;
};

// Element (p, column) of panel j is data[j * panel + p * row + column].
template <class T>
struct Right {
  const T* data;
  int64_t row, panel;
  bool padded;  // the last panel may be read to its full width
  bool far;     // read once and not again soon, so it comes from memory
  Coming next;  // after the last panel
};

// What the sums start from: nothing, a bias (stride 0) or what is there; `last`: added when all products are, for
// what may still be on its way from memory.
struct Start {
  const float* data;
  int64_t stride;
  bool last = false;
};

HWY_INLINE int64_t panel_width() { return 2 * lanes(); }
template <class T>
HWY_INLINE Right<T> packed(const T* data, int64_t k, bool far, Coming next = {}) {
  return {data, panel_width(), k * panel_width(), true, far, next};
}
HWY_INLINE Right<float> plain(const float* data, int64_t stride) { return {data, stride, panel_width(), false, false, {}}; }

// The first `count` of a vector of the right; what is not in f32 is always padded. Numbers of two bytes are those of bf16 or f16.
enum class Brain : uint16_t {};
enum class Half : uint16_t {};
HWY_INLINE Vec numbers(const float* p, int64_t count) { return load(p, count); }
HWY_INLINE Vec numbers(const Brain* p, int64_t) {
  const hn::Rebind<uint16_t, FloatTag> d;
  const hn::Rebind<uint32_t, FloatTag> wide;
  const auto bits = hn::PromoteTo(wide, hn::LoadU(d, reinterpret_cast<const uint16_t*>(p)));
  return hn::BitCast(FloatTag(), hn::ShiftLeft<16>(bits));
}
HWY_INLINE Vec numbers(const Half* p, int64_t) {
  const hn::Rebind<uint16_t, FloatTag> d;
  const hn::Rebind<hwy::float16_t, FloatTag> half;
  return hn::PromoteTo(FloatTag(), hn::BitCast(half, hn::LoadU(d, reinterpret_cast<const uint16_t*>(p))));
}
HWY_INLINE Vec numbers(const int8_t* p, int64_t) {
  const hn::Rebind<int32_t, FloatTag> d;
  return hn::ConvertTo(FloatTag(), hn::PromoteTo(d, hn::LoadU(hn::Rebind<int8_t, FloatTag>(), p)));
}

// 2 * kTile sums, two vectors of the right and one number of the left have to fit into the registers.
constexpr int kTile = HWY_TARGET == HWY_AVX3 ? 12 : 6;

// Some tiles of rows multiply a stretch of a panel no faster than memory brings the next one. So each asks for its share of that
// meanwhile, lines that the CPU does not wait for, at an even pace: many at once would keep what is at hand in the second cache
// waiting. A stretch is so short that two of them stay in that cache beside the rows. A tile that is alone asks for what it needs itself
// so many bytes later: its sums keep the CPU from looking that far ahead.
constexpr int64_t kAhead = 1 << 14, kLine = 64, kGroup = 5, kStretch = 1024;

// The first line that a tile asks for, and how many it asks for with each kGroup inputs: with each single one its sums would go slower.
// After `left` lines, and then after each `run`, it leaves out `jump` bytes.
struct Ahead {
  const char* line;
  int64_t lines, left = INT64_MAX, run = INT64_MAX, jump = 0;
};

// out[R, columns], columns <= panel_width(). kWhole: the panel is read and written in full.
template <int R, bool kWhole, class T>
HWY_INLINE void tile(int64_t k, Left a, const T* b, int64_t b_row, bool b_padded, Start start, int64_t columns,
                     float* out, int64_t stride, Ahead ahead) {
  const FloatTag d;
  const int64_t n = lanes(), first = std::min(columns, n), second = columns - first;
  Vec low[R], high[R];
#pragma GCC unroll 12
  for (int i = 0; i < R; ++i) {
    const float* from = start.data + i * start.stride;
    low[i] = start.data && !start.last ? load(from, kWhole ? n : first) : hn::Zero(d);
    high[i] = start.data && !start.last && (kWhole || second) ? load(from + n, kWhole ? n : second) : hn::Zero(d);
    __builtin_prefetch(out + i * stride, 1);  // so that the sums need not wait for their places at the end
    __builtin_prefetch(out + i * stride + n, 1);
  }
  for (int64_t p = 0; p < k;) {
    for (int64_t i = 0; i < ahead.lines; ++i, ahead.line += kLine) {
      __builtin_prefetch(ahead.line, 0, 2);
      if (--ahead.left == 0) ahead.line += ahead.jump, ahead.left = ahead.run;
    }
    for (const int64_t end = ahead.lines ? std::min(k, p + kGroup) : k; p < end; ++p) {
      const T* from = b + p * b_row;
      const bool whole = kWhole || b_padded;
      const Vec b_low = numbers(from, whole ? n : first);
      const Vec b_high = whole || second ? numbers(from + n, whole ? n : second) : hn::Zero(d);
#pragma GCC unroll 12
      for (int i = 0; i < R; ++i) {
        const Vec x = hn::Set(d, a.data[i * a.row + p * a.inner]);
        low[i] = hn::MulAdd(x, b_low, low[i]);
        high[i] = hn::MulAdd(x, b_high, high[i]);
      }
    }
  }
  if (start.last) {
#pragma GCC unroll 12
    for (int i = 0; i < R; ++i) {
      const float* from = start.data + i * start.stride;
      low[i] = hn::Add(low[i], load(from, kWhole ? n : first));
      if (kWhole || second) high[i] = hn::Add(high[i], load(from + n, kWhole ? n : second));
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < R; ++i) {
    store(low[i], out + i * stride, kWhole ? n : first);
    if (kWhole || second) store(high[i], out + i * stride + n, kWhole ? n : second);
  }
}

template <int R, class T>
HWY_NOINLINE void tile_rows(int rows, int64_t k, Left a, const T* b, int64_t b_row, bool b_padded, Start start,
                            int64_t columns, float* out, int64_t stride, Ahead ahead) {
  if constexpr (R > 0) {
    if (rows < R) return tile_rows<R - 1, T>(rows, k, a, b, b_row, b_padded, start, columns, out, stride, ahead);
    if (columns == panel_width()) return tile<R, true>(k, a, b, b_row, b_padded, start, columns, out, stride, ahead);
    tile<R, false>(k, a, b, b_row, b_padded, start, columns, out, stride, ahead);
  }
}

// What the tiles of a stretch, inputs [p, p + inner) of a panel, ask for.
template <class T>
HWY_INLINE Coming ahead_of(const Right<T>& b, int64_t k, int64_t p, int64_t inner, const T* stretch, int64_t tiles, bool last) {
  if (!b.far) return b.next.bytes == 0 ? Coming{} : Coming{b.next.data + b.next.bytes * p / k, b.next.bytes * inner / k};
  const int64_t bytes = inner * b.row * static_cast<int64_t>(sizeof(T));
  const char* const data = reinterpret_cast<const char*>(stretch);
  if (tiles == 1) return {data + kAhead, bytes};
  return last ? Coming{b.next.data, std::min(b.next.bytes, bytes)} : Coming{data + bytes, bytes};
}

// Something that tiles ask for: rows of so many lines, `stride` bytes apart.
struct Region {
  const char* data;
  int64_t rows, lines, stride;
};

// Share i of n, asked for while k inputs are multiplied.
HWY_INLINE Ahead share_of(const Region& region, int64_t i, int64_t n, int64_t k) {
  const int64_t all = region.rows * region.lines;
  if (all == 0) return {};
  const int64_t first = all * i / n, lines = all * (i + 1) / n - first, row = first / region.lines, at = first % region.lines;
  return {.line = region.data + row * region.stride + at * kLine,
          .lines = (lines * kGroup + k - 1) / k,
          .left = region.lines - at,
          .run = region.lines,
          .jump = region.stride - region.lines * kLine};
}

// out [rows, columns] = start + a [rows, k] b [k, columns], on the thread that calls.
template <class T>
HWY_INLINE void product(int64_t rows, int64_t columns, int64_t k, Left a, Right<T> b, Start start, Rows out) {
  const int64_t tiles = (rows + kTile - 1) / kTile, width = panel_width(), step = tiles == 1 ? k : kStretch;
  for (int64_t c = 0; c < columns; c += width) {
    Start from{start.data ? start.data + c : nullptr, start.stride};
    int64_t p = 0;
    do {  // without inputs the sums are what they start from
      const int64_t inner = std::min(step, k - p);
      const T* const stretch = b.data + c / width * b.panel + p * b.row;
      const Coming coming = ahead_of(b, k, p, inner, stretch, tiles, c + width >= columns && p + inner == k);
      for (int64_t i = 0; i < tiles; ++i) {
        const int64_t begin = rows * i / tiles, end = rows * (i + 1) / tiles;
        tile_rows<kTile, T>(static_cast<int>(end - begin), inner, {a.data + begin * a.row + p * a.inner, a.row, a.inner}, stretch,
                         b.row, b.padded, {from.data ? from.data + begin * from.stride : nullptr, from.stride},
                         std::min(width, columns - c), out.data + begin * out.stride + c, out.stride,
                         share_of({coming.data, 1, coming.bytes / kLine, 0}, i, tiles, inner));
      }
      from = {out.data + c, out.stride};
    } while ((p += step) < k);
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
