#pragma once
// A tokenizer of letters.
#include <string>

#include "gamana/base/json.h"
#include "gamana/text/tokenizer.h"

namespace gamana {

// [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, [MASK] 4; words a to z are 5 to 30, and what goes on with them, ##a to ##z, 31
// to 56.
inline Tokenizer letters(bool with_mask = true) {
  Json vocabulary, added = Json::array();
  const char* special[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", with_mask ? "[MASK]" : "[HIDE]"};
  for (int i = 0; i < 5; ++i) {
    vocabulary[special[i]] = i;
    added.push_back({{"id", i},
                     {"content", special[i]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  }
  for (int i = 0; i < 26; ++i) {
    const std::string letter(1, static_cast<char>('a' + i));
    vocabulary[letter] = 5 + i, vocabulary["##" + letter] = 31 + i;
  }
  const auto token = [](const char* name, int type) {
    return Json{{"SpecialToken", {{"id", name}, {"type_id", type}}}};
  };
  const auto text = [](const char* name, int type) { return Json{{"Sequence", {{"id", name}, {"type_id", type}}}}; };
  const auto entry = [](const char* name, int id) { return Json{{"id", name}, {"ids", {id}}, {"tokens", {name}}}; };
  const Json json = {{"version", "1.0"},
                     {"truncation", nullptr},
                     {"padding", nullptr},
                     {"added_tokens", added},
                     {"normalizer", nullptr},
                     {"pre_tokenizer", {{"type", "WhitespaceSplit"}}},
                     {"post_processor",
                      {{"type", "TemplateProcessing"},
                       {"single", {token("[CLS]", 0), text("A", 0), token("[SEP]", 0)}},
                       {"pair", {token("[CLS]", 0), text("A", 0), token("[SEP]", 0), text("B", 1), token("[SEP]", 1)}},
                       {"special_tokens", {{"[CLS]", entry("[CLS]", 2)}, {"[SEP]", entry("[SEP]", 3)}}}}},
                     {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
                     {"model",
                      {{"type", "WordPiece"},
                       {"unk_token", "[UNK]"},
                       {"continuing_subword_prefix", "##"},
                       {"max_input_chars_per_word", 100},
                       {"vocab", vocabulary}}}};
  return Tokenizer::parse(json.dump(), "letters");
}

}  // namespace gamana
