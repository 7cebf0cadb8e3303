#pragma once
// What the stages of a tokenizer.json ask of a character. The answers are those of the libraries that `tokenizers` is built
// with, whose Unicode versions differ: the tables come from asking it (tools/unicode_tables.py).
#include <array>
#include <cstdint>
#include <string_view>

namespace gamana {

// The code point at text[at], and its length in bytes. The text has to be valid UTF-8.
struct CodePoint {
  char32_t c;
  uint32_t bytes;
};
inline CodePoint code_point(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char b = byte(0);
  if (b < 0x80) return {b, 1};
  if (b < 0xE0) return {static_cast<char32_t>((b & 0x1F) << 6 | (byte(1) & 0x3F)), 2};
  if (b < 0xF0) return {static_cast<char32_t>((b & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F)), 3};
  return {static_cast<char32_t>((b & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F)), 4};
}
// body(c, begin, end) for each code point of valid UTF-8: text[begin, end).
template <class Body>
void for_each_code_point(std::string_view text, const Body& body) {
  for (size_t begin = 0; begin < text.size();) {
    const CodePoint p = code_point(text, begin);
    body(p.c, begin, begin + p.bytes);
    begin += p.bytes;
  }
}
uint32_t utf8_bytes(char32_t c, char out[4]);  // writes the character, returns its length

enum Property : uint16_t {
  kWhiteSpace = 1 << 0,        // Rust's char::is_whitespace; \s of its regex crate is the same
  kNumeric = 1 << 1,           // char::is_numeric (Nd, Nl, No): Digits
  kPunctuation = 1 << 2,       // P* or ASCII punctuation: BertPreTokenizer, Punctuation
  kWord = 1 << 3,              // \w of the regex crate: Whitespace, single_word
  kBertControl = 1 << 4,       // removed by BertNormalizer's clean_text
  kBertChinese = 1 << 5,       // spaces are put around it
  kNonspacingMark = 1 << 6,    // Mn: removed by BertNormalizer's strip_accents
  kCombiningMark = 1 << 7,     // M*: removed by StripAccents
  kBertSpace = 1 << 8,         // becomes a space in BertNormalizer's clean_text
  kNfdActs = 1 << 9,           // not a starter, or another in this form; others stay and keep all before them apart
  kNfkdActs = 1 << 10,
  kNfcActs = 1 << 11,          // the same, or may compose with the one before it
  kNfkcActs = 1 << 12,
  kLowerActs = 1 << 13,        // has a lower case
  kComposesBack = 1 << 14,     // may compose with the one before it
};

inline constexpr size_t kCodePoints = 0x110000;

// One load finds the block of 128 code points, another the value.
namespace tables {
using Blocks = std::array<uint8_t, kCodePoints / 128>;
extern const Blocks flag_blocks, grapheme_blocks;
extern const std::array<uint16_t, 256 * 128> flags;
extern const std::array<uint8_t, 256 * 128> graphemes;
}  // namespace tables

inline uint16_t properties(char32_t c) { return tables::flags[tables::flag_blocks[c >> 7] << 7 | (c & 127)]; }
inline bool has(char32_t c, uint16_t wanted) { return properties(c) & wanted; }

// A number for each script of UnicodeScripts; kScriptAny for what joins any.
int script_of(char32_t c);
inline constexpr int kScriptAny = 0;

// Rust's char::to_lowercase; U+0130 becomes an i, and an U+0307 that is not told here.
char32_t lower_case(char32_t c);

// The canonical combining class, 0 for starters. Only the order of the numbers is that of Unicode.
int combining_class(char32_t c);
// The full canonical or compatibility decomposition as UTF-8, empty where there is none. Not for Hangul syllables.
std::string_view canonical_decomposition(char32_t c);
std::string_view compatibility_decomposition(char32_t c);
// The character that both are the canonical decomposition of, or 0.
char32_t compose(char32_t first, char32_t second);

// Of UAX 29, with the Indic conjunct breaks of GB9c. Regional indicators are others: only clusters below six bytes matter.
enum class Grapheme : uint8_t {
  other, cr, lf, control, extend, zwj, spacing_mark, prepend, l, v, t, lv, lvt, pictographic, conjunct_extend,
  conjunct_linker, conjunct_consonant
};
inline Grapheme grapheme_class(char32_t c) {
  return static_cast<Grapheme>(tables::graphemes[tables::grapheme_blocks[c >> 7] << 7 | (c & 127)]);
}

}  // namespace gamana
