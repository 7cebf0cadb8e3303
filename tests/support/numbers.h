#pragma once
#include <cstdint>
#include <vector>

namespace gamana {

// From -1 to 1, the same for the same seed.
inline std::vector<float> numbers(int64_t n, uint32_t seed) {
  std::vector<float> out(static_cast<size_t>(n));
  for (float& x : out) seed = seed * 1664525u + 1013904223u, x = static_cast<float>(seed >> 8) / 8388608.0f - 1.0f;
  return out;
}

}  // namespace gamana
