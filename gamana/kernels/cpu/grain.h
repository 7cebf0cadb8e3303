#pragma once
// How much work one parallel chunk holds: 64 KiB of floats, some microseconds, so that small inputs stay serial (an
// OpenMP region costs 2 us).
#include <algorithm>
#include <cstdint>

namespace gamana::cpu {

constexpr int64_t kGrain = 1 << 14;

// Rows of a matrix of `cols` columns that make a chunk.
inline int64_t row_grain(int64_t cols) { return std::max<int64_t>(1, kGrain / std::max<int64_t>(1, cols)); }

}  // namespace gamana::cpu
