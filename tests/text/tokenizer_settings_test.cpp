#include "gamana/text/files/tokenizer_settings.h"

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "tests/support/side_files.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

std::string side(Side direction) { return direction == Side::left ? "left" : "right"; }

Json templates(const TokenizerSettings& settings) {
  if (settings.chat_templates.empty()) return nullptr;
  if (settings.chat_templates.size() == 1) return settings.chat_templates[0].second;
  Json out = Json::object();
  for (const auto& [name, text] : settings.chat_templates) out[name] = text;
  return out;
}

void expect_settings(const TokenizerSettings& found, const Json& expected) {
  for (size_t role = 0; role < kTokenRoles.size(); ++role) {
    const std::string text = found.tokens[role] ? found.tokens[role]->content : "";
    EXPECT_EQ(text, expected.value(kTokenRoles[role], std::string())) << kTokenRoles[role];
  }
  EXPECT_EQ(found.model_max_length, expected["model_max_length"].get<int64_t>());
  EXPECT_EQ(side(found.padding_side), expected["padding_side"]);
  EXPECT_EQ(side(found.truncation_side), expected["truncation_side"]);
  EXPECT_EQ(found.clean_up_tokenization_spaces, expected["clean_up_tokenization_spaces"].get<bool>());
  EXPECT_EQ(templates(found), expected["chat_template"]);
}

TEST(TokenizerSettings, AreWhatTransformersFinds) {
  for (const auto& [name, test] : side_files_golden("cases").items()) {
    if (name.starts_with("any_")) continue;  // their tokens are in the SentencePiece model
    SCOPED_TRACE(name);
    expect_settings(read_tokenizer_settings(write_side_files(name)), test["settings"]);
  }
}

TEST(TokenizerSettings, AreReadAsTheyWereWritten) {
  for (const std::string name : {"bert_map", "bert_cased", "roberta_decoder", "qwen2", "llama", "gemma"}) {
    SCOPED_TRACE(name);
    const TokenizerSettings before = read_tokenizer_settings(write_side_files(name));
    const std::string folder = temporary("written");
    std::filesystem::remove_all(folder);
    write_tokenizer_settings(folder, before);
    const TokenizerSettings after = read_tokenizer_settings(folder);
    EXPECT_EQ(after.tokenizer_class,
              before.tokenizer_class.empty() ? "PreTrainedTokenizerFast" : before.tokenizer_class);
    for (size_t role = 0; role < kTokenRoles.size(); ++role) {
      ASSERT_EQ(after.tokens[role].has_value(), before.tokens[role].has_value()) << kTokenRoles[role];
      if (before.tokens[role]) {
        EXPECT_EQ(after.tokens[role]->content, before.tokens[role]->content);
      }
    }
    EXPECT_EQ(after.added, before.added);
    EXPECT_EQ(after.additional.size(), before.additional.size());
    EXPECT_EQ(after.model_max_length, before.model_max_length);
    EXPECT_EQ(after.padding_side, before.padding_side);
    EXPECT_EQ(after.truncation_side, before.truncation_side);
    EXPECT_EQ(after.chat_templates, before.chat_templates);
  }
}

TEST(TokenizerSettings, FaultsAreNamed) {
  const std::string folder = temporary("faults");
  make_directory(folder);
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "expected a JSON object, found array"},
      {R"({"tokenizer_class": 1})", "\"tokenizer_class\" has the wrong type"},
      {R"({"pad_token": 1})", "as \"pad_token\", found 1"},
      {R"({"pad_token": {"text": "a"}})", "with \"content\", as \"pad_token\""},
      {R"({"mask_token": {"content": "a", "lstrip": "yes"}})", "\"lstrip\" has the wrong type"},
      {R"({"additional_special_tokens": "a"})", "expected a list as \"additional_special_tokens\""},
      {R"({"added_tokens_decoder": []})", "expected an object as \"added_tokens_decoder\""},
      {R"({"added_tokens_decoder": {"x": "a"}})", "expected an id in \"added_tokens_decoder\", found \"x\""},
      {R"({"added_tokens_decoder": {"-1": "a"}})", "found \"-1\""},
      {R"({"padding_side": "middle"})", "expected \"left\" or \"right\" as \"padding_side\", found \"middle\""},
      {R"({"model_max_length": "long"})", "\"model_max_length\" has the wrong type"},
      {R"({"model_max_length": -2})", "expected a length as \"model_max_length\", found -2"},
      {R"({"chat_template": 1})", "expected a text or a list as \"chat_template\""},
      {R"({"chat_template": [{"template": "a"}]})", "\"chat_template\", found {\"template\":\"a\"}"},
  };
  for (const auto& [text, part] : cases) {
    write_quickly(folder + "/tokenizer_config.json", text);
    try {
      read_tokenizer_settings(folder);
      ADD_FAILURE() << "no error for " << text;
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << e.what();
      EXPECT_NE(std::string(e.what()).find("tokenizer_config.json"), std::string::npos) << e.what();
    }
  }
}

}  // namespace
}  // namespace gamana
