#pragma once
// Runs of ASCII letters, eight bytes at a time: most of the bytes of most texts.
#include <bit>
#include <cstdint>
#include <cstring>

namespace gamana {

// The end of the run of letters that begins at p; small ones only, where asked for.
template <bool small_only = false>
inline const char* skip_letters(const char* p, const char* end) {
  static_assert(std::endian::native == std::endian::little);
  constexpr uint64_t kEach = 0x0101010101010101, kHigh = kEach * 0x80;
  while (end - p >= 8) {
    uint64_t bytes;
    std::memcpy(&bytes, p, 8);
    // Sums reach the high bit of a byte from 'a' on, and from behind 'z' on; no sum reaches the next byte.
    const uint64_t small = (bytes & ~kHigh) | (small_only ? 0 : kEach * 0x20);
    const uint64_t letters = (small + kEach * (0x80 - 'a')) & ~(small + kEach * (0x80 - 'z' - 1)) & ~bytes & kHigh;
    if (letters != kHigh) return p + (std::countr_zero(letters ^ kHigh) >> 3);
    p += 8;
  }
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (!small_only && c >= 'A' && c <= 'Z'); };
  while (p < end && letter(*p)) ++p;
  return p;
}

}  // namespace gamana
