#include "gamana/text/aligned_text.h"

#include <gtest/gtest.h>

namespace gamana {
namespace {

std::vector<Span> all_sources(const AlignedText& text) {
  std::vector<Span> out;
  for (size_t i = 0; i < text.size(); ++i) out.push_back(text.source(i));
  return out;
}

TEST(AlignedText, PlainTextKnowsItsCharacters) {
  AlignedText text("aé中", 5);
  EXPECT_TRUE(text.plain());
  EXPECT_EQ(all_sources(text), (std::vector<Span>{{5, 6}, {6, 8}, {6, 8}, {8, 11}, {8, 11}, {8, 11}}));
  EXPECT_EQ(text.source(1, 6), (Span{6, 11}));
  EXPECT_EQ(text.source(3, 3), (Span{8, 8}));
  EXPECT_EQ(text.source(6, 6), (Span{11, 11}));
  EXPECT_EQ(AlignedText().source(0, 0), (Span{0, 0}));
}

TEST(AlignedText, EditsKeepSources) {
  AlignedText text("aéb");
  AlignedText::Edit first(text);
  first.keep(0, 1);
  first.put("xy", first.source(1));
  first.keep(3, 4);
  first.finish();
  EXPECT_EQ(text.text(), "axyb");
  EXPECT_FALSE(text.plain());
  EXPECT_EQ(all_sources(text), (std::vector<Span>{{0, 1}, {1, 3}, {1, 3}, {3, 4}}));
  AlignedText::Edit second(text);  // of a text that was changed, and not from its beginning to its end
  second.keep(3, 4);
  second.keep(1, 3);
  second.put(U'é', second.source(0));
  second.finish();
  EXPECT_EQ(text.text(), "bxyé");
  EXPECT_EQ(all_sources(text), (std::vector<Span>{{3, 4}, {1, 3}, {1, 3}, {0, 1}, {0, 1}}));
}

TEST(AlignedText, AnEditThatChangesNothingLeavesItPlain) {
  AlignedText text("aéb", 3);
  AlignedText::Edit edit(text);
  edit.keep(0, 3);
  edit.keep(3, 4);
  edit.finish();
  EXPECT_TRUE(text.plain());
  AlignedText::Edit shorter(text);
  shorter.keep(1, 4);
  shorter.finish();
  EXPECT_EQ(all_sources(text), (std::vector<Span>{{4, 6}, {4, 6}, {6, 7}}));
}

// Many runs: each byte finds its own, and parts follow each other.
TEST(AlignedText, LongTextsAreIndexed) {
  const std::string original(1000, ' ');
  AlignedText whole;
  for (uint32_t part = 0; part < 4; ++part) {
    AlignedText text(std::string_view(original).substr(250 * part, 250), 250 * part);
    if (part != 2) {
      AlignedText::Edit edit(text);
      for (size_t i = 0; i < 250; ++i) {
        if (i % 7) edit.keep(i, i + 1);
        else edit.put("...", edit.source(i));
      }
      edit.finish();
    }
    whole.append(text);
  }
  EXPECT_EQ(whole.size(), 1000u + 3 * 36 * 2);
  size_t at = 0;
  for (uint32_t i = 0; i < 1000; ++i) {
    const size_t bytes = i % 250 % 7 || i / 250 == 2 ? 1 : 3;
    for (size_t end = at + bytes; at < end; ++at) ASSERT_EQ(whole.source(at), (Span{i, i + 1})) << at;
  }
  AlignedText plain(std::string_view(original).substr(0, 10));
  plain.append(AlignedText(std::string_view(original).substr(10), 10));
  EXPECT_TRUE(plain.plain());
}

}  // namespace
}  // namespace gamana
