#include "gamana/text/unicode/regex.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "gamana/base/check.h"

using namespace gamana;

namespace {

std::vector<std::string> matches(const std::string& pattern, std::string_view text) {
  std::vector<std::string> found;
  Regex(pattern, "test").each(text, [&](Span s) { found.emplace_back(text.substr(s.begin, s.end - s.begin)); });
  return found;
}

std::vector<uint32_t> empty_matches(const std::string& pattern, std::string_view text) {
  std::vector<uint32_t> places;
  Regex(pattern, "test").each(text, [&](Span s) {
    if (s.begin == s.end) places.push_back(s.begin);
  });
  return places;
}

using Strings = std::vector<std::string>;

}  // namespace

// Expected values: tokenizers.pre_tokenizers.Split(Regex(pattern), "isolated").pre_tokenize_str(text).
TEST(Regex, MatchesAsOnig) {
  EXPECT_EQ(matches(R"(\w+)", "aé1 b"), (Strings{"aé1", "b"}));
  EXPECT_EQ(matches("(?i:k)", "kK\u212Ax"), (Strings{"k", "K", "\u212A"}));
  EXPECT_EQ(matches(R"(\s+(?!\S))", "a   b  "), (Strings{"  ", "  "}));
  EXPECT_EQ(matches("(?<!a)b", "abb"), Strings{"b"});
  EXPECT_EQ(matches("a++b", "aab"), Strings{"aab"});
  EXPECT_EQ(matches("[a-z&&[^b]]", "abc"), (Strings{"a", "c"}));
  EXPECT_EQ(matches("^b", "a\nb"), Strings{"b"});
  EXPECT_EQ(matches(".", "a\nb"), (Strings{"a", "b"}));
  EXPECT_EQ(matches(R"((?<n>a)\g<n>)", "aaa"), Strings{"aa"});
  EXPECT_EQ(matches("(*FAIL)|a", "bab"), Strings{"a"});
  EXPECT_EQ(matches(R"(a\Kb)", "abab"), (Strings{"b", "b"}));
}

TEST(Regex, AnEmptyMatchBehindAnotherIsLeftOut) {
  EXPECT_EQ(empty_matches("a|(?=b)", "ab xb xb"), (std::vector<uint32_t>{4, 7}));
  EXPECT_EQ(empty_matches("x*", "é"), (std::vector<uint32_t>{0, 2}));
}

TEST(Regex, FaultsAreErrors) {
  const auto fault = [](const std::string& pattern, std::string_view text) -> std::string {
    try {
      matches(pattern, text);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_EQ(fault("(", ""), "test: expected a regular expression, found \"(\": end pattern with unmatched parenthesis");
  EXPECT_EQ(fault(R"(\p{Foo})", ""),
            "test: expected a regular expression, found \"\\\\p{Foo}\": invalid character property name {Foo}");
  EXPECT_EQ(fault("(a+a+)+b", std::string(40, 'a')),
            "test: the regular expression \"(a+a+)+b\" gave up: retry-limit-in-match over");
  EXPECT_EQ(fault("[ab]+[ba]c", std::string(1 << 14, 'a')),
            "test: the regular expression \"[ab]+[ba]c\" gave up: retry-limit-in-search over");
}

TEST(Regex, ThreadsShareOne) {
  const Regex regex("[a-c]+", "test");
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "abc ";
  std::vector<std::thread> threads;
  std::vector<int> counts(4);
  for (int& count : counts) {
    threads.emplace_back([&] { regex.each(text, [&](Span) { ++count; }); });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(counts, std::vector<int>(4, 1000));
}

// Characters of Unicode 15 and 16, which an older library does not know: a Garay letter and digit, a letter of CJK extension
// H, a Kawi vowel sign. Expected values from `tokenizers` 0.23.3.
TEST(Regex, KnowsTheCharactersOfUnicode16) {
  const std::string text = "a\U00010D4A\U00010D40\U00031350\U00011F03.";
  EXPECT_EQ(matches(R"(\p{L}+)", text), (Strings{"a\U00010D4A", "\U00031350"}));
  EXPECT_EQ(matches(R"([\p{N}]+)", text), Strings{"\U00010D40"});
  EXPECT_EQ(matches(R"(\p{^Letter}+)", text), (Strings{"\U00010D40", "\U00011F03."}));
  EXPECT_EQ(matches(R"(\P{Han}+)", text), (Strings{"a\U00010D4A\U00010D40", "\U00011F03."}));
  EXPECT_EQ(matches(R"([\p{L}\p{M}]+)", text), (Strings{"a\U00010D4A", "\U00031350\U00011F03"}));
  EXPECT_EQ(matches("[[:alpha:]]+", text), (Strings{"a\U00010D4A", "\U00031350\U00011F03"}));
  EXPECT_EQ(matches("[[:^alnum:]]+", text), Strings{"."});
  EXPECT_EQ(matches(R"(\p{Emoji}+)", "a\U0001FABE"), Strings{"\U0001FABE"});
  EXPECT_EQ(empty_matches(R"(\b)", "\U00031E1Dx \U00031E1D"), (std::vector<uint32_t>{0, 5, 6, 10}));
  EXPECT_EQ(empty_matches(R"(\B)", "\U00031E1Dx \U00031E1D"), std::vector<uint32_t>{4});
  EXPECT_EQ(empty_matches(R"((?x) (?<=\b) [^\b] {0} )", "²x\bx"), (std::vector<uint32_t>{0, 3, 4, 5}));  // as the system
  EXPECT_EQ(matches(R"(\bx\b|[\b])", "²x\bx"), (Strings{"\b", "x"}));
  EXPECT_THROW(matches(R"(\b+x)", "x"), Error);
}

TEST(Regex, PunctuationHasSymbols) {
  EXPECT_EQ(matches("[[:punct:]a]+", "a+.b😀"), (Strings{"a+.", "😀"}));
  EXPECT_EQ(matches("[[:^punct:]]+", "b+\\"), Strings{"b"});
  EXPECT_EQ(matches(R"(\P{^Punct}+)", "b+\\"), (Strings{"+\\"}));
  EXPECT_EQ(matches(R"([:p\\p{L}]+)", "a\\pL{}:"), (Strings{"\\pL{}:"}));
}
