#pragma once
#include <cstdint>
#include <vector>

#include "gamana/base/rng.h"

namespace gamana {

// From -1 to 1, the same for the same seed.
inline std::vector<float> numbers(int64_t n, uint32_t seed) {
  std::vector<float> out(static_cast<size_t>(n));
  for (float& x : out) seed = seed * 1664525u + 1013904223u, x = static_cast<float>(seed >> 8) / 8388608.0f - 1.0f;
  return out;
}

// Drawn from the normal distribution.
inline std::vector<float> normal_numbers(int64_t n, uint64_t key) {
  std::vector<float> x(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) x[static_cast<size_t>(i)] = static_cast<float>(normal(key, static_cast<uint64_t>(i)));
  return x;
}

}  // namespace gamana
