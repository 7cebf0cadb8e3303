#pragma once
// Sums of whole numbers with AVX-512 VNNI, for coarse weights whose inputs are rounded to whole numbers too.
#include <cstdint>

namespace gamana::cpu {

bool has_vnni();

// Outputs of a panel [pairs of inputs, outputs, 2] of bytes.
constexpr int64_t kWholePanel = 32;

// Fills `pairs` [(k + 1) / 2] with x [k] / step, two rounded numbers in each, so small that their sums with bytes stay within 32
// bits: zeros, and no step, where x is too small.
struct Rounding {
  float step, rest;  // rest >= |x - step q|
};
Rounding round_to_whole(int64_t k, const float* x, int32_t* pairs);

// sums [m, panels * kWholePanel] = steps[i] x[i]·q, x [m, pairs].
void multiply_whole(int64_t m, int64_t panels, int64_t pairs, const int32_t* x, const float* steps, const int8_t* q, float* sums);

}  // namespace gamana::cpu
