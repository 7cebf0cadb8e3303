// Words with tags as the model reads them, their scores, and the parts of texts that transformers' pipeline makes of the same
// logits (tests/golden/tags.json, made by tools/golden/tags.py).
#include <gtest/gtest.h>

#include "gamana/jobs/tag.h"
#include "gamana/jobs/tag_spans.h"
#include "gamana/ops/losses.h"
#include "tests/support/files.h"
#include "tests/support/tiny_bert.h"

namespace gamana {
namespace {

const std::vector<std::string> kWords = {"ada", "##s", "love", "##lace", "lives", "in", "london", "."};

TextEncoder encoder_of(int max_length) {
  static const bool made = (write_tiny_bert(temporary("bert"), kWords), true);
  (void)made;
  return TextEncoder(temporary("bert"), max_length, 40);
}

const Labels& labels() {
  static const Labels list({"O", "B-PER", "I-PER", "B-LOC"}, "tags");  // 0 B-LOC, 1 B-PER, 2 I-PER, 3 O
  return list;
}

constexpr const char* kSentence = "Adas B-PER\nLovelace I-PER\nlives O\nin O\nLondon B-LOC\n";
constexpr int32_t kNo = kNoTarget;

TEST(Tag, TheFirstTokenOfAWordHasItsTag) {
  const std::string path = file("words.txt", kSentence);
  const TaggedTexts texts = read_tagged(path, labels(), encoder_of(0), false);
  ASSERT_EQ(texts.texts.size(), 1u);
  EXPECT_EQ(texts.lengths[0], 9);
  EXPECT_EQ(texts.targets[0], (std::vector<int32_t>{kNo, 1, kNo, 2, kNo, 3, 3, 0, kNo}));  // [CLS] ada ##s love ##lace lives in london [SEP]
  EXPECT_EQ(texts.words[0], (std::vector<int32_t>{1, 3, 5, 6, 7}));
  EXPECT_EQ(texts.split, 0);
}

TEST(Tag, AllTokensOfAWordMayHaveItsTag) {
  const std::string path = file("words.txt", kSentence);
  const TaggedTexts texts = read_tagged(path, labels(), encoder_of(0), true);
  EXPECT_EQ(texts.targets[0], (std::vector<int32_t>{kNo, 1, 2, 2, 2, 3, 3, 0, kNo}));  // ##s is inside of a name
  EXPECT_EQ(texts.words[0], (std::vector<int32_t>{1, 3, 5, 6, 7}));
}

TEST(Tag, LongSentencesAreSplitAndNoWordIsLost) {
  const std::string path = file("words.txt", std::string(kSentence) + "\nin O\n");
  const TaggedTexts texts = read_tagged(path, labels(), encoder_of(5), false);  // 3 tokens of text at a time
  EXPECT_EQ(texts.split, 1);
  EXPECT_EQ(texts.sentences, (std::vector<int32_t>{0, 0, 0, 1}));
  EXPECT_EQ(texts.targets[0], (std::vector<int32_t>{kNo, 1, kNo, 2, kNo}));
  EXPECT_EQ(texts.targets[1], (std::vector<int32_t>{kNo, kNo, 3, 3, kNo}));  // ##lace goes on with a word
  EXPECT_EQ(texts.targets[2], (std::vector<int32_t>{kNo, 0, kNo}));
}

TEST(Tag, AModelWithTheseTagsKeepsTheirIds) {
  const std::string path = file("words.txt", kSentence);
  const Json model = {{"id2label", {{"0", "O"}, {"1", "B-PER"}, {"2", "I-PER"}, {"3", "B-LOC"}}}};
  const TextEncoder encoder = encoder_of(0);
  EXPECT_EQ(TagJob({path, path, false, model}, encoder).configure(Json::object())["id2label"], model["id2label"]);
  EXPECT_EQ(TagJob({path, path, false}, encoder).configure(Json::object())["id2label"]["0"], "B-LOC");
}

TEST(Tag, ScoresAreThoseOfWords) {
  const std::string path = file("words.txt", std::string(kSentence) + "\nin O\n");
  const TaggedTexts texts = read_tagged(path, labels(), encoder_of(5), false);
  TagLogits logits;
  for (size_t i = 0; i < texts.texts.size(); ++i) {
    logits.emplace_back();
    for (const int32_t target : texts.targets[i])
      for (int32_t k = 0; k < labels().size(); ++k) logits.back().push_back(k == (target == kNo ? 1 : target) ? 1.0f : 0.0f);
  }
  const EntityScores right = tag_scores(texts, labels(), logits);
  EXPECT_EQ(right.accuracy, 1);
  EXPECT_EQ(right.average(Averaging::micro).f1, 1);
  EXPECT_EQ(right.of_type("PER").support, 1);
  logits[2][1 * 4 + 3] = 2;  // London: O
  const EntityScores wrong = tag_scores(texts, labels(), logits);
  EXPECT_DOUBLE_EQ(wrong.accuracy, 5.0 / 6);
  EXPECT_DOUBLE_EQ(wrong.average(Averaging::micro).recall, 0.5);
  EXPECT_DOUBLE_EQ(wrong.average(Averaging::micro).precision, 1);
}

TEST(Tag, WhatAFileLacksIsSaid) {
  const auto said = [](const std::string& text) {
    return fault_of([&] { read_tagged(file("bad.txt", text), labels(), encoder_of(0), false); });
  };
  EXPECT_EQ(said(""), "bad.txt: expected words with tags, found none");
  EXPECT_EQ(said("Ada B-PER\n\nin B-MISC\n"),
            "bad.txt, line 3: expected one of the labels \"B-LOC\", \"B-PER\", \"I-PER\", \"O\", found \"B-MISC\"");
}

// Byte-level vocabularies know a word behind a space as another token: words of a file are read as they stand in texts.
TEST(Tag, WordsOfByteLevelVocabulariesHaveTheirSpaces) {
  const Json golden = read_json(GAMANA_SOURCE_DIR "/tests/golden/tags.json");
  make_directory(temporary("byte"));
  write_json(temporary("byte/tokenizer.json"), golden["tokenizers"][1]["json"]);
  const TextEncoder encoder(temporary("byte"), 40, 40);
  const TaggedTexts texts = read_tagged(file("words.txt", kSentence), labels(), encoder, false);
  EXPECT_EQ(texts.texts[0].ids, encoder.encode("Adas Lovelace lives in London").ids);
}

void expect_spans(const std::vector<TagSpan>& found, const Json& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    const Json& e = expected[i];
    EXPECT_EQ(found[i].label, (e.contains("entity") ? e["entity"] : e["entity_group"]).get<std::string>());
    EXPECT_NEAR(found[i].score, e["score"].get<double>(), 1e-6);  // float32 there
    EXPECT_EQ(found[i].index, e.contains("index") ? e["index"].get<int64_t>() : -1);
    EXPECT_EQ(found[i].word, e["word"].get<std::string>());
    EXPECT_EQ(found[i].begin, e["start"].get<uint32_t>());
    EXPECT_EQ(found[i].end, e["end"].get<uint32_t>());
  }
}

TEST(Tag, PartsOfTextsAreThoseOfTransformers) {
  const Json golden = read_json(GAMANA_SOURCE_DIR "/tests/golden/tags.json");
  Json names = Json::object();
  for (size_t i = 0; i < golden["labels"].size(); ++i) names[std::to_string(i)] = golden["labels"][i];
  const Labels list = Labels::from_config({{"id2label", names}}, "golden");
  size_t compared = 0;
  for (const Json& peer : golden["tokenizers"]) {
    make_directory(temporary("peer"));
    write_json(temporary("peer/tokenizer.json"), peer["json"]);
    const TextEncoder encoder(temporary("peer"), golden["length"].get<int>(), 512);
    for (const Json& c : peer["cases"]) {
      const auto text = c["text"].get<std::string>();
      const auto stride = c["stride"].is_null() ? std::nullopt : std::optional(c["stride"].get<int>());
      const std::vector<Encoding> windows = take_windows(encoder.encode_with_offsets(text, stride));
      ASSERT_EQ(windows.size(), c["logits"].size()) << text;
      for (const auto& [strategy, expected] : c["spans"].items()) {
        SCOPED_TRACE(text + ": " + strategy);
        std::vector<TagSpan> spans;
        for (size_t w = 0; w < windows.size(); ++w) {
          std::vector<float> logits;
          for (const Json& row : c["logits"][w])
            for (const Json& z : row) logits.push_back(z.get<float>());
          ASSERT_EQ(logits.size(), windows[w].size() * list.size());
          const auto found = tag_spans(encoder.tokenizer(), text, windows[w], list, logits, aggregation_of(strategy));
          spans.insert(spans.end(), found.begin(), found.end());
        }
        expect_spans(windows.size() > 1 ? without_overlaps(spans) : spans, expected);
        compared += expected.size();
      }
    }
  }
  EXPECT_GT(compared, 300u);
}

}  // namespace
}  // namespace gamana
