// The same products by AMX, whose tiles (16 rows of 64 bytes) multiply sixteen times as fast as vectors. The panels of
// packed_bf16.h are what its second operand expects: pairs of inputs side by side.
//
// Every number of rows goes this way where the CPU can: a tile adds its 32 products in another order than a vector does, and
// results must not depend on the number of rows.
#include "gamana/kernels/cpu/packed_bf16.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gamana/kernels/cpu/amx_tile.h"

namespace gamana::cpu {
namespace {

// The kernel gives tiles to a process that asks for them.
bool ask_for_tiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  const bool has_tiles = d & 1u << 24, has_bf16_tiles = d & 1u << 22;
  return has_tiles && has_bf16_tiles && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

bool has_amx() {
  static const bool has = ask_for_tiles();
  return has;
}

bool amx_takes(int64_t k) { return k % kTileInputs == 0; }

namespace {

// Rows and panels; where numbers are in two halves, the low ones lie so many values behind the high ones.
struct Operands {
  const uint16_t* x;
  int64_t x_stride, x_low;
  const uint16_t* panels;
  int64_t panels_low;
};

template <bool kSplit>
GAMANA_AMX void multiply(int64_t m, int64_t n, int64_t k, const Operands& in, const float* bias, float* out,
                         int64_t out_stride) {
  alignas(64) float rest[2 * kTileRows * kHalfPanel], first[kHalfPanel];
  for (int64_t row = 0; row < m;) {
    // Whole blocks of 32 rows share a configuration, what is left has its own.
    const int64_t rows = m - row >= 2 * kTileRows ? (m - row) / (2 * kTileRows) * (2 * kTileRows) : m - row;
    const int64_t step = std::min(rows, 2 * kTileRows), second = std::max<int64_t>(0, step - kTileRows);
    configure(step - second, std::max<int64_t>(second, 1));
    for (int64_t c = 0; c < n; c += kHalfPanel) {
      const int64_t columns = std::min(kHalfPanel, n - c);
      std::fill_n(first, kHalfPanel, 0.0f);
      if (bias) std::copy_n(bias + c, columns, first);
      for (int64_t i = row; i < row + rows; i += step) {
        float* to = out + i * out_stride + c;
        const bool whole = columns == kHalfPanel;
        const int64_t x_bytes = in.x_stride * int64_t{sizeof(uint16_t)};
        const TileBlock t{k / kTileInputs, in.x + i * in.x_stride, x_bytes, kTileRows * x_bytes,
                          kTileInputs * sizeof(uint16_t), in.panels + c * k, in.x_low, in.panels_low, first, 0,
                          whole ? to : rest, int64_t{sizeof(float)} * (whole ? out_stride : kHalfPanel)};
        second ? multiply_tiles<true, kSplit>(t) : multiply_tiles<false, kSplit>(t);
        for (int64_t r = 0; !whole && r < step; ++r) std::copy_n(rest + r * kHalfPanel, columns, to + r * out_stride);
      }
    }
    row += rows;
  }
  _tile_release();
}

}  // namespace

void multiply_amx(int64_t m, int64_t n, int64_t k, const uint16_t* x, int64_t x_stride, const uint16_t* panels,
                  const float* bias, float* out, int64_t out_stride) {
  multiply<false>(m, n, k, {x, x_stride, 0, panels, 0}, bias, out, out_stride);
}

void multiply_split(int64_t m, int64_t n, int64_t k, const uint16_t* x, const uint16_t* panels, int64_t panels_low,
                    const float* bias, float* out, int64_t out_stride) {
  multiply<true>(m, n, k, {x, 2 * k, k, panels, panels_low}, bias, out, out_stride);
}

GAMANA_AMX void split_rows(int64_t rows, int64_t k, const float* x, int64_t stride, uint16_t* out) {
  for (int64_t r = 0; r < rows; ++r, out += 2 * k)
    for (int64_t p = 0; p < k; p += 16) {
      const __m512 values = _mm512_loadu_ps(x + r * stride + p);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + p), part_of<Part::high>(values));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + k + p), part_of<Part::low>(values));
    }
}

}  // namespace gamana::cpu
#else
namespace gamana::cpu {
bool has_amx() { return false; }
bool amx_takes(int64_t) { return false; }
void multiply_amx(int64_t, int64_t, int64_t, const uint16_t*, int64_t, const uint16_t*, const float*, float*, int64_t) {}
void multiply_split(int64_t, int64_t, int64_t, const uint16_t*, const uint16_t*, int64_t, const float*, float*, int64_t) {}
void split_rows(int64_t, int64_t, const float*, int64_t, uint16_t*) {}
}  // namespace gamana::cpu
#endif
