// Tokenizers of whole folders, against transformers' AutoTokenizer (tools/golden/folders.py).
#include "gamana/text/tokenizer.h"

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/text/chat/chat_template.h"
#include "gamana/text/files/tokenizer_settings.h"
#include "gamana/text/post/stream_decoder.h"
#include "tests/support/golden.h"
#include "tests/support/side_files.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

std::string write_folder(const std::string& name) {
  const std::string folder = temporary(name);
  for (const auto& [file, content] : golden("text/folders")["cases"][name]["files"].items()) {
    make_directory(std::filesystem::path(join_path(folder, file)).parent_path());
    write_quickly(join_path(folder, file), content.is_string() ? content.get<std::string>() : content.dump());
  }
  return folder;
}

std::string streamed(const Tokenizer& tokenizer, const std::vector<int32_t>& ids) {
  StreamDecoder stream(tokenizer.decoder(), false);
  std::string text;
  for (const int32_t id : ids) stream.push(id, text);
  stream.finish(text);
  return text;
}

Json templates_of(const TokenizerSettings& settings) {
  Json out = Json::object();
  for (const auto& [name, text] : settings.chat_templates) out[name] = text;
  if (out.empty()) return nullptr;
  return out.size() == 1 ? out["default"] : out;
}

std::string line_of(const AddedToken& token) {
  return fmt::format("{} {}{}{}{}{}{}", token.id, token.content, token.single_word ? " single_word" : "",
                     token.lstrip ? " lstrip" : "", token.rstrip ? " rstrip" : "", token.normalized ? " normalized" : "",
                     token.special ? " special" : "");
}

void expect_tokens(const Tokenizer& tokenizer, const Json& test) {
  std::vector<std::string> added;
  for (const AddedToken& token : tokenizer.added_tokens()) added.push_back(line_of(token));
  EXPECT_EQ(Json(added), test["added_tokens"]);
  for (size_t i = 0; i < golden("text/folders")["texts"].size(); ++i) {
    std::vector<int32_t> ids;
    tokenizer.encode_ids(golden("text/folders")["texts"][i].get<std::string>(), false, ids);
    EXPECT_EQ(fmt::format("{}", fmt::join(ids, " ")), test["encoded"][i]);
  }
}

void expect_case(const std::string& folder, const Json& test) {
  const Tokenizer tokenizer = Tokenizer::load(folder);
  if (!test["encoded"].is_null()) expect_tokens(tokenizer, test);
  for (size_t i = 0; i < golden("text/folders")["ids"].size(); ++i) {
    const std::vector<int32_t> ids = golden("text/folders")["ids"][i];
    EXPECT_EQ(tokenizer.decode(ids, false), test["decoded"][i]);
    EXPECT_EQ(tokenizer.decode(ids, true), test["skipped"][i]);
    EXPECT_EQ(streamed(tokenizer, ids), test["decoded"][i]);
  }
  const TokenizerSettings settings = read_tokenizer_settings(folder);
  Json special = Json::object();
  for (size_t role = 0; role < kTokenRoles.size(); ++role)
    if (settings.tokens[role]) special[kTokenRoles[role]] = settings.tokens[role]->content;
  for (const auto& [name, token] : settings.own_tokens) special[name] = token.content;
  EXPECT_EQ(nlohmann::json(special), nlohmann::json(test["special_tokens"]));
  EXPECT_EQ(nlohmann::json(templates_of(settings)), nlohmann::json(test["chat_template"]));
  EXPECT_EQ(settings.model_max_length, test["model_max_length"].get<int64_t>());
  EXPECT_EQ(settings.padding_side == Side::left ? "left" : "right", test["padding_side"]);
}

TEST(TokenizerFolder, DecodesAndAsksAsTransformers) {
  for (const auto& [name, test] : golden("text/folders")["cases"].items()) {
    SCOPED_TRACE(name);
    expect_case(write_folder(name), test);
  }
}

// A folder that was loaded and saved is the same one; transformers was seen to open it alike.
TEST(TokenizerFolder, SavesWhatItWasLoadedFrom) {
  for (const auto& [name, test] : golden("text/folders")["cases"].items()) {
    SCOPED_TRACE(name);
    const std::string folder = temporary("saved_" + name), again = temporary("again_" + name);
    const Tokenizer tokenizer = Tokenizer::load(write_folder(name));
    tokenizer.save(folder);
    expect_case(folder, test);
    Tokenizer::load(folder).save(again);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
      if (entry.is_regular_file()) {
        const std::string file = std::filesystem::relative(entry.path(), folder);
        EXPECT_EQ(read_file(join_path(again, file)), read_file(entry.path())) << file;
      }
  }
}

