#include "gamana/text/unicode/properties.h"

namespace gamana {

uint32_t utf8_bytes(char32_t c, char out[4]) {
  if (c < 0x80) return out[0] = static_cast<char>(c), 1;
  if (c < 0x800) return out[0] = static_cast<char>(0xC0 | c >> 6), out[1] = static_cast<char>(0x80 | (c & 0x3F)), 2;
  if (c < 0x10000) {
    out[0] = static_cast<char>(0xE0 | c >> 12), out[1] = static_cast<char>(0x80 | (c >> 6 & 0x3F));
    return out[2] = static_cast<char>(0x80 | (c & 0x3F)), 3;
  }
  out[0] = static_cast<char>(0xF0 | c >> 18), out[1] = static_cast<char>(0x80 | (c >> 12 & 0x3F));
  return out[2] = static_cast<char>(0x80 | (c >> 6 & 0x3F)), out[3] = static_cast<char>(0x80 | (c & 0x3F)), 4;
}

}  // namespace gamana
