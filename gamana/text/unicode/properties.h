#pragma once
// What the stages of a tokenizer.json ask of a character. The answers are those of the libraries that `tokenizers` is built
// with, whose Unicode versions differ: the tables come from asking it (tools/unicode_tables.py).
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
};
uint16_t properties(char32_t c);
inline bool has(char32_t c, uint16_t wanted) { return properties(c) & wanted; }

int script_of(char32_t c);  // a number for each script of UnicodeScripts; kScriptAny for what joins any
inline constexpr int kScriptAny = 0;

}  // namespace gamana
