#pragma once
// The settings beside a Marian vocabulary: tokenizer_config.json, special_tokens_map.json and added_tokens.json as
// transformers' PreTrainedTokenizer reads them.
#include <string>
#include <vector>

#include "gamana/base/json.h"
#include "gamana/text/marian/vocabulary.h"

namespace gamana {

// A token that is found in the text itself, before the text is split into pieces.
struct MarianToken {
  std::string text;
  int id = -1;
  bool special = true;      // left out of decoded text
  bool strip_left = false;  // takes the white space before it along
  bool strip_right = false;
  bool operator==(const MarianToken&) const = default;
};

struct MarianConfig {
  // Our own key in tokenizer_config.json, "lowercase": texts are lowered before they are split. Other programs ignore it
  // and have to lower the text themselves.
  bool lowercase = false;
  bool separate_vocabs = false;     // the target side has target_vocab.json
  bool clean_up_spaces = false;     // "clean_up_tokenization_spaces": decoded text gets "word." for "word ."
  std::string source_lang, target_lang;
  std::string end = "</s>", unknown = "<unk>", pad = "<pad>";
  std::vector<MarianToken> added;    // those three and any other, with their ids
  Json json = Json::object();       // all settings found, to be written back

  // A new configuration for MarianTokenizer.
  static MarianConfig make(bool lowercase, bool separate_vocabs, const std::string& source_lang,
                              const std::string& target_lang);
  // Reads what is there of the three files; none of them has to be. Throws Error where one is damaged.
  static MarianConfig read(const std::string& folder);
  // Writes tokenizer_config.json and special_tokens_map.json; the tokens have to have their ids.
  void write(const std::string& folder) const;

  // Gives ids to the added tokens: their own, that of `vocabulary`, else new ones behind it.
  void resolve(const Vocabulary& vocabulary);
  const MarianToken* find(int id) const;  // or null
};

}  // namespace gamana
