#pragma once
// The printable characters that stand for bytes in the vocabularies of byte-level models (Radford et al. 2019,
// `bytes_to_unicode`): printable Latin-1 is itself, the other 68 bytes are U+0100 and on.
#include <array>
#include <cstddef>
#include <cstdint>

namespace gamana {

inline constexpr std::array<char32_t, 256> kByteChars = [] {
  std::array<char32_t, 256> chars{};
  char32_t next = 0x100;
  for (char32_t b = 0; b < 256; ++b)
    chars[b] = (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE ? b : next++;
  return chars;
}();

// The byte that a character stands for, or -1.
inline constexpr std::array<int16_t, 0x144> kCharBytes = [] {
  std::array<int16_t, 0x144> bytes{};
  for (int16_t& byte : bytes) byte = -1;
  for (int16_t b = 0; b < 256; ++b) bytes[kByteChars[static_cast<size_t>(b)]] = b;
  return bytes;
}();
constexpr int byte_of_char(char32_t c) { return c < kCharBytes.size() ? kCharBytes[c] : -1; }

}  // namespace gamana
