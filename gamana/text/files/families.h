#pragma once
// The tokenizer classes of transformers whose files can be read without a tokenizer.json, and what they assume where
// files say nothing (models/*/tokenization_*.py).
#include <array>
#include <string>
#include <string_view>

#include "gamana/text/added_token.h"
#include "gamana/text/files/sections.h"
#include "gamana/text/files/tokenizer_settings.h"

namespace gamana {

// One folder without a tokenizer.json.
struct SideFiles {
  std::string folder;
  TokenizerSettings settings;

  std::string path(const char* name) const;
  bool has(const char* name) const;
  std::string config() const { return path("tokenizer_config.json"); }  // for messages
  // A key of tokenizer_config.json.
  bool flag(const char* key, bool fallback) const;
  int64_t number(const char* key, int64_t fallback) const;
  std::string option(const char* key, const std::string& fallback) const;
  Json flag_or_null(const char* key) const;
  // Token of a role, which the family needs. Throws Error if files say that there is none.
  std::string need(TokenRole role) const;
};

struct TokenizerFamily {
  using Convert = TokenizerSections (*)(const SideFiles&);

  std::string_view name;
  Convert convert;
  std::array<const char*, kTokenRoles.size()> tokens;  // by role; null: none
  // A mask given by its text alone takes the white space before it along, and is looked for in normalised text.
  bool mask_strips_left = false, mask_normalized = false;
  Side padding_side = Side::right;
  bool is_slow = false;  // transformers reads its SentencePiece files itself, never a tokenizer.json
};

const TokenizerFamily* find_family(std::string_view tokenizer_class);  // or null
std::string_view tokenizer_class_of(std::string_view model_type);      // of a config.json; "" if unknown
std::string family_names();                                            // for messages

Entries read_vocabulary_json(const std::string& path);  // {"token": id, …}; Error naming the path

// The converters, each for the classes that share it.
TokenizerSections convert_bert(const SideFiles& files);
TokenizerSections convert_mpnet(const SideFiles& files);
TokenizerSections convert_funnel(const SideFiles& files);
TokenizerSections convert_gpt2(const SideFiles& files);
TokenizerSections convert_gpt_neox(const SideFiles& files);
TokenizerSections convert_roberta(const SideFiles& files);
TokenizerSections convert_blenderbot(const SideFiles& files);
TokenizerSections convert_deberta(const SideFiles& files);
TokenizerSections convert_qwen2(const SideFiles& files);
TokenizerSections convert_clip(const SideFiles& files);
TokenizerSections convert_albert(const SideFiles& files);
TokenizerSections convert_xlnet(const SideFiles& files);
TokenizerSections convert_big_bird(const SideFiles& files);
TokenizerSections convert_deberta_v2(const SideFiles& files);
TokenizerSections convert_t5(const SideFiles& files);
TokenizerSections convert_pegasus(const SideFiles& files);
TokenizerSections convert_xlm_roberta(const SideFiles& files);
TokenizerSections convert_camembert(const SideFiles& files);
TokenizerSections convert_mbart(const SideFiles& files);
TokenizerSections convert_mbart50(const SideFiles& files);
TokenizerSections convert_nllb(const SideFiles& files);
TokenizerSections convert_m2m100(const SideFiles& files);
TokenizerSections convert_llama(const SideFiles& files);
TokenizerSections convert_gemma(const SideFiles& files);
TokenizerSections convert_marian(const SideFiles& files);
// Any SentencePiece model, by its own settings.
TokenizerSections convert_spm(const SideFiles& files);

// All tokens of the settings in the order in which transformers adds them (TokenizersBackend.__init__): those with ids,
// then by role, own ones, additional ones; `more` instead of additional ones where the settings have none.
std::vector<AddedToken> tokens_to_add(const TokenizerSettings& settings, std::span<const AddedToken> more = {});
// Those of them that transformers adds to a tokenizer.json with the "added_tokens" `listed`: the ones that it lacks or has
// with other flags. None for a class that is never read from one.
std::vector<AddedToken> tokens_missing(const TokenizerSettings& settings, std::span<const AddedToken> listed);
// "$A", with the tokens that "add_bos_token" and "add_eos_token" ask for (TokenizersBackend.update_post_processor).
Json begin_end_template(const SideFiles& files, const TokenizerSections& sections);

}  // namespace gamana
