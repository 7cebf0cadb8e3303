#pragma once
// The sections of a tokenizer.json (interop with tokenizers/src/tokenizer/serialization.rs) on their way to a file.
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gamana/base/json.h"
#include "gamana/text/added_token.h"

namespace gamana {

// A tokenizer.json that is being made. The model is text from the start: as a tree of JSON a large vocabulary is slow.
struct TokenizerSections {
  Json normalizer, pre_tokenizer, post_processor, decoder;
  std::string model;
  std::unordered_map<std::string, int32_t> ids;  // of the model's entries
  std::vector<AddedToken> added;                 // by id

  // Adds tokens one by one as `tokenizers` does: with the id that the text has already, else the next one behind all
  // others; flags given later count.
  void add(std::span<const AddedToken> tokens);
  // The id of an added token or an entry of the model, or -1.
  int32_t find(const std::string& token) const;
  // The same. Throws Error naming `where` if there is none.
  int32_t id(const std::string& token, const std::string& where) const;

  std::string text() const;  // the whole tokenizer.json
};

// Models. Each sets `model` and `ids`.
struct BpeSettings {
  std::string unknown = "";    // "": none
  bool empty_affixes = false;  // "" instead of null as prefix and suffix, as the files of byte-level models have it
  std::string suffix = "";
  bool fuse_unknown = false, byte_fallback = false, ignore_merges = false;
};
using Entries = std::vector<std::pair<std::string, int32_t>>;  // tokens and their ids; of equal tokens the last counts
using Merges = std::vector<std::pair<std::string_view, std::string_view>>;
using Pieces = std::vector<std::pair<std::string, double>>;  // by id, with their scores

void set_bpe(TokenizerSections& sections, const BpeSettings& settings, Entries entries, const Merges& merges);
void set_word_piece(TokenizerSections& sections, const std::string& unknown, Entries entries);
void set_unigram(TokenizerSections& sections, const Pieces& pieces, int64_t unknown_id, bool byte_fallback = false);

// The other sections.
Json sequence(const char* key, Json steps);  // "normalizers", "pretokenizers" or "decoders"
Json precompiled(std::string_view charsmap);
Json replace(const std::string& text, const std::string& content);
Json replace_regex(const std::string& regex, const std::string& content);
Json strip(bool left, bool right);
Json byte_level(bool add_prefix_space, bool trim_offsets = true, bool use_regex = true);
Json metaspace(const char* prepend_scheme, bool split = true);
Json split(const char* kind, const std::string& pattern, const char* behavior,
           bool invert = false);  // kind: "String", "Regex"
// `single` and `pair` as "[CLS]:0 $A:0"; tokens there must have ids, or Error naming `where`.
Json template_processing(const TokenizerSections& sections, const std::vector<std::string>& single,
                         const std::vector<std::string>& pair, const std::string& where);
Json roberta_processing(const TokenizerSections& sections, const std::string& separator, const std::string& first,
                        bool trim_offsets, bool add_prefix_space, const std::string& where);

}  // namespace gamana
