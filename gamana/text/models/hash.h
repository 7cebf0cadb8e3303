#pragma once
// Hashes of short byte strings, for tables that compare what they find.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gamana {

inline uint64_t load64(const char* at) {
  uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// Up to 8 bytes, the rest zero.
inline uint64_t load_up_to64(const char* at, size_t bytes) {
  if (bytes >= 8) return load64(at);
  if (bytes >= 4) {
    uint32_t low, high;
    std::memcpy(&low, at, 4);
    std::memcpy(&high, at + bytes - 4, 4);
    return low | static_cast<uint64_t>(high) << (8 * (bytes - 4));
  }
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value |= static_cast<uint64_t>(static_cast<uint8_t>(at[i])) << (8 * i);
  return value;
}

// Without a call for what is short.
inline bool same_bytes(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  if (a.size() > 16) return a == b;
  const size_t half = a.size() > 8 ? 8 : a.size();
  return load_up_to64(a.data(), half) == load_up_to64(b.data(), half) &&
         load_up_to64(a.data() + half, a.size() - half) == load_up_to64(b.data() + half, b.size() - half);
}

constexpr uint64_t kHashA = 0x9E3779B97F4A7C15ull, kHashB = 0xC2B2AE3D27D4EB4Full;

inline uint64_t hash_pair(uint64_t low, uint64_t high) {
  uint64_t h = low * kHashA + (high ^ high >> 29) * kHashB;
  h ^= h >> 32;
  return h * kHashA;
}

// All 64 bits are good, the upper ones best.
inline uint64_t hash_bytes(std::string_view text) {
  uint64_t h = text.size() * kHashB;
  const char* at = text.data();
  size_t left = text.size();
  for (; left > 16; at += 16, left -= 16) h = hash_pair(h ^ load64(at), load64(at + 8));
  if (left > 8) return hash_pair(h ^ load64(at), load_up_to64(at + 8, left - 8));
  return hash_pair(h ^ load_up_to64(at, left), left);
}

}  // namespace gamana
