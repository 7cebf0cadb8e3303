#pragma once
// Eight bytes at a time, for the stretches of text that a stage has nothing to do with.
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gamana {

inline constexpr uint64_t kBytes = 0x0101010101010101, kHighBits = 0x80 * kBytes;

inline uint64_t load8(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// The first place at or after `from` that `found` knows: of a word it tells the high bit of each byte that it looks for
// (bits above the first one may be wrong), of single bytes it is asked by a word of seven zero bytes and the one.
template <class Found>
size_t scan(std::string_view text, size_t from, const Found& found) {
  static_assert(std::endian::native == std::endian::little);
  for (; from + 8 <= text.size(); from += 8)
    if (const uint64_t bits = found(load8(text.data() + from))) return from + std::countr_zero(bits) / 8;
  for (; from < text.size(); ++from)
    if (found(static_cast<unsigned char>(text[from])) & 0x80) break;
  return from;
}

// The first byte of at least `least`, which has to be 0x80 or more.
inline size_t find_at_least(std::string_view text, size_t from, unsigned char least) {
  return scan(text, from, [add = (0x100 - least) * kBytes](uint64_t w) { return ((w & ~kHighBits) + add) & w & kHighBits; });
}

inline size_t find_non_ascii(std::string_view text, size_t from) {
  return scan(text, from, [](uint64_t w) { return w & kHighBits; });
}

// The high bit of each byte that is an ASCII capital.
inline uint64_t ascii_capitals(uint64_t w) {
  const uint64_t low = w & ~kHighBits;
  return (low + (0x80 - 'A') * kBytes) & ~(low + (0x7F - 'Z') * kBytes) & ~w & kHighBits;
}

// The high bit of each byte that is an ASCII control character or not ASCII.
inline uint64_t not_printable(uint64_t w) {
  const uint64_t low = w & ~kHighBits;
  return (w | ~(low + (0x80 - 0x20) * kBytes) | (low + kBytes)) & kHighBits;
}

}  // namespace gamana
