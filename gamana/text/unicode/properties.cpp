#include "gamana/text/unicode/properties.h"

#include <algorithm>

namespace gamana {
namespace {

// Tables stand in the source as lengths of equal values, and in the program spelt out.
struct Run {
  uint32_t size, value;
};
template <class T, size_t kSize, size_t kRuns>
constexpr std::array<T, kSize> expand(const Run (&runs)[kRuns]) {
  std::array<T, kSize> out{};
  size_t at = 0;
  for (const Run& run : runs)
    for (uint32_t i = 0; i < run.size; ++i) out[at++] = static_cast<T>(run.value);
  return out;
}

struct Composition {
  uint64_t pair;  // first << 32 | second; ascending
  uint32_t composite;
};

#include "gamana/text/unicode/tables.inc"

template <class Blocks, class Values>
constexpr auto look_up(const Blocks& blocks, const Values& values, char32_t c) {
  return values[static_cast<size_t>(blocks[c >> 7]) << 7 | (c & 127)];
}

std::string_view decomposition(uint32_t entry) { return {kDecompositions + (entry >> 6), entry & 63}; }

// Hangul syllables, by arithmetic (The Unicode Standard, section 3.12).
constexpr char32_t kLeading = 0x1100, kVowel = 0x1161, kTrailing = 0x11A7, kSyllable = 0xAC00;
constexpr char32_t kLs = 19, kVs = 21, kTs = 28;

char32_t compose_hangul(char32_t first, char32_t second) {
  if (first - kLeading < kLs && second - kVowel < kVs) return kSyllable + ((first - kLeading) * kVs + (second - kVowel)) * kTs;
  const char32_t index = first - kSyllable;
  if (index < kLs * kVs * kTs && index % kTs == 0 && second - kTrailing - 1 < kTs - 1) return first + (second - kTrailing);
  return 0;
}

}  // namespace

namespace tables {
constexpr Blocks flag_blocks = expand<uint8_t, kCodePoints / 128>(kFlagsBlocksRuns);
constexpr Blocks grapheme_blocks = expand<uint8_t, kCodePoints / 128>(kGraphemesBlocksRuns);
constexpr std::array<uint16_t, 256 * 128> flags = expand<uint16_t, 256 * 128>(kFlagsValuesRuns);
constexpr std::array<uint8_t, 256 * 128> graphemes = expand<uint8_t, 256 * 128>(kGraphemesValuesRuns);
}  // namespace tables

int script_of(char32_t c) { return look_up(kScriptsBlocks, kScriptsValues, c); }
char32_t lower_case(char32_t c) { return c + kLowerDistances[look_up(kLowerBlocks, kLowerValues, c)]; }
int combining_class(char32_t c) { return look_up(kClassesBlocks, kClassesValues, c); }

std::string_view canonical_decomposition(char32_t c) {
  return decomposition(look_up(kCanonicalBlocks, kCanonicalValues, c));
}

std::string_view compatibility_decomposition(char32_t c) {
  return decomposition(look_up(kCompatibleBlocks, kCompatibleValues, c));
}

char32_t compose(char32_t first, char32_t second) {
  if (const char32_t syllable = compose_hangul(first, second)) return syllable;
  const uint64_t pair = static_cast<uint64_t>(first) << 32 | second;
  const Composition* found = std::lower_bound(std::begin(kCompositions), std::end(kCompositions), pair,
                                              [](const Composition& c, uint64_t p) { return c.pair < p; });
  return found != std::end(kCompositions) && found->pair == pair ? found->composite : 0;
}

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
