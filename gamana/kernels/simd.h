#pragma once
// Vectorised loops without a line of assembler: a function marked GAMANA_SIMD is compiled for several instruction sets
// and the loader picks the best one the CPU has. Helpers that such functions inline stand here.
#include <cstdint>
#include <cstring>

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(NDEBUG)
#define GAMANA_SIMD __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define GAMANA_SIMD
#endif
#define GAMANA_INLINE inline __attribute__((always_inline))

namespace gamana::simd {

constexpr int64_t kLanes = 16;
typedef float Vec __attribute__((vector_size(64), aligned(4)));

GAMANA_INLINE int64_t round_up(int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

// e^x to 2 ulp on [-87, 88]; smaller x gives 0-like values, larger ones are cut. (Cody-Waite reduction, degree 6.)
GAMANA_INLINE float exp(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to the nearest integer
  const float shifted = x * 1.44269504088896f + magic;
  const float n = shifted - magic;
  const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t bits;
  std::memcpy(&bits, &shifted, 4);
  bits = (bits - 0x4B400000 + 127) << 23;
  float scale;
  std::memcpy(&scale, &bits, 4);
  return p * scale;
}

// A counter-based hash: 32 random bits for element `index` of the stream `key`.
GAMANA_INLINE uint32_t hash(uint32_t key, uint32_t index) {
  uint32_t x = index * 0x9E3779B1u + key;
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  return x;
}

}  // namespace gamana::simd
