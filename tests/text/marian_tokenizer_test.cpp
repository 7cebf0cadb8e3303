#include "gamana/text/marian/tokenizer.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "gamana/text/sentencepiece.h"
#include "gamana/text/marian/vocabulary.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

const std::string kGolden = GAMANA_SOURCE_DIR "/tests/golden/text";

// What MarianTokenizer made of the lines (tools/golden/text.py).
const Json& golden_lines(const char* folder) {
  static const Json json = read_json(kGolden + "/golden.json");
  return json[folder];
}

class Golden : public testing::TestWithParam<const char*> {
 protected:
  const Json& expected = golden_lines(GetParam());
  const TranslationTokenizer tokenizer = TranslationTokenizer::load(kGolden + "/" + GetParam());
};

TEST_P(Golden, SpecialIds) {
  EXPECT_EQ(tokenizer.end_id(), expected["end"]);
  EXPECT_EQ(tokenizer.unknown_id(), expected["unknown"]);
  EXPECT_EQ(tokenizer.pad_id(), expected["pad"]);
  EXPECT_EQ(tokenizer.vocabulary_size(), expected["size"]);
  EXPECT_EQ(tokenizer.encode_source(""), std::vector<int>{tokenizer.end_id()});
}

TEST_P(Golden, Lines) {
  for (const Json& row : expected["lines"]) {
    const std::string text = row["text"];
    const std::vector<int> source = row["source"], target = row["target"];
    EXPECT_EQ(tokenizer.source().split(text), row["source_pieces"]) << row["text"];
    EXPECT_EQ(tokenizer.target().split(text), row["target_pieces"]) << row["text"];
    EXPECT_EQ(tokenizer.encode_source(text), source) << row["text"];
    EXPECT_EQ(tokenizer.encode_target(text), target) << row["text"];
    EXPECT_EQ(tokenizer.decode_target(target), row["decoded_target"]) << row["text"];
    if (row.contains("decoded_source")) {
      EXPECT_EQ(tokenizer.decode_source(source), row["decoded_source"]) << row["text"];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Marian, Golden, testing::Values("joint", "separate"));

std::vector<std::string> pieces_of(const Vocabulary& vocabulary) {
  std::vector<std::string> pieces;
  for (int id = 0; id < vocabulary.size(); ++id) pieces.push_back(vocabulary.piece(id));
  return pieces;
}

TEST(Difference, NamesTheFile) {
  const TranslationTokenizer golden = TranslationTokenizer::load(kGolden + "/separate");
  const MarianTokenizer &source = golden.source(), &target = golden.target();
  const TokenizerParts parts{source.model().model(), target.model().model(), pieces_of(source.vocabulary()),
                             pieces_of(target.vocabulary()), false, "en", "de"};
  const TranslationTokenizer tokenizer = TranslationTokenizer::make(parts);
  const auto difference = [&](auto&& change) {
    TokenizerParts changed = parts;
    change(changed);
    return tokenizer.difference(TranslationTokenizer::make(changed));
  };
  EXPECT_EQ(difference([](TokenizerParts&) {}), "");
  EXPECT_EQ(difference([](TokenizerParts& p) { p.source_lang = "fr"; }), "");  // for the record
  EXPECT_EQ(difference([](TokenizerParts& p) { p.lowercase = true; }), "tokenizer_config.json");
  EXPECT_EQ(difference([](TokenizerParts& p) { p.target_vocabulary.clear(); }), "tokenizer_config.json");
  EXPECT_EQ(difference([](TokenizerParts& p) { p.source_spm = p.target_spm; }), "source.spm");
  EXPECT_EQ(difference([](TokenizerParts& p) { p.target_spm = p.source_spm; }), "target.spm");
  EXPECT_EQ(difference([](TokenizerParts& p) { std::swap(p.vocabulary[5], p.vocabulary[6]); }), "vocab.json");
  EXPECT_EQ(difference([](TokenizerParts& p) { std::swap(p.target_vocabulary[5], p.target_vocabulary[6]); }),
            "target_vocab.json");
}

// A copy of a golden folder, to be damaged.
class Damaged : public testing::Test {
 protected:
  const std::string folder = temporary("tokenizer");
  void SetUp() override {
    std::filesystem::remove_all(folder);
    std::filesystem::copy(kGolden + "/joint", folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  void write(const char* name, const std::string& bytes) { write_file(folder + "/" + name, bytes); }
  // What loading says; empty if it does not complain.
  std::string complaint() {
    try {
      TranslationTokenizer::load(folder);
      return "";
    } catch (const Error& e) {
      return e.what();
    }
  }
  void expect_complaint(const std::string& part) { EXPECT_NE(complaint().find(part), std::string::npos) << complaint(); }
};

TEST_F(Damaged, SaveGivesTheSameTokenizer) {
  for (const char* name : {"joint", "separate"}) {
    std::filesystem::remove_all(folder);
    TranslationTokenizer::load(kGolden + "/" + name).save(folder);
    const auto again = TranslationTokenizer::load(folder);
    for (const Json& row : golden_lines(name)["lines"]) {
      EXPECT_EQ(again.encode_source(std::string(row["text"])), row["source"]);
      EXPECT_EQ(again.encode_target(std::string(row["text"])), row["target"]);
    }
    const std::string settings = read_file(folder + "/tokenizer_config.json");
    again.save(folder);
    EXPECT_EQ(read_file(folder + "/tokenizer_config.json"), settings);
  }
}

TEST_F(Damaged, LowercaseLowersBeforeEverything) {
  write("tokenizer_config.json", R"({"lowercase": true})");
  const auto lowering = TranslationTokenizer::load(folder), plain = TranslationTokenizer::load(kGolden + "/joint");
  EXPECT_TRUE(lowering.lowercase());
  EXPECT_FALSE(plain.lowercase());
  EXPECT_EQ(lowering.encode_source("THE Small ΣΚΎΛΟΣ"), plain.encode_source("the small σκύλος"));
  EXPECT_NE(plain.encode_source("THE Small ΣΚΎΛΟΣ"), plain.encode_source("the small σκύλος"));
}

TEST_F(Damaged, InvalidTextReadsAsReplacementCharacters) {
  const auto tokenizer = TranslationTokenizer::load(folder);
  EXPECT_EQ(tokenizer.encode_source("the \xFF\xE0\xB2 dog"), tokenizer.encode_source("the \uFFFD\uFFFD dog"));
  EXPECT_EQ(tokenizer.encode_source(std::string(3, '\xC3')), tokenizer.encode_source("\uFFFD\uFFFD\uFFFD"));
}

TEST_F(Damaged, IdsOutsideTheVocabularyAreSaid) {
  const auto tokenizer = TranslationTokenizer::load(folder);
  const int size = tokenizer.vocabulary_size();
  EXPECT_THROW(tokenizer.decode_source(std::vector<int>{0, size}), Error);
  EXPECT_THROW(tokenizer.decode_target(std::vector<int>{-1}), Error);
  EXPECT_THROW(tokenizer.source_pieces(std::vector<int>{size}), Error);
  EXPECT_EQ(tokenizer.target_pieces(std::vector<int>{0, 1, 2, tokenizer.pad_id()}),
            (std::vector<std::string>{"</s>", "<unk>", ">>kan<<", "<pad>"}));
}

TEST_F(Damaged, MissingFilesAreSaid) {
  for (const char* name : {"vocab.json", "target.spm", "source.spm"}) {
    std::filesystem::remove(folder + "/" + name);
    expect_complaint(std::string(name) + " is missing");
  }
  write("tokenizer.json", "{}");
  expect_complaint("a tokenizer.json alone cannot be read yet");
  std::filesystem::remove_all(folder);
  expect_complaint("source.spm is missing");
}

TEST_F(Damaged, ModelFiles) {
  const std::string good = read_file(folder + "/source.spm");
  for (const std::string& bad : {std::string(), std::string("version https://git-lfs.github.com/spec/v1\n"),
                                 good.substr(0, good.size() / 2), good.substr(1), std::string(5000, '\xFF')}) {
    write("source.spm", bad);
    expect_complaint("source.spm is not a SentencePiece model");
  }
}

// Every byte of a model damaged in turn: it is refused, or what loads can be used.
TEST(SentencePiece, SurvivesDamage) {
  const std::string good = read_file(kGolden + "/joint/source.spm");
  int refused = 0;
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (i % 3 == 0 ? 0xFF : i % 3 == 1 ? 0x80 : 0x11));
    try {
      const SentencePiece model(bad, "test");
      model.join(model.split("the ﬁne ½ dog \u00a0 ಗಮನ ＦＵＬＬ e\u0301 \x01 ☃"));
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
}

TEST_F(Damaged, VocabularyFiles) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "vocab.json is not valid JSON"},
      {"{\"</s>\": 0, \"<unk>\"", "vocab.json is not valid JSON"},
      {"[]", "expected an object of pieces and their ids"},
      {"{}", "expected an object of pieces and their ids"},
      {"{\"</s>\": 0, \"a\": 1}", "the unknown token <unk> is not among its 2 pieces"},
      {"{\"<unk>\": -1}", "for piece \"<unk>\", found -1"},
      {"{\"<unk>\": 1.5}", "found 1.5"},
      {"{\"<unk>\": 99999999999}", "found 99999999999"},
      {"{\"<unk>\": \"1\"}", "found \"1\""},
  };
  for (const auto& [text, part] : cases) write("vocab.json", text), expect_complaint(part);
}

TEST_F(Damaged, Settings) {
  const std::pair<const char*, const char*> cases[] = {
      {"{", "tokenizer_config.json is not valid JSON"},
      {"[1]", "expected a JSON object, found array"},
      {"{\"lowercase\": \"yes\"}", "\"lowercase\" has the wrong type"},
      {"{\"eos_token\": 3}", "expected a JSON object"},
      {"{\"eos_token\": {\"lstrip\": true}}", "a special token without \"content\""},
      {"{\"added_tokens_decoder\": {\"x\": {\"content\": \"<x>\"}}}", "found \"x\""},
      {"{\"added_tokens_decoder\": [1]}", "\"added_tokens_decoder\" has to be an object"},
      {"{\"added_tokens_decoder\": {\"3\": {\"content\": \"<m>\", \"single_word\": true}}}", "not supported"},
  };
  std::filesystem::remove(folder + "/special_tokens_map.json");
  for (const auto& [text, part] : cases) write("tokenizer_config.json", text), expect_complaint(part);
  write("tokenizer_config.json", "{\"eos_token\": null}");
  EXPECT_EQ(complaint(), "");
  write("added_tokens.json", "{\"<x>\": -3}");
  expect_complaint("expected the id of \"<x>\", found -3");
}

}  // namespace
}  // namespace gamana
