#include "gamana/text/files/side_files.h"

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/text/tokenizer.h"
#include "tests/support/side_files.h"

namespace gamana {
namespace {

// Sections of a tokenizer.json by name, with keys in the order of the alphabet.
std::map<std::string, nlohmann::json> sections(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text);
  std::map<std::string, nlohmann::json> out;
  for (const auto& [name, value] : json.items()) {
    out[name] = value;
    if (name != "model") continue;
    for (const char* part : {"vocab", "merges"})
      if (value.contains(part)) out[part] = value[part], out[name].erase(part);
  }
  return out;
}

TEST(SideFiles, BecomeWhatTransformersMakesOfThem) {
  for (const auto& [name, test] : side_files_golden("cases").items()) {
    SCOPED_TRACE(name);
    const std::string folder = write_side_files(name);
    EXPECT_TRUE(has_side_files(folder));
    auto expected = sections(test["expected"].dump());
    const auto found = sections(side_files_to_tokenizer_json(folder));
    // transformers 5.24 leaves the model's own normalisation out here, and there mends decoded text outside its
    // tokenizer.json.
    if (name == "big_bird") expected.at("normalizer") = found.at("normalizer");
    if (name == "clip") expected.at("decoder") = found.at("decoder");
    for (const auto& [section, value] : expected) {
      ASSERT_TRUE(found.contains(section)) << section;
      EXPECT_EQ(found.at(section), value) << section;
    }
  }
}

TEST(SideFiles, GiveTheIdsAndTextsOfTransformers) {
  const Json& texts = side_files_golden("texts");
  for (const auto& [name, test] : side_files_golden("cases").items()) {
    SCOPED_TRACE(name);
    const Tokenizer tokenizer = Tokenizer::load(write_side_files(name));
    for (size_t i = 0; i < texts.size(); ++i) {
      if (name == "big_bird" && i == 3) continue;  // transformers does not normalise it
      const std::vector<int32_t> expected = test["ids"][i];
      EXPECT_EQ(tokenizer.encode(texts[i].get<std::string>()).ids, expected) << texts[i];
      EXPECT_EQ(tokenizer.decode(expected), test["decoded"][i]) << texts[i];
    }
    const std::vector<int32_t> pair = test["pair"];
    EXPECT_EQ(tokenizer.encode(texts[0].get<std::string>(), texts[1].get<std::string>()).ids, pair);
  }
}

// What transformers' MarianTokenizer makes of the same lines (tools/golden/text.py).
TEST(SideFiles, MarianHasTheIdsOfItsSlowTokenizer) {
  const std::string folder = GAMANA_SOURCE_DIR "/tests/golden/text/";
  const Tokenizer tokenizer = Tokenizer::parse(side_files_to_tokenizer_json(folder + "separate"), "separate");
  const Json golden = read_json(folder + "golden.json");
  for (const Json& row : golden["separate"]["lines"]) {
    const std::string text = row["text"];
    // Language codes that are not in the vocabulary, a token that the model does not have, a long grapheme cluster.
    if (text.find(">>") != text.npos || text.find("<word>") != text.npos || text.ends_with("stacked")) continue;
    const std::vector<int32_t> expected = row["source"];
    EXPECT_EQ(tokenizer.encode(text).ids, expected) << row["text"];
  }
}

TEST(SideFiles, ModelsKeepTheirNormalisation) {
  for (const char* name : {"big_bird", "mbart"}) {
    const std::string folder = write_side_files(name);
    if (std::string(name) == "mbart")
      std::filesystem::copy_file(write_side_files("mbart50") + "/sentencepiece.bpe.model",
                                 folder + "/sentencepiece.bpe.model",
                                 std::filesystem::copy_options::overwrite_existing);
    EXPECT_NE(side_files_to_tokenizer_json(folder).find("precompiled_charsmap"), std::string::npos) << name;
  }
}

void expect_side_complaint(const std::string& folder, const std::string& part) {
  try {
    side_files_to_tokenizer_json(folder);
    ADD_FAILURE() << "no error, expected " << part;
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << e.what();
  }
}

TEST(SideFiles, FaultsAreNamed) {
  const auto changed = [](const char* name, const char* file, const std::string& text) {
    const std::string folder = write_side_files(name);
    write_quickly(folder + "/" + file, text);
    return folder;
  };
  const std::string empty = temporary("empty");
  make_directory(empty);
  EXPECT_FALSE(has_side_files(empty));
  expect_side_complaint(empty, "expected a tokenizer.json, or vocab.txt");
  expect_side_complaint(changed("bert", "tokenizer_config.json", R"({"tokenizer_class": "XLMTokenizer"})"),
                   "the tokenizer class XLMTokenizer is not known");
  expect_side_complaint(changed("bert", "tokenizer_config.json", R"({"tokenizer_class": "T5Tokenizer"})"),
                   "expected spiece.model for the tokenizer class T5Tokenizer");
  expect_side_complaint(changed("bert", "tokenizer_config.json", R"({"sep_token": null})"),
                   "expected a token as \"sep_token\"");
  expect_side_complaint(changed("bert", "tokenizer_config.json", R"({"do_lower_case": "no"})"),
                   "\"do_lower_case\" has the wrong");
  expect_side_complaint(changed("bert", "vocab.txt", "a\n\xff\n"), "vocab.txt");
  expect_side_complaint(changed("gpt2", "merges.txt", "a b\na b c\n"), "two tokens and a space on line 2, found \"a b c\"");
  expect_side_complaint(changed("gpt2", "vocab.json", "[1]"), "expected an object of tokens");
  expect_side_complaint(changed("gpt2", "vocab.json", R"({"a": "b"})"), "expected an object of tokens");
  expect_side_complaint(changed("gpt2", "vocab.json", R"({"a": 99999999999})"), "expected an id of 0 to");
  expect_side_complaint(changed("gpt2", "vocab.json", "{}"), "found none");
  expect_side_complaint(changed("t5", "tokenizer_config.json", R"({"extra_ids": -1})"), "as \"extra_ids\", found -1");
  expect_side_complaint(changed("t5", "spiece.model", "version https://git-lfs"), "is not a SentencePiece model");
  expect_side_complaint(
      changed("mbart", "tokenizer_config.json", R"({"tokenizer_class": "MBartTokenizer", "src_lang": "xx"})"),
      "expected the token \"xx\"");
}

// What is cut or changed anywhere gives a tokenizer or an Error.
TEST(SideFiles, DamagedFilesAreFound) {
  for (const auto& [name, file] : {std::pair("any_bpe", "tokenizer.model"), std::pair("gpt2", "vocab.json"),
                                   std::pair("bert_cased", "tokenizer_config.json"), std::pair("t5", "spiece.model")}) {
    const std::string folder = write_side_files(name), path = join_path(folder, file), whole = read_file(path);
    for (size_t i = 0; i < whole.size(); i += 1 + whole.size() / 40) {
      std::string damaged = whole;
      damaged[i] ^= static_cast<char>(1 + i % 255);
      for (const std::string& text : {whole.substr(0, i), damaged}) {
        write_quickly(path, text);
        try {
          side_files_to_tokenizer_json(folder);
        } catch (const Error&) {
        }
      }
    }
  }
}

}  // namespace
}  // namespace gamana
