#include "gamana/text/unicode/properties.h"

#include <bit>
#include <set>

#include <gtest/gtest.h>

#include "gamana/text/unicode/graphemes.h"

namespace gamana {
namespace {

// Numbers of characters, as tools/unicode_tables.py prints them for tokenizers 0.23.3.
TEST(Properties, CountsAreThoseOfTheTables) {
  int counts[15] = {};
  for (char32_t c = 0; c < 0x110000; ++c)
    for (uint16_t left = properties(c); left; left &= left - 1) ++counts[std::countr_zero(left)];
  const int expected[] = {25, 1924, 726, 144667, 137681, 81264, 1567, 2097, 21, 14042, 17704, 2001, 5675, 1488, 110};
  for (int bit = 0; bit < 15; ++bit) EXPECT_EQ(counts[bit], expected[bit]) << bit;
}

TEST(Properties, OfSomeCharacters) {
  EXPECT_EQ(properties('a') & 0x1FF, kWord);
  EXPECT_EQ(properties('7') & 0x1FF, kWord | kNumeric);
  EXPECT_EQ(properties('\t') & 0x1FF, kWhiteSpace | kBertSpace);
  EXPECT_TRUE(has(0x4E2D, kBertChinese) && has(0x0301, kNonspacingMark) && has(0x0CBE, kCombiningMark));
  EXPECT_FALSE(has(0x2B820, kBertChinese));  // tokenizers leaves these out
  EXPECT_EQ(properties(0x10FFFD) & 0x1FF, kBertControl);
}

TEST(Properties, CasesAndForms) {
  EXPECT_EQ(lower_case(U'Å'), U'å');
  EXPECT_EQ(lower_case(0x10400), 0x10428u);
  EXPECT_EQ(lower_case(0x130), U'i');
  EXPECT_EQ(canonical_decomposition(0x1EBF), "e\u0302\u0301");
  EXPECT_EQ(canonical_decomposition(0xFB01), "");
  EXPECT_EQ(compatibility_decomposition(0xFB01), "fi");
  EXPECT_EQ(compose('e', 0x302), 0xEAu);
  EXPECT_EQ(compose(0x1112, 0x1161), 0xD558u);
  EXPECT_EQ(compose(0xD558, 0x11AB), 0xD55Cu);
  EXPECT_EQ(compose(0xD55C, 0x11AB), 0u);
  EXPECT_EQ(compose('q', 0x302), 0u);
  EXPECT_LT(combining_class(0x323), combining_class(0x301));
  EXPECT_EQ(combining_class('a'), 0);
}

TEST(Properties, ScriptsAsUnicodeScriptsTellsThemApart) {
  EXPECT_EQ(script_of(' '), kScriptAny);
  EXPECT_EQ(script_of(U'ひ'), script_of(U'漢'));
  EXPECT_EQ(script_of(U'ー'), script_of(U'カ'));
  EXPECT_EQ(script_of(U'a'), script_of(U'é'));
  const std::set<int> different{script_of('a'), script_of('.'), script_of(U'я'), script_of(U'漢'), script_of(U'ಗ')};
  EXPECT_EQ(different.size(), 5u);
}

// UAX 29, GB3 to GB11 with GB9c.
TEST(Graphemes, Clusters) {
  const auto clusters = [](std::string_view text) {
    std::vector<size_t> ends;
    for (size_t at = 0; at < text.size();) ends.push_back(at = cluster_end(text, at));
    return ends;
  };
  using Ends = std::vector<size_t>;
  EXPECT_EQ(clusters("\r\na\n\r"), (Ends{2, 3, 4, 5}));
  EXPECT_EQ(clusters("e\u0301x"), (Ends{3, 4}));
  EXPECT_EQ(clusters("\u1100\u1161\u11A8\u1100"), (Ends{9, 12}));
  EXPECT_EQ(clusters("\uAC00\u11A8\uAC01\u1161"), (Ends{6, 9, 12}));
  EXPECT_EQ(clusters("\u0600a"), (Ends{3}));
  EXPECT_EQ(clusters("\u00A9\u200D\u00A9\u00A9"), (Ends{7, 9}));
  EXPECT_EQ(clusters("a\u200D\u00A9"), (Ends{4, 6}));
  EXPECT_EQ(clusters("\u0915\u094D\u0937\u0915"), (Ends{9, 12}));
  EXPECT_EQ(clusters("\u0915\u0937"), (Ends{3, 6}));
  EXPECT_EQ(clusters("\u0301\u0301 "), (Ends{4, 5}));
}

}  // namespace
}  // namespace gamana
