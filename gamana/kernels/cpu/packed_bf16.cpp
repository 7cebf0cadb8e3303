#include "gamana/kernels/cpu/packed_bf16.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/masks.h"
#include "gamana/kernels/cpu/short_numbers.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define GAMANA_BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))
#endif

namespace gamana::cpu {
namespace {

// To nearest, ties to even.
uint16_t round_to_half(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  return static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

// Calls put(output, input, where it lies in the panels), for all that panels hold.
template <class Put>
void for_each_in_panels(int64_t n, int64_t k, const Put& put) {
  const int64_t pairs = (k + 1) / 2, panels = (n + kHalfPanel - 1) / kHalfPanel;
  parallel_for(panels, 4, [=](int64_t begin, int64_t end) {
    for (int64_t j = begin * kHalfPanel; j < end * kHalfPanel; ++j) {
      const int64_t to = j / kHalfPanel * pairs * 2 * kHalfPanel + j % kHalfPanel * 2;
      for (int64_t p = 0; p < 2 * pairs; ++p) put(j, p, to + p / 2 * 2 * kHalfPanel + p % 2);
    }
  });
}

}  // namespace

void pack_bf16(int64_t n, int64_t k, const float* weight, int64_t stride, uint16_t* out) {
  for_each_in_panels(n, k, [=](int64_t j, int64_t p, int64_t to) {
    out[to] = j < n && p < k ? round_to_half(weight[j * stride + p]) : uint16_t{0};
  });
}

void unpack_bf16(int64_t j, int64_t k, const uint16_t* panels, float* out) {
  const uint16_t* from = panels + j / kHalfPanel * ((k + 1) / 2) * 2 * kHalfPanel + j % kHalfPanel * 2;
  for (int64_t p = 0; p < k; ++p) out[p] = from_brain(from[p / 2 * 2 * kHalfPanel + p % 2]);
}

void pack_split(int64_t n, int64_t k, const float* weight, int64_t stride, uint16_t* high, uint16_t* low) {
  for_each_in_panels(n, k, [=](int64_t j, int64_t p, int64_t to) {
    const float w = j < n && p < k ? weight[j * stride + p] : 0.0f;
    high[to] = round_to_half(w), low[to] = round_to_half(w - from_brain(high[to]));
  });
}

#if defined(__x86_64__)
GAMANA_BF16 void round_to_bf16(int64_t n, const float* x, uint16_t* y) {
  int64_t i = 0;
  for (; i + 32 <= n; i += 32)
    _mm512_storeu_si512(y + i, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + i + 16), _mm512_loadu_ps(x + i)));
  for (; i < n; i += 16) {
    const auto rest = static_cast<__mmask16>(first_bits(n - i));
    const auto halves = (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(rest, x + i));
    _mm256_mask_storeu_epi16(y + i, rest, halves);
  }
}

namespace {

// The first tiles of rows ask for the next panel while they multiply this one, each for its share.
constexpr int64_t kAsking = 4;
constexpr int kTile = 12;  // rows: 24 sums, two vectors of the weight and one pair of inputs fit into 32 registers

struct Tile {
  int64_t pairs;
  const uint16_t* x;
  int64_t x_stride;
  const uint16_t* panel;
  const float* bias;
  int64_t columns;
  float* out;
  int64_t out_stride;
  const uint16_t* ahead;  // where it asks, `step` halves further for each pair
  int64_t step;
};

template <int R>
GAMANA_BF16 void tile(const Tile& t) {
  const auto first = static_cast<__mmask16>(first_bits(t.columns));
  const auto second = static_cast<__mmask16>(first_bits(t.columns) >> 16);
  __m512 low[R], high[R];
#pragma GCC unroll 12
  for (int i = 0; i < R; ++i) {
    low[i] = t.bias ? _mm512_maskz_loadu_ps(first, t.bias) : _mm512_setzero_ps();
    high[i] = t.bias ? _mm512_maskz_loadu_ps(second, t.bias + 16) : _mm512_setzero_ps();
  }
  for (int64_t p = 0; p < t.pairs; ++p) {
    __builtin_prefetch(t.ahead + p * t.step, 0, 2);
    const auto b_low = (__m512bh)_mm512_loadu_si512(t.panel + p * 2 * kHalfPanel);
    const auto b_high = (__m512bh)_mm512_loadu_si512(t.panel + p * 2 * kHalfPanel + kHalfPanel);
#pragma GCC unroll 12
    for (int i = 0; i < R; ++i) {
      int32_t pair;
      std::memcpy(&pair, t.x + i * t.x_stride + 2 * p, 4);
      const auto a = (__m512bh)_mm512_set1_epi32(pair);
      low[i] = _mm512_dpbf16_ps(low[i], a, b_low);
      high[i] = _mm512_dpbf16_ps(high[i], a, b_high);
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < R; ++i) {
    _mm512_mask_storeu_ps(t.out + i * t.out_stride, first, low[i]);
    _mm512_mask_storeu_ps(t.out + i * t.out_stride + 16, second, high[i]);
  }
}

template <int R>
void tile_rows(int64_t rows, const Tile& t) {
  if constexpr (R > 0) {
    if (rows < R) return tile_rows<R - 1>(rows, t);
    tile<R>(t);
  }
}

}  // namespace

void multiply_bf16(int64_t m, int64_t n, int64_t k, const uint16_t* x, int64_t x_stride, const uint16_t* panels,
                   const float* bias, float* out, int64_t out_stride) {
  if (has_amx() && amx_takes(k)) return multiply_amx(m, n, k, x, x_stride, panels, bias, out, out_stride);
  const int64_t pairs = (k + 1) / 2, tiles = (m + kTile - 1) / kTile, size = 2 * kHalfPanel * pairs;
  for (int64_t c = 0; c < n; c += kHalfPanel) {
    const uint16_t* panel = panels + c * 2 * pairs;
    const int64_t asking = tiles > 1 && c + kHalfPanel < n ? std::min(tiles, kAsking) : 0;
    for (int64_t i = 0; i < tiles; ++i) {
      const int64_t begin = m * i / tiles, end = m * (i + 1) / tiles, step = i < asking ? 2 * kHalfPanel / asking : 0;
      tile_rows<kTile>(end - begin, {pairs, x + begin * x_stride, x_stride, panel, bias ? bias + c : nullptr,
                                     std::min(kHalfPanel, n - c), out + begin * out_stride + c, out_stride,
                                     step ? panel + size + i * pairs * step : panel, step});
    }
  }
}
#else
// has_bf16() is false here.
void round_to_bf16(int64_t, const float*, uint16_t*) { GAMANA_DCHECK(false); }
void multiply_bf16(int64_t, int64_t, int64_t, const uint16_t*, int64_t, const uint16_t*, const float*, float*, int64_t) {
  GAMANA_DCHECK(false);
}
#endif

}  // namespace gamana::cpu
