#pragma once
// Numbers of f32 that two bytes hold without loss, as weights of checkpoints in bf16 or f16 are.
#include <bit>
#include <cmath>
#include <cstdint>

namespace gamana::cpu {

constexpr float kLeastNormal = 0x1p-14f, kLeast = 0x1p-24f;  // of f16

inline bool is_brain(float x) { return (std::bit_cast<uint32_t>(x) & 0xFFFF) == 0; }

// Infinity and what is no number are not taken.
inline bool is_half(float x) {
  if (std::abs(x) >= kLeastNormal) return std::abs(x) < 65520 && (std::bit_cast<uint32_t>(x) & 0x1FFF) == 0;
  const float steps = x / kLeast;
  return steps == std::trunc(steps);
}

inline uint16_t to_brain(float x) { return static_cast<uint16_t>(std::bit_cast<uint32_t>(x) >> 16); }

// Of a number for which is_half is true.
inline uint16_t to_half(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x), sign = bits >> 16 & 0x8000;
  if (std::abs(x) < kLeastNormal) return static_cast<uint16_t>(sign | static_cast<uint32_t>(std::abs(x) / kLeast));
  return static_cast<uint16_t>(sign | ((bits & 0x7FFFFFFF) - (uint32_t{127 - 15} << 23)) >> 13);
}

inline float from_brain(uint16_t x) { return std::bit_cast<float>(uint32_t{x} << 16); }

inline float from_half(uint16_t x) {
  const uint32_t sign = uint32_t{x} << 16 & 0x80000000, rest = x & 0x7FFF;
  const float size = rest < 0x400 ? static_cast<float>(rest) * kLeast
                                  : std::bit_cast<float>((rest << 13) + (uint32_t{127 - 15} << 23));
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(size));
}

}  // namespace gamana::cpu
