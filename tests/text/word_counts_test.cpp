#include "gamana/text/train/word_counts.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"

namespace gamana {
namespace {

void split_at_spaces(std::string_view text, const EmitWord& emit) {
  for (size_t at = 0, end; at < text.size(); at = end + 1) {
    end = std::min(text.find(' ', at), text.size());
    if (end > at) emit(text.substr(at, end - at));
  }
}

std::vector<std::string> texts(int n) {
  std::vector<std::string> out;
  for (int i = 0; i < n; ++i)
    out.push_back("the word " + std::to_string(i % 5000) + " of text " + std::to_string(i * 7919 % 30011) + " the");
  return out;
}

WordCounts counted(const std::vector<std::string>& list, size_t calls, size_t max_memory = 0) {
  WordCounter counter(split_at_spaces, max_memory);
  const std::vector<std::string_view> views(list.begin(), list.end());
  const size_t step = views.size() / calls + 1;
  for (size_t at = 0; at < views.size(); at += step)
    counter.add(std::span(views).subspan(at, std::min(step, views.size() - at)));
  return counter.finish();
}

std::map<std::string, int64_t> map_of(const WordCounts& words) {
  std::map<std::string, int64_t> out;
  for (size_t i = 0; i < words.size(); ++i) out[std::string(words.word(i))] = words.count(i);
  return out;
}

TEST(WordCounts, AllWordsOfAllTextsAreCounted) {
  const std::vector<std::string> list = texts(20000);
  std::map<std::string, int64_t> expected;
  for (const std::string& text : list)
    split_at_spaces(text, [&](std::string_view word) { ++expected[std::string(word)]; });
  const WordCounts words = counted(list, 3);
  EXPECT_EQ(words.size(), expected.size());
  EXPECT_EQ(map_of(words), expected);
  EXPECT_EQ(words.total(), 20000 * 7);
}

TEST(WordCounts, ThreadsDoNotChangeTheirOrder) {
  const int before = threads();
  const std::vector<std::string> list = texts(20000);
  set_threads(1);
  const WordCounts one = counted(list, 2);
  set_threads(4);
  const WordCounts four = counted(list, 2);
  set_threads(before);
  ASSERT_EQ(one.size(), four.size());
  for (size_t i = 0; i < one.size(); ++i) ASSERT_EQ(one.word(i), four.word(i));
}

TEST(WordCounts, AnyBytesAreAWord) {
  WordCounts words;
  const std::string huge(10 << 20, 'a'), nul("a\0b", 3);
  for (int i = 0; i < 2; ++i)
    for (const std::string& w : {huge, nul, std::string(), std::string("a"), std::string("\xff")}) words.add(w);
  ASSERT_EQ(words.size(), 5u);
  EXPECT_EQ(words.word(0), huge);
  EXPECT_EQ(words.word(1), nul);
  for (size_t i = 0; i < words.size(); ++i) EXPECT_EQ(words.count(i), 2);
}

TEST(WordCounts, MemoryHasABound) {
  EXPECT_NO_THROW(counted(texts(20000), 2, 64 << 20));
  try {
    counted(texts(20000), 2, 1 << 20);
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("1048576 bytes"), std::string::npos) << e.what();
  }
}

TEST(WordCounts, AFaultOfTheSplitterIsPassedOn) {
  WordCounter counter([](std::string_view, const EmitWord&) { fail("no word here"); });
  const std::vector<std::string_view> list(10, "text");
  EXPECT_THROW(counter.add(list), Error);
}

}  // namespace
}  // namespace gamana
