// Both operands are laid out anew for each product, in blocks that stay in the second cache (Goto and van de Geijn 2008,
// "Anatomy of high-performance matrix multiplication"): B in panels of 32 columns, once for all threads; A in tiles, by
// each thread for its rows. So transposed operands and sizes that are no multiple of a tile cost nothing in the loop: what
// is missing is zero. A sum takes its products in the order of k wherever blocks end.
#include "gamana/kernels/cpu/gemm_amx.h"

#include "gamana/kernels/cpu/packed_bf16.h"

#if defined(__x86_64__) && defined(__linux__)
#include <algorithm>

#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/amx_tile.h"
#include "gamana/kernels/cpu/gemm_blocks.h"
#include "gamana/kernels/cpu/masks.h"
#include "gamana/kernels/cpu/scratch.h"
#include "gamana/kernels/cpu/transpose16.h"

// GCC 12 warns of its own headers' "any value" operands.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

namespace gamana::cpu {
namespace {

// Inputs and columns of a block of B: 2 MiB. Rows of a block of A: 256 KiB. Numbers in two halves have half as many inputs.
constexpr int64_t kBlockInputs = 1024, kBlockColumns = 1024, kBlockRows = 128;
constexpr int64_t kStep = 2 * kTileRows;                           // rows of a step of multiply_tiles
constexpr int64_t kStepValues = kTileInputs * kHalfPanel;          // of a panel
constexpr int64_t kRowValues = kStep * kTileInputs;                // of the rows of a step

// A matrix as it is stored.
template <class T>
struct Stored {
  const T* data;
  int64_t stride;
  const T* at(int64_t row, int64_t col) const { return data + row * stride + col; }
};

// 32 values in bf16, zeros from `count` on.
template <Part part>
GAMANA_AMX inline __m512i load(const uint16_t* from, int64_t count) {
  return _mm512_maskz_loadu_epi16(first_bits(count), from);
}

template <Part part>
GAMANA_AMX inline __m512i load(const float* from, int64_t count) {
  const uint32_t bits = first_bits(count);
  return _mm512_inserti64x4(_mm512_castsi256_si512(part_of<part>(_mm512_maskz_loadu_ps(static_cast<__mmask16>(bits), from))),
                            part_of<part>(_mm512_maskz_loadu_ps(static_cast<__mmask16>(bits >> 16), from + 16)), 1);
}

// Row `row` of a block of `rows` rows from `from` on.
template <Part part, class T>
GAMANA_AMX inline __m512i load_row(const Stored<T>& m, int64_t row, int64_t rows, int64_t col, int64_t cols) {
  return row < rows ? load<part>(m.at(row, col), cols - col) : _mm512_setzero_si512();
}

// Pairs of one value of each row: those of columns 0..15 and of 16..31.
struct Pairs {
  __m512i low, high;
};

GAMANA_AMX inline Pairs interleave(__m512i first, __m512i second) {
  alignas(64) static constexpr uint16_t kLow[32] = {0, 32, 1, 33, 2,  34, 3,  35, 4,  36, 5,  37, 6,  38, 7,  39,
                                                    8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47};
  const __m512i low = _mm512_load_si512(kLow), high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
  return {_mm512_permutex2var_epi16(first, low, second), _mm512_permutex2var_epi16(first, high, second)};
}

// A panel of B [k, cols <= 32], as stored.
template <Part part, class T>
GAMANA_AMX void pack_panel(const Stored<T>& b, int64_t k, int64_t cols, uint16_t* out) {
  for (int64_t p = 0; p < up(k, kTileInputs); p += 2, out += 2 * kHalfPanel) {
    const Pairs pairs = interleave(load_row<part>(b, p, k, 0, cols), load_row<part>(b, p + 1, k, 0, cols));
    _mm512_store_si512(out, pairs.low), _mm512_store_si512(out + kHalfPanel, pairs.high);
  }
}

// A panel of B stored transposed, [cols <= 32, k].
template <Part part, class T>
GAMANA_AMX void pack_panel_transposed(const Stored<T>& b, int64_t k, int64_t cols, uint16_t* out) {
  for (int64_t p = 0; p < k; p += kTileInputs, out += kStepValues)
    for (int64_t half = 0; half < 2; ++half) {
      __m512i r[16];
      for (int64_t i = 0; i < 16; ++i) r[i] = load_row<part>(b, half * 16 + i, cols, p, k);
      transpose16(r);
      for (int64_t i = 0; i < 16; ++i) _mm512_store_si512(out + i * 2 * kHalfPanel + half * kHalfPanel, r[i]);
    }
}

// The rows of a step, of A [rows <= 32, k], as two tiles for each 32 inputs.
template <Part part, class T>
GAMANA_AMX void pack_rows(const Stored<T>& a, int64_t rows, int64_t k, uint16_t* out) {
  for (int64_t p = 0; p < k; p += kTileInputs)
    for (int64_t i = 0; i < kStep; ++i, out += kTileInputs) _mm512_store_si512(out, load_row<part>(a, i, rows, p, k));
}

// The same of A stored transposed, [k, rows <= 32].
template <Part part, class T>
GAMANA_AMX void pack_rows_transposed(const Stored<T>& a, int64_t rows, int64_t k, uint16_t* out) {
  for (int64_t p = 0; p < k; p += kTileInputs, out += kRowValues) {
    __m512i low[16], high[16];
    for (int64_t i = 0; i < 16; ++i) {
      const Pairs pairs = interleave(load_row<part>(a, p + 2 * i, k, 0, rows), load_row<part>(a, p + 2 * i + 1, k, 0, rows));
      low[i] = pairs.low, high[i] = pairs.high;
    }
    transpose16(low), transpose16(high);
    for (int64_t i = 0; i < 16; ++i) {
      _mm512_store_si512(out + i * kTileInputs, low[i]);
      _mm512_store_si512(out + (kTileRows + i) * kTileInputs, high[i]);
    }
  }
}

template <Part part, class T>
void lay_out_panel(bool transposed, const Stored<T>& b, int64_t k, int64_t cols, uint16_t* out) {
  transposed ? pack_panel_transposed<part>(b, k, cols, out) : pack_panel<part>(b, k, cols, out);
}

template <Part part, class T>
void lay_out_rows(bool transposed, const Stored<T>& a, int64_t rows, int64_t k, uint16_t* out) {
  transposed ? pack_rows_transposed<part>(a, rows, k, out) : pack_rows<part>(a, rows, k, out);
}

// What a block is laid out in; the low halves, where there are some, so many values after the others.
struct Packed {
  const uint16_t* values;
  int64_t low;
};

// c [rows, cols] (+)= the tiles of up to kBlockRows rows times panels.
template <bool kSplit>
GAMANA_AMX void multiply_packed(int64_t rows, int64_t cols, int64_t steps, const Packed& tiles, const Packed& panels,
                                const Result& c) {
  alignas(64) static constexpr float kZeros[kHalfPanel] = {};
  alignas(64) float rest[kStep * kHalfPanel];
  configure(kTileRows, kTileRows);
  for (int64_t j = 0; j < cols; j += kHalfPanel)
    for (int64_t i = 0; i < rows; i += kStep) {
      float* to = c.data + i * c.stride + j;
      const int64_t height = std::min(kStep, rows - i), width = std::min(kHalfPanel, cols - j);
      const bool whole = height == kStep && width == kHalfPanel;
      float* out = whole ? to : rest;
      const int64_t bytes = (whole ? c.stride : kHalfPanel) * int64_t{sizeof(float)};
      for (int64_t r = 0; !whole && c.add && r < height; ++r) std::copy_n(to + r * c.stride, width, rest + r * kHalfPanel);
      multiply_tiles<true, kSplit>({steps, tiles.values + i * steps * kTileInputs, 64, kRowValues, 2 * kRowValues,
                                    panels.values + j * steps * kTileInputs, tiles.low, panels.low, c.add ? out : kZeros,
                                    c.add ? bytes : 0, out, bytes});
      for (int64_t r = 0; !whole && r < height; ++r) std::copy_n(rest + r * kHalfPanel, width, to + r * c.stride);
    }
  _tile_release();
}

// T is uint16_t, bf16, or float, in two halves.
template <class T>
void multiply(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const T* a, int64_t lda, const T* b,
              int64_t ldb, float* c, int64_t ldc, bool accumulate) {
  struct ForPanels;
  struct ForRows;
  constexpr bool kSplit = sizeof(T) == sizeof(float);
  const int64_t block_n = block_of(n, kBlockColumns), block_k = block_of(k, kBlockInputs / (kSplit ? 2 : 1));
  const int64_t block_m = m >= 8 * kBlockRows ? kBlockRows : kBlockRows / 2, row_blocks = (m + block_m - 1) / block_m;
  const int64_t panels_low = block_n * block_k, rows_low = block_m * block_k;
  auto* const panels = reinterpret_cast<uint16_t*>(scratch<ForPanels>(static_cast<size_t>(panels_low / (kSplit ? 1 : 2))));
  for (int64_t j = 0; j < n; j += block_n)
    for (int64_t p = 0; p < k; p += block_k) {
      const int64_t cols = std::min(block_n, n - j), inputs = std::min(block_k, k - p);
      const int64_t steps = up(inputs, kTileInputs) / kTileInputs;
      parallel_for((cols + kHalfPanel - 1) / kHalfPanel, 4, [=](int64_t begin, int64_t end) {
        for (int64_t panel = begin; panel < end; ++panel) {
          const int64_t col = panel * kHalfPanel, width = std::min(kHalfPanel, cols - col);
          uint16_t* to = panels + panel * steps * kStepValues;
          const Stored<T> from{trans_b ? b + (j + col) * ldb + p : b + p * ldb + j + col, ldb};
          lay_out_panel<Part::high>(trans_b, from, inputs, width, to);
          if (kSplit) lay_out_panel<Part::low>(trans_b, from, inputs, width, to + panels_low);
        }
      });
      // Few rows: the columns are split as well.
      const int64_t groups = std::min((cols + kHalfPanel - 1) / kHalfPanel, std::max<int64_t>(1, 8 / row_blocks));
      const int64_t group = block_of(cols, up((cols + groups - 1) / groups, kHalfPanel));
      const int64_t group_count = (cols + group - 1) / group;
      parallel_for(row_blocks * group_count, 1, [=](int64_t begin, int64_t) {
        const int64_t row = begin / group_count * block_m, col = begin % group_count * group;
        const int64_t rows = std::min(block_m, m - row);
        auto* tiles = reinterpret_cast<uint16_t*>(scratch<ForRows>(static_cast<size_t>(rows_low / (kSplit ? 1 : 2))));
        for (int64_t i = 0; i < rows; i += kStep) {
          const int64_t height = std::min(kStep, rows - i);
          uint16_t* to = tiles + i * steps * kTileInputs;
          const Stored<T> from{trans_a ? a + p * lda + row + i : a + (row + i) * lda + p, lda};
          lay_out_rows<Part::high>(trans_a, from, height, inputs, to);
          if (kSplit) lay_out_rows<Part::low>(trans_a, from, height, inputs, to + rows_low);
        }
        multiply_packed<kSplit>(rows, std::min(group, cols - col), steps, {tiles, rows_low},
                                {panels + col * steps * kTileInputs, panels_low},
                                {c + row * ldc + j + col, ldc, accumulate || p > 0});
      });
    }
}

}  // namespace

// Laying B out costs as much as multiplying it by some 40 rows.
bool gemm_amx_takes(int64_t m, int64_t n, int64_t k) { return has_amx() && m >= 64 && m * n * k >= 1 << 18; }

void gemm_amx(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const uint16_t* a, int64_t lda,
              const uint16_t* b, int64_t ldb, float* c, int64_t ldc, bool accumulate) {
  multiply(trans_a, trans_b, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
}

void gemm_amx(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b,
              int64_t ldb, float* c, int64_t ldc, bool accumulate) {
  multiply(trans_a, trans_b, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
}

}  // namespace gamana::cpu
#else
namespace gamana::cpu {
bool gemm_amx_takes(int64_t, int64_t, int64_t) { return false; }
void gemm_amx(bool, bool, int64_t, int64_t, int64_t, const uint16_t*, int64_t, const uint16_t*, int64_t, float*, int64_t,
              bool) {}
void gemm_amx(bool, bool, int64_t, int64_t, int64_t, const float*, int64_t, const float*, int64_t, float*, int64_t, bool) {}
}  // namespace gamana::cpu
#endif
