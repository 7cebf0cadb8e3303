#include "gamana/kernels/cpu/coarse_vnni.h"

#include <algorithm>
#include <cmath>

#include "gamana/kernels/cpu/masks.h"

#if defined(__x86_64__)
#include <immintrin.h>
// GCC 12 warns of its own headers' "any value" operands.
#pragma GCC diagnostic ignored "-Wuninitialized"
#define GAMANA_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#endif

namespace gamana::cpu {

#if defined(__x86_64__)
namespace {

constexpr int64_t kVector = 16, kTile = 12;
constexpr int64_t kAhead = 1 << 14;  // bytes after which a tile's weights are asked for (rnn_product-inl.h)

// R rows of a panel.
template <int R>
GAMANA_VNNI void tile(int64_t pairs, const int32_t* x, const float* steps, const int8_t* panel, float* sums, int64_t stride) {
  __m512i low[R], high[R];
#pragma GCC unroll 12
  for (int i = 0; i < R; ++i) low[i] = high[i] = _mm512_setzero_si512();
  for (int64_t p = 0; p < pairs; ++p, panel += 2 * kWholePanel) {
    _mm_prefetch(reinterpret_cast<const char*>(panel) + kAhead, _MM_HINT_T1);
    const __m512i q_low = _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(panel)));
    const __m512i q_high = _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(panel + kWholePanel)));
#pragma GCC unroll 12
    for (int i = 0; i < R; ++i) {
      const __m512i pair = _mm512_set1_epi32(x[i * pairs + p]);
      low[i] = _mm512_dpwssd_epi32(low[i], q_low, pair), high[i] = _mm512_dpwssd_epi32(high[i], q_high, pair);
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < R; ++i) {
    const __m512 step = _mm512_set1_ps(steps[i]);
    _mm512_storeu_ps(sums + i * stride, _mm512_mul_ps(_mm512_cvtepi32_ps(low[i]), step));
    _mm512_storeu_ps(sums + i * stride + kVector, _mm512_mul_ps(_mm512_cvtepi32_ps(high[i]), step));
  }
}

template <int R>
void tile_of(int64_t rows, int64_t pairs, const int32_t* x, const float* steps, const int8_t* panel, float* sums, int64_t stride) {
  if constexpr (R > 0) {
    if (rows < R) return tile_of<R - 1>(rows, pairs, x, steps, panel, sums, stride);
    tile<R>(pairs, x, steps, panel, sums, stride);
  }
}

}  // namespace

bool has_vnni() { return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni"); }

GAMANA_VNNI Rounding round_to_whole(int64_t k, const float* x, int32_t* pairs) {
  __m512 most = _mm512_setzero_ps();
  for (int64_t p = 0; p < k; p += kVector) {
    const auto mask = static_cast<__mmask16>(first_bits(k - p));
    most = _mm512_max_ps(most, _mm512_abs_ps(_mm512_maskz_loadu_ps(mask, x + p)));
  }
  const float largest = _mm512_reduce_max_ps(most);
  const int limit = static_cast<int>(std::min<int64_t>(INT16_MAX, INT32_MAX / (127 * k)));
  const bool fits = limit > 0 && largest > 1e-25f;
  const float step = fits ? largest / static_cast<float>(limit) : 0.0f;
  const __m512 inverse = _mm512_set1_ps(fits ? 1 / step : 0.0f);
  for (int64_t p = 0; p < k; p += kVector) {
    const auto mask = static_cast<__mmask16>(first_bits(k - p));
    const __m512i q = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + p), inverse));
    const __m512i within = _mm512_max_epi32(_mm512_min_epi32(q, _mm512_set1_epi32(limit)), _mm512_set1_epi32(-limit));
    _mm512_mask_cvtepi32_storeu_epi16(reinterpret_cast<char*>(pairs) + p * 2, mask, within);
  }
  // 0.01 for the rounding of 1 / step and of x / step, whose 16 bits are close to the 24 of a float.
  return {step, (fits ? 0.51f * step : 1.01f * largest) * std::sqrt(static_cast<float>(k))};
}

void multiply_whole(int64_t m, int64_t panels, int64_t pairs, const int32_t* x, const float* steps, const int8_t* q, float* sums) {
  const int64_t stride = panels * kWholePanel;
  for (int64_t j = 0; j < panels; ++j)
    for (int64_t i = 0; i < m; i += kTile)
      tile_of<kTile>(std::min(kTile, m - i), pairs, x + i * pairs, steps + i, q + j * pairs * 2 * kWholePanel,
                     sums + i * stride + j * kWholePanel, stride);
}
#else
bool has_vnni() { return false; }
Rounding round_to_whole(int64_t, const float*, int32_t*) { return {}; }
void multiply_whole(int64_t, int64_t, int64_t, const int32_t*, const float*, const int8_t*, float*) {}
#endif

}  // namespace gamana::cpu
