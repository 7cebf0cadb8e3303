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
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#define GAMANA_AMX __attribute__((target("amx-tile,amx-bf16,avx512f")))

namespace gamana::cpu {
namespace {

constexpr int64_t kTileRows = 16, kTileInputs = 32, kTileColumns = 16;

// The kernel gives tiles to a process that asks for them.
bool ask_for_tiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  const bool has_tiles = d & 1u << 24, has_bf16_tiles = d & 1u << 22;
  return has_tiles && has_bf16_tiles && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

struct alignas(64) TileConfig {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};

// Tiles 0..3: sums of two blocks of rows by two of columns; 4, 5: inputs of the rows; 6, 7: the weight.
GAMANA_AMX void configure(int64_t first_rows, int64_t second_rows) {
  TileConfig config;
  for (int tile = 0; tile < 8; ++tile) {
    config.row_bytes[tile] = 64;
    config.rows[tile] = static_cast<uint8_t>(tile >= 6 ? 16 : tile == 2 || tile == 3 || tile == 5 ? second_rows : first_rows);
  }
  _tile_loadconfig(&config);
}

struct Block {
  int64_t steps;           // of kTileInputs inputs
  const uint16_t* x;       // the first row
  int64_t x_bytes;         // from row to row
  const uint16_t* panel;
  const float* bias;       // kHalfPanel of them
  float* out;
  int64_t out_bytes;
};

constexpr int64_t kPanelBytes = 2 * kHalfPanel * sizeof(uint16_t);  // of a pair of inputs

template <bool kTwo>
GAMANA_AMX void block(const Block& t) {
  _tile_loadd(0, t.bias, 0);  // every row begins with the same
  _tile_loadd(1, t.bias + kTileColumns, 0);
  if (kTwo) {
    _tile_loadd(2, t.bias, 0);
    _tile_loadd(3, t.bias + kTileColumns, 0);
  }
  const char* x = reinterpret_cast<const char*>(t.x);
  const char* panel = reinterpret_cast<const char*>(t.panel);
  for (int64_t s = 0; s < t.steps; ++s, x += kTileInputs * sizeof(uint16_t), panel += kTileInputs / 2 * kPanelBytes) {
    _tile_loadd(6, panel, kPanelBytes);
    _tile_loadd(7, panel + 64, kPanelBytes);
    _tile_loadd(4, x, t.x_bytes);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    if (kTwo) {
      _tile_loadd(5, x + kTileRows * t.x_bytes, t.x_bytes);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  char* out = reinterpret_cast<char*>(t.out);
  _tile_stored(0, out, t.out_bytes);
  _tile_stored(1, out + 64, t.out_bytes);
  if (kTwo) {
    _tile_stored(2, out + kTileRows * t.out_bytes, t.out_bytes);
    _tile_stored(3, out + kTileRows * t.out_bytes + 64, t.out_bytes);
  }
}

}  // namespace

bool has_amx() {
  static const bool has = ask_for_tiles();
  return has;
}

bool amx_takes(int64_t k) { return k % kTileInputs == 0; }

GAMANA_AMX void multiply_amx(int64_t m, int64_t n, int64_t k, const uint16_t* x, int64_t x_stride, const uint16_t* panels,
                             const float* bias, float* out, int64_t out_stride) {
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
        const Block t{k / kTileInputs, x + i * x_stride, x_stride * int64_t{sizeof(uint16_t)}, panels + c * k, first,
                      whole ? to : rest, int64_t{sizeof(float)} * (whole ? out_stride : kHalfPanel)};
        second ? block<true>(t) : block<false>(t);
        for (int64_t r = 0; !whole && r < step; ++r) std::copy_n(rest + r * kHalfPanel, columns, to + r * out_stride);
      }
    }
    row += rows;
  }
  _tile_release();
}

}  // namespace gamana::cpu
#else
namespace gamana::cpu {
bool has_amx() { return false; }
bool amx_takes(int64_t) { return false; }
void multiply_amx(int64_t, int64_t, int64_t, const uint16_t*, int64_t, const uint16_t*, const float*, float*, int64_t) {}
}  // namespace gamana::cpu
#endif
