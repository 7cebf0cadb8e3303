#pragma once
// The step of AMX that all bf16 products share: 32 rows by 32 columns of sums in four tiles (16 rows of 64 bytes each),
// whose operands are read once for two of them. Included only where the compiler knows x86-64 and Linux.
#include <cstdint>

#include <immintrin.h>

#define GAMANA_AMX __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512bf16,prfchw")))

namespace gamana::cpu {

constexpr int64_t kTileRows = 16, kTileInputs = 32, kTileColumns = 16;

// A number of f32 as the sum of two of bf16, each rounded to nearest (Henry, Tang and Heinecke 2019, "Leveraging the bfloat16
// artificial intelligence datatype for higher-precision computations", section II): what is left is 2^-18 of it at most.
enum class Part { high, low };

template <Part part>
GAMANA_AMX inline __m256i part_of(__m512 x) {
  const auto high = (__m256i)_mm512_cvtneps_pbh(x);
  if (part == Part::high) return high;
  return (__m256i)_mm512_cvtneps_pbh(x - _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(high), 16)));
}

struct alignas(64) TileConfig {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};

// Tiles 0..3: sums of two blocks of rows by two of columns; 4, 5: inputs of the rows; 6, 7: the weight.
GAMANA_AMX inline void configure(int64_t first_rows, int64_t second_rows) {
  TileConfig config;
  for (int tile = 0; tile < 8; ++tile) {
    config.row_bytes[tile] = 64;
    const bool of_weight = tile >= 6, of_second = tile == 2 || tile == 3 || tile == 5;
    config.rows[tile] = static_cast<uint8_t>(of_weight ? 16 : of_second ? second_rows : first_rows);
  }
  asm volatile("" ::"r"(&config) : "memory");  // the compiler takes the instruction to read 8 bytes only
  _tile_loadconfig(&config);
}

struct TileBlock {
  int64_t steps;                        // of kTileInputs inputs
  const uint16_t* x;                    // the first row
  int64_t x_bytes, x_second, x_step;    // bytes from row to row, to the second block of rows, from step to step
  const uint16_t* panel;                // pairs of inputs, kHalfPanel columns each (packed_bf16.h)
  int64_t x_low, panel_low;             // kSplit: values from the high halves on to the low ones
  const float* first;                   // what the sums begin with
  int64_t first_bytes;                  // from row to row; 0: every row begins with the same
  float* out;
  int64_t out_bytes;
};

// kTwo: both blocks of rows. kSplit: numbers are sums of two of bf16, whose products are added from the small ones on; that of
// the low halves, 2^-18 of the whole at most, is left out as what the halves themselves do not keep is no smaller.
template <bool kTwo, bool kSplit = false>
GAMANA_AMX void multiply_tiles(const TileBlock& t) {
  constexpr int64_t kPairBytes = 128;           // of a panel
  asm volatile("" ::: "memory");                // the compiler does not know that tiles read memory
  const char* first = reinterpret_cast<const char*>(t.first);
  _tile_loadd(0, first, t.first_bytes);
  _tile_loadd(1, first + 64, t.first_bytes);
  if (kTwo) {
    _tile_loadd(2, first + kTileRows * t.first_bytes, t.first_bytes);
    _tile_loadd(3, first + kTileRows * t.first_bytes + 64, t.first_bytes);
  }
  char* out = reinterpret_cast<char*>(t.out);
  for (int term = kSplit ? 0 : 2; term < 3; ++term) {  // low x high, high x low, high x high
    const char* x = reinterpret_cast<const char*>(t.x + (term == 0 ? t.x_low : 0));
    const char* panel = reinterpret_cast<const char*>(t.panel + (term == 1 ? t.panel_low : 0));
    for (int64_t s = 0; s < t.steps; ++s, x += t.x_step, panel += kTileInputs / 2 * kPairBytes) {
      _tile_loadd(6, panel, kPairBytes);
      _tile_loadd(7, panel + 64, kPairBytes);
      _tile_loadd(4, x, t.x_bytes);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      const bool fetches = term == 2 && s < kTileRows;
      if (fetches) {  // results go to far rows: their lines arrive while tiles multiply
        __builtin_prefetch(out + s * t.out_bytes, 1);
        __builtin_prefetch(out + s * t.out_bytes + 64, 1);
      }
      if (kTwo) {
        _tile_loadd(5, x + t.x_second, t.x_bytes);
        if (fetches) {
          __builtin_prefetch(out + (kTileRows + s) * t.out_bytes, 1);
          __builtin_prefetch(out + (kTileRows + s) * t.out_bytes + 64, 1);
        }
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
    }
  }
  _tile_stored(0, out, t.out_bytes);
  _tile_stored(1, out + 64, t.out_bytes);
  if (kTwo) {
    _tile_stored(2, out + kTileRows * t.out_bytes, t.out_bytes);
    _tile_stored(3, out + kTileRows * t.out_bytes + 64, t.out_bytes);
  }
}

}  // namespace gamana::cpu
