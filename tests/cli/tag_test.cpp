// Tags of words: a small model learns them, and what the program says of texts, words and files.
#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "program.h"
#include "words.h"
#include "tests/support/tiny_bert.h"

namespace gamana {
namespace {

const std::vector<std::string> kBetween = {"lives", "went", "to", "in", "with"};

// Sentences of clauses such as "ada lives in new york with bob".
std::string sentences(int count, int seed) {
  std::string text;
  Draw draw{static_cast<uint32_t>(seed)};
  for (int i = 0; i < count; ++i) {
    text += draw(kNames) + " B-PER\n" + draw(kBetween) + " O\n" + draw(kBetween) + " O\n";
    text += draw({"", "x"}).empty() ? draw(kCities) + " B-LOC\n" : "new B-LOC\nyork I-LOC\n";
    text += "with O\n" + draw(kNames) + " B-PER\n";
    if (i % 6 == 0 || i % 6 == 5) text += "\n";  // one clause and five in turn
  }
  return text;
}

const Workspace& trained_tagger() {
  static const Workspace w;
  if (w.has("tagger")) return w;
  std::vector<std::string> words = kNames;
  words.insert(words.end(), kCities.begin(), kCities.end()), words.insert(words.end(), kBetween.begin(), kBetween.end());
  words.insert(words.end(), {"new", "york", "##s"});
  write_tiny_bert(w.path("bert"), words);
  w.write("train.txt", sentences(240, 1)), w.write("valid.txt", sentences(20, 2));
  const Ran ran = w.run({"train", "tag", "-m", "bert", "--train", "train.txt", "--valid", "valid.txt", "--out", "tagger", "--epochs", "8",
                         "--batch-size", "8", "--learning-rate", "3e-3", "--threads", "1"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  return w;
}

TEST(Tag, ATaskIsLearned) {
  const Workspace& w = trained_tagger();
  const Ran ran = w.run({"evaluate", "tag", "-m", "tagger", "--data", "valid.txt", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json json = parse_json(ran.out, "output");
  EXPECT_GT(json["f1"].get<double>(), 0.99) << ran.out;
  EXPECT_GT(json["accuracy"].get<double>(), 0.99);
  EXPECT_EQ(json["types"]["PER"]["support"], 40);
  EXPECT_EQ(json["samples"], 8);
  const Json config = parse_json(w.read("tagger/config.json"), "config");
  EXPECT_EQ(config["architectures"], Json{"BertForTokenClassification"});
  EXPECT_EQ(config["id2label"], (Json{{"0", "B-LOC"}, {"1", "B-PER"}, {"2", "I-LOC"}, {"3", "O"}}));
}

TEST(Tag, EntitiesOfTexts) {
  const Workspace& w = trained_tagger();
  const Arguments tag = {"tag", "-m", "tagger", "--threads", "1"};
  const Ran ran = w.run(tag + Arguments{"--json", "--aggregation-strategy", "simple", "--text", "Ådas went to new York"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json list = parse_json(ran.out, "output")[0];
  ASSERT_GE(list.size(), 2u) << ran.out;
  EXPECT_EQ(list[0]["entity_group"], "PER");
  EXPECT_EQ(list.back()["entity_group"], "LOC");
  EXPECT_EQ(list.back()["word"], "new york");
  EXPECT_EQ(list.back()["start"], 13);  // characters, not bytes
  EXPECT_EQ(list.back()["end"], 21);
  const Ran tokens = w.run(tag + Arguments{"--json", "--text", "bob went", "--text", "in"});
  const Json token = parse_json(tokens.out, "output");
  ASSERT_EQ(token.size(), 2u);
  EXPECT_EQ(token[0][0]["entity"], "B-PER");
  EXPECT_EQ(token[0][0]["index"], 1);
  EXPECT_EQ(token[1], Json::array());
}

TEST(Tag, LongTextsAreReadInWindows) {
  const Workspace& w = trained_tagger();
  std::string text;
  for (int i = 0; i < 12; ++i) text += "bob went to new york with ada lives ";
  const Arguments tag = {"tag", "-m", "tagger", "--threads", "1", "--aggregation-strategy", "first", "--text", text};
  const Ran cut = w.run(tag), whole = w.run(tag + Arguments{"--stride", "10"});
  EXPECT_NE(cut.err.find("1 texts are longer than 40 tokens and were cut"), std::string::npos) << cut.err;
  EXPECT_EQ(whole.err, "");
  EXPECT_EQ(std::count(whole.out.begin(), whole.out.end(), '\n'), 12 * 3 + 1) << whole.out;
  expect_fault(w.run({"tag", "-m", "tagger", "--stride", "4", "--text", "a"}), {"--stride", "--aggregation-strategy"});
  for (const char* other : {"truncate", "error"})
    expect_fault(w.run(tag + Arguments{"--stride", "4", "--overflow", other}), {"--stride is for windows"});
}

TEST(Tag, FaultsAreSaid) {
  const Workspace& w = trained_tagger();
  expect_fault(w.run({"tag", "-m", "bert", "--text", "a"}), {"bert: the model has no head for", "fine-tune it first"});
  expect_fault(w.run({"classify", "-m", "tagger", "--text", "a"}),  // whose tensors have the names and shapes of a tagger's
               {"tagger: the model has no head for sequence classification, but one for token classification"});
  expect_fault(w.run({"tag", "-m", "tagger", "--text", "a", "train.txt"}), {"expected texts, in a file or with --text, found both"});
  expect_fault(w.run({"tag", "-m", "tagger", "--text", "a", "--pair", "b"}), {"expected single texts to tag"});
  expect_fault(w.run({"tag", "-m", "tagger", "--text", "a", "--aggregation-strategy", "last"}), {"none, simple, first, average or max"});
  const Arguments train = {"train", "tag", "-m", "bert", "--train", "train.txt", "--valid", "valid.txt", "--out", "new"};
  expect_fault(w.run(train + Arguments{"--class-weights", "balanced"}), {"--class-weights belongs to `gamana train classify, regress, distil`, found `gamana train tag`"});
  expect_fault(w.run({"train", "classify", "-m", "bert", "--train", "a.csv", "--valid", "a.csv", "--out", "new", "--label-all-tokens"}),
               {"--label-all-tokens belongs to `gamana train tag`"});
  EXPECT_FALSE(w.has("new"));
}

TEST(Tag, ARunGoesOn) {
  const Workspace& w = trained_tagger();
  EXPECT_EQ(w.run({"train", "--resume", "tagger"}).code, 0);
}

}  // namespace
}  // namespace gamana