TEST(TokenizerFolder, OlderFilesAreSavedAsATokenizerJson) {
  for (const auto& [name, test] : side_files_golden("cases").items()) {
    SCOPED_TRACE(name);
    const Tokenizer tokenizer = Tokenizer::load(write_side_files(name));
    const std::string folder = temporary("saved_" + name);
    tokenizer.save(folder);
    EXPECT_EQ(Tokenizer::load(folder).json(), tokenizer.json());
    const TokenizerSettings settings = read_tokenizer_settings(folder);
    EXPECT_FALSE(settings.tokenizer_class.empty());
    // transformers reads these from files that are not there.
    EXPECT_NE(settings.tokenizer_class, "MarianTokenizer");
    EXPECT_NE(settings.tokenizer_class, "M2M100Tokenizer");
  }
}

// What transformers does with a tokenizer_file alone: nobody says how it was made.
TEST(TokenizerFolder, AFileAloneHasNoSettings) {
  const std::string folder = write_folder("word_pieces"), saved = temporary("alone");
  const Tokenizer tokenizer = Tokenizer::load(join_path(folder, "tokenizer.json"));
  EXPECT_EQ(tokenizer.decode(golden("text/folders")["ids"][0].get<std::vector<int32_t>>(), false), "do n't a .");
  tokenizer.save(saved);
  EXPECT_FALSE(file_exists(join_path(saved, "tokenizer_config.json")));
}

TEST(TokenizerFolder, NamesOfTemplatesStayInTheFolder) {
  TokenizerSettings settings;
  for (const std::string& name : std::vector<std::string>{"", "../x", "a/b", ".x", std::string("a\0b", 3)}) {
    settings.chat_templates = {{name, "text"}};
    EXPECT_THROW(write_tokenizer_settings(temporary("names"), settings), Error) << name;
  }
}

// Of the ids of a special token some have no text of their own: tokenizers 0.23.3 has the same ids.
TEST(TokenizerJson, SpecialTokensMayHaveMoreIdsThanTexts) {
  const auto parse = [](const char* ids, const char* tokens) {
    return Tokenizer::parse(
        R"({"added_tokens": [], "post_processor": {"type": "TemplateProcessing", "pair": [],
            "single": [{"SpecialToken": {"id": "S", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "special_tokens": {"S": {"id": "S", "ids": )" +
            std::string(ids) + R"(, "tokens": )" + tokens +
            R"(}}}, "model": {"type": "WordLevel", "unk_token": "u", "vocab": {"a": 0, "b": 1, "u": 2}}})",
        "test");
  };
  const auto texts = [](const Tokenizer& tokenizer) { return tokenizer.tokens(tokenizer.encode("a")); };
  EXPECT_EQ(parse("[1, 2]", R"(["x"])").encode("a").ids, (std::vector<int32_t>{1, 2, 0}));
  EXPECT_EQ(texts(parse("[1, 2]", R"(["x"])")), (std::vector<std::string>{"x", "u", "a"}));
  EXPECT_EQ(texts(parse("[1]", R"(["x", "y"])")), (std::vector<std::string>{"x", "a"}));
  EXPECT_EQ(texts(parse("[]", R"(["x"])")), std::vector<std::string>{"a"});
}

TEST(TokenizerJson, IdsBeyondTheirRangeAreRefused) {
  const auto expect_error = [](const std::string& file, const std::string& part) {
    try {
      Tokenizer::parse(file, "test");
      ADD_FAILURE() << "no error for " << file;
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << e.what();
    }
  };
  for (const char* id : {"4294967296", "2147483648", "-1", "18446744073709551615", "1e30", "1.5", "true", "99"})
    expect_error(fmt::format(R"({{"model": {{"type": "Unigram", "unk_id": {}, "vocab": [["a", -1]]}}}})", id), "unk_id");
  for (const char* id : {"4294967296", "2147483648", "-1", "1.5", "true"})
    expect_error(fmt::format(R"({{"model": {{"type": "WordLevel", "unk_token": "a", "vocab": {{"a": {}}}}}}})", id), "test");
  // Two threads read these: of two faults the first is told.
  expect_error(R"({"model": {"type": "BPE", "merges": [1], "vocab": {"a": 4294967296}}})", "the id 4294967296");
}

}  // namespace
}  // namespace gamana
