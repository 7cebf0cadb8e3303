#include "gamana/text/utf8.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "gamana/base/json.h"
#include "tests/support/golden.h"

namespace gamana {
namespace {

std::string utf8(uint32_t c) {
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
  if (c < 0x10000)
    return {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
  return {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
          static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
}

TEST(Utf8, LowersEveryCharacterAsPython) {
  EXPECT_GT(golden("text/unicode")["lower"].size(), 1300u);
  for (const auto& [text, lowered] : golden("text/unicode")["lower"].items()) EXPECT_EQ(lower(text), lowered);
}

TEST(Utf8, LowersLinesAsPython) {  // the final sigma depends on its neighbours
  for (const auto& [text, lowered] : golden("text/unicode")["lower_lines"].items()) EXPECT_EQ(lower(text), lowered);
  EXPECT_EQ(lower("ΟΔΟΣ ΣΑ Σ"), "οδος σα σ");
  EXPECT_EQ(lower(""), "");
}

TEST(Utf8, StripsTheWhiteSpaceOfPython) {
  const std::vector<uint32_t> spaces = golden("text/unicode")["spaces"];
  for (uint32_t c = 1; c < 0x10000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    const bool space = std::find(spaces.begin(), spaces.end(), c) != spaces.end();
    const std::string text = utf8(c) + "x" + utf8(c);
    EXPECT_EQ(strip(text), space ? "x" : text) << "U+" << std::hex << c;
  }
  EXPECT_EQ(strip(" \t\n "), "");
  EXPECT_EQ(strip(""), "");
  EXPECT_EQ(strip_left(" a "), "a ");
  EXPECT_EQ(strip_right(" ಗಮನ\u3000"), " ಗಮನ");
}

// The expectations are bytes.decode("utf-8", "replace") of Python 3.11.
TEST(Utf8, RepairsAsPython) {
  const std::pair<std::string, std::string> cases[] = {
      {"a\xFFz", "a\uFFFDz"},
      {"\xE0\xB2", "\uFFFD"},                           // cut off: one for the whole
      {"\xE0\xB2x", "\uFFFDx"},
      {"\xC0\x80", "\uFFFD\uFFFD"},                      // overlong: one for each byte
      {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},            // a surrogate
      {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // above U+10FFFF
      {"\xF0\x9F\x98", "\uFFFD"},
      {"\xF0\x9F\x98\x80\x80", "😀\uFFFD"},
      {"ಗಮನ", "ಗಮನ"},
  };
  for (const auto& [broken, repaired] : cases) {
    EXPECT_EQ(repair_utf8(broken), repaired);
    EXPECT_EQ(lower(broken), repaired);
    EXPECT_EQ(valid_utf8(broken), broken == repaired);
  }
}

TEST(Utf8, PartsByCharacters) {
  for (const std::string text : {"abcd", "aé日😀", ""}) {
    const Characters characters(text);
    std::string all;
    for (size_t i = 0; i < characters.size(); ++i) all += characters.part(i, i + 1);
    EXPECT_EQ(all, text);
    EXPECT_EQ(characters.part(0, 99), text);
    EXPECT_EQ(characters.part(99, 100), "");
    EXPECT_EQ(characters.part(2, 1), "");
  }
  EXPECT_EQ(Characters("aé日😀").size(), 4u);
  EXPECT_EQ(Characters("aé日😀").part(1, 3), "é日");
}

}  // namespace
}  // namespace gamana
