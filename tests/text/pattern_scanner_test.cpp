#include "gamana/text/pre_tokenizers/pattern_scanner.h"

#include <random>

#include <gtest/gtest.h>

#include "gamana/text/unicode/properties.h"
#include "gamana/text/unicode/regex.h"

using namespace gamana;

namespace {

const std::string kPatterns[] = {
    std::string(kGpt2Pattern),
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+)"
    R"(|\s+(?!\S)|\s+)",
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?)"
    R"([\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|)"
    R"(\s+(?!\S)|\s+)",
};

std::string join(std::string_view text, const std::vector<Piece>& pieces) {
  std::string out;
  for (const Piece& p : pieces) (out += text.substr(p.begin, p.end - p.begin)) += '|';
  return out;
}

std::vector<Piece> by_regex(const Regex& regex, std::string_view text) {
  std::vector<Piece> out;
  regex.each(text, [&](Span s) { out.push_back({s.begin, s.end, -1}); });
  return out;
}

void append(std::string& text, char32_t c) {
  char bytes[4];
  text.append(bytes, utf8_bytes(c, bytes));
}

// Characters that the patterns tell apart, and any others.
std::string random_text(std::mt19937& random) {
  static const std::u32string kSpecial =
      U"aaaabZzé字字\u0301\u0301ǅʰ019²Ⅷ٣    \t\r\n\n\u00A0\u0085\u2028\u3000\u200B''''''sStTrReEvVmMlLdD\u017F\u212A\uFB05"
      U"..,//-_$😀\U0001E900\U0001E922\U00010D4A\U00031350\u00AD\0";
  std::string text;
  const int size = static_cast<int>(random() % 24);
  while (static_cast<int>(text.size()) < size) {
    char32_t c = kSpecial[random() % kSpecial.size()];
    if (random() % 16 == 0) c = random() % (random() % 2 ? 0x3000 : 0x110000);
    if (c < 0xD800 || c > 0xDFFF) append(text, c);
  }
  return text;
}

}  // namespace

TEST(PatternScanner, EqualsTheRegularExpression) {
  std::mt19937 random(7);
  for (const std::string& pattern : kPatterns) {
    const PatternScanner scan = pattern_scanner(pattern);
    ASSERT_TRUE(scan) << pattern;
    const Regex regex(pattern, "test");
    for (int i = 0; i < 2000; ++i) {
      const std::string text = random_text(random);
      std::vector<Piece> pieces;
      scan(text, 0, pieces);
      ASSERT_EQ(join(text, pieces), join(text, by_regex(regex, text))) << pattern;
    }
  }
}

TEST(PatternScanner, EqualsTheRegularExpressionOnEveryCharacter) {
  std::string text;
  for (char32_t c = 0; c < 0x33480; ++c) {  // all that are assigned, but for tags and selectors
    if (c >= 0xD800 && c < 0xE000) continue;
    text += 'a';
    append(text, c);
  }
  const std::string pattern(kGpt2Pattern);
  std::vector<Piece> pieces;
  pattern_scanner(pattern)(text, 0, pieces);
  const std::vector<Piece> expected = by_regex(Regex(pattern, "test"), text);
  ASSERT_EQ(pieces.size(), expected.size());
  for (size_t i = 0; i < pieces.size(); ++i) ASSERT_EQ(pieces[i].end, expected[i].end) << expected[i].begin;
}

TEST(PatternScanner, PiecesAreMovedByTheOffset) {
  std::vector<Piece> pieces;
  pattern_scanner(kGpt2Pattern)("a b", 10, pieces);
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(pieces[1].begin, 11u);
  EXPECT_EQ(pieces[1].end, 13u);
  EXPECT_EQ(pieces[1].token, -1);
}

TEST(PatternScanner, IsLinear) {
  for (const std::string& pattern : kPatterns) {
    for (const char* unit : {" ", "\n ", "a", "A\u8A9E", "\u0301", "'", "1", "."}) {
      std::string text;
      while (text.size() < 1 << 18) text += unit;
      std::vector<Piece> pieces;
      pattern_scanner(pattern)(text + "x", 0, pieces);
      EXPECT_EQ(pieces.back().end, text.size() + 1);
    }
  }
}

TEST(PatternScanner, OthersHaveNone) { EXPECT_FALSE(pattern_scanner("a+")); }
