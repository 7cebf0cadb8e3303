#include "gamana/data/words.h"

#include <gtest/gtest.h>

#include "tests/support/files.h"

namespace gamana {
namespace {

using Texts = std::vector<std::string>;

// Sentences as "line: word/tag word/tag".
Texts shown_words(const std::string& path, bool tagged = true) {
  TaggedWordsReader reader(path, tagged);
  Texts out;
  for (TaggedWords sentence; reader.next(sentence);) {
    std::string text = fmt::format("{}:", sentence.line);
    for (size_t i = 0; i < sentence.words.size(); ++i)
      text += " " + sentence.words[i] + (tagged ? "/" + sentence.tags[i] : "");
    EXPECT_EQ(sentence.tags.size(), tagged ? sentence.words.size() : 0);
    out.push_back(text);
  }
  return out;
}

std::string words_fault(const std::string& name, const std::string& bytes, bool tagged = true) {
  return fault_of([&] { shown_words(file(name, bytes), tagged); });
}

const std::string kConll =
    "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\r\n\n\n  \nGerman JJ B-NP B-MISC\n-DOCSTART- -X- "
    "-X- O\n\n"
    "Peter NNP B-NP B-PER";

TEST(TaggedWords, ColumnsAreThoseOfConll) {
  EXPECT_EQ(shown_words(file("a.txt", kConll)), (Texts{"3: EU/B-ORG rejects/O", "8: German/B-MISC", "11: Peter/B-PER"}));
  EXPECT_EQ(shown_words(gzipped("a.conll.gz", kConll), false), (Texts{"3: EU rejects", "8: German", "11: Peter"}));
  EXPECT_EQ(shown_words(file("a.txt", "New York\tB-LOC\nis\tO\n")), Texts{"1: New York/B-LOC is/O"});
  EXPECT_EQ(shown_words(file("a.txt", "a\nb\n\nc\n"), false), (Texts{"1: a b", "4: c"}));
  EXPECT_EQ(shown_words(file("a.txt", "EU   B-ORG\n  is O  \n")), Texts{"1: EU/B-ORG is/O"});  // any number of spaces
  EXPECT_EQ(shown_words(file("a.txt", "")), Texts{});
}

TEST(TaggedWords, JsonHasLists) {
  const std::string json = "{\"id\":\"0\",\"tokens\":[\"EU\",\"rejects\"],\"pos_tags\":[22,42],\"ner_tags\":[3,0]}\n\n"
                           "{\"tokens\":[],\"ner_tags\":[]}\n{\"tokens\":[\"a b\"],\"ner_tags\":[\"B\"]}\n";
  EXPECT_EQ(shown_words(file("a.jsonl", json)), (Texts{"1: EU/3 rejects/0", "3:", "4: a b/B"}));
  EXPECT_EQ(shown_words(file("a.json", "{\"labels\":[\"X\"],\"words\":[\"w\"]}")), Texts{"1: w/X"});
  EXPECT_EQ(shown_words(file("a.json", "{\"words\":[\"w\"]}"), false), Texts{"1: w"});
}

TEST(TaggedWords, FaultsAreNamed) {
  EXPECT_EQ(words_fault("a.txt", "EU NNP O\n\nrejects O\n"),
            "a.txt, line 3: expected 3 columns as in the first line, found 2 columns");
  EXPECT_EQ(words_fault("a.txt", "EU\n"), "a.txt, line 1: expected a word and its tag, found 1 columns");
  EXPECT_EQ(words_fault("a.txt", "a\nb c\n", false),
            "a.txt, line 2: expected 1 columns as in the first line, found 2 columns");
  EXPECT_EQ(words_fault("a.txt", "EU\t\n"), "a.txt, line 1: expected a word first and its tag last, found an empty column");
  EXPECT_EQ(words_fault("a.txt", "a O\n\xff O\n"), "a.txt, line 2: expected UTF-8, found byte 0xFF");
  EXPECT_EQ(words_fault("a.txt", std::string("a O\nb\0 O\n", 9)),
            "a.txt, line 2: holds a NUL byte; a text file was expected");
  EXPECT_EQ(words_fault("a.csv", "word,tag\nx,y\n"),
            "a.csv: expected words in columns as in CoNLL-2003, or JSON lines (.jsonl)");
  EXPECT_EQ(words_fault("a.jsonl", "{\"tokens\":[\"a\"]}"),
            "a.jsonl: expected a list of tags as \"ner_tags\", \"tags\" or \"labels\", found \"tokens\"");
  EXPECT_EQ(words_fault("a.jsonl", "{\"text\":\"a\"}"),
            "a.jsonl: expected a list of words as \"tokens\" or \"words\", found \"text\"");
  EXPECT_EQ(words_fault("a.jsonl", "{\"words\":[\"a\"],\"tags\":[]}"),
            "a.jsonl, line 1: expected as many tags as words, found 0 and 1");
  EXPECT_EQ(words_fault("a.jsonl", "{\"words\":\"a\",\"tags\":[]}"),
            "a.jsonl, line 1: expected a list as \"words\", found string");
  EXPECT_EQ(words_fault("a.jsonl", "{\"words\":[1],\"tags\":[1]}"),
            "a.jsonl, line 1: expected strings in \"words\", found number");
  EXPECT_EQ(words_fault("a.jsonl", "{\"words\":[\"a\"],\"tags\":[null]}"),
            "a.jsonl, line 1: expected a label (a string or a number), found null");
}

}  // namespace
}  // namespace gamana
