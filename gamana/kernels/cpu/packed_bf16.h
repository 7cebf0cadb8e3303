#pragma once
// What the CPU does with bf16 itself (AVX512_BF16), which libhwy 1.0.3 does not offer: called only where has_bf16() is true.
#include <cstdint>

namespace gamana::cpu {

constexpr int64_t kHalfPanel = 32;  // outputs of a panel: two vectors of sums

// To nearest, ties to even; numbers below 2^-126 become 0, as products take them.
void round_to_bf16(int64_t n, const float* x, uint16_t* y);

void pack_bf16(int64_t n, int64_t k, const float* weight, int64_t stride, uint16_t* out);
// Output j of what pack_bf16 packed, k numbers.
void unpack_bf16(int64_t j, int64_t k, const uint16_t* panels, float* out);
// out [m, n] = x [m, k] panels (+ bias). x rows have k rounded up to even values.
void multiply_bf16(int64_t m, int64_t n, int64_t k, const uint16_t* x, int64_t x_stride, const uint16_t* panels,
                   const float* bias, float* out, int64_t out_stride);

// The same by AMX, where has_amx() and amx_takes(k).
bool has_amx();
bool amx_takes(int64_t k);  // a multiple of 32
void multiply_amx(int64_t m, int64_t n, int64_t k, const uint16_t* x, int64_t x_stride, const uint16_t* panels,
                  const float* bias, float* out, int64_t out_stride);

// Products in bf16x3 (gemm.h) by AMX. Panels of the high halves, and those of the low ones `panels_low` values on; a row of x
// [m, 2 k] is its k high halves and its k low ones, as split_rows makes them of `rows` rows.
void pack_split(int64_t n, int64_t k, const float* weight, int64_t stride, uint16_t* high, uint16_t* low);
void split_rows(int64_t rows, int64_t k, const float* x, int64_t stride, uint16_t* out);
void multiply_split(int64_t m, int64_t n, int64_t k, const uint16_t* x, const uint16_t* panels, int64_t panels_low,
                    const float* bias, float* out, int64_t out_stride);

}  // namespace gamana::cpu
