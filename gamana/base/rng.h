#pragma once
// Randomness as a function of counters: no state to save, the same numbers whatever the number of threads.
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace gamana {

// Mixes 64 bits so that neighbours share nothing (the finalizer of SplitMix64, Steele et al. 2014).
inline uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

// A stream for (seed, a, b): different counters give unrelated streams.
inline uint64_t stream_key(uint64_t seed, uint64_t a, uint64_t b = 0) { return mix(mix(mix(seed) ^ a) ^ b); }

// Element `i` of a stream, uniform in [0, 1).
inline double uniform(uint64_t key, uint64_t i) { return static_cast<double>(mix(key ^ mix(i)) >> 11) * 0x1.0p-53; }

// Element `i` of a stream, standard normal (Box and Muller 1958).
inline double normal(uint64_t key, uint64_t i) {
  const double u = 1.0 - uniform(key, 2 * i), v = uniform(key, 2 * i + 1);
  return std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586 * v);
}

// 0..n-1 in random order (Fisher and Yates).
inline std::vector<int32_t> permutation(uint64_t key, int32_t n) {
  std::vector<int32_t> order(n);
  for (int32_t i = 0; i < n; ++i) order[i] = i;
  for (int32_t i = n - 1; i > 0; --i) std::swap(order[i], order[mix(key ^ mix(i)) % (i + 1)]);
  return order;
}

}  // namespace gamana
