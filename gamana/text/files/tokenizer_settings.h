#pragma once
// What stands beside a tokenizer in a model's folder, as transformers reads it
// (PreTrainedTokenizerBase.from_pretrained): tokenizer_config.json, special_tokens_map.json, added_tokens.json,
// chat_template.jinja, and tokenizer_class and model_type of config.json.
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gamana/base/json.h"
#include "gamana/text/added_token.h"
#include "gamana/text/post/post_processor.h"  // Side

namespace gamana {

enum class TokenRole { begin, end, unknown, separator, pad, classifier, mask };
inline constexpr std::array<const char*, 7> kTokenRoles = {"bos_token", "eos_token", "unk_token", "sep_token",
                                                           "pad_token", "cls_token", "mask_token"};

struct TokenizerSettings {
  static constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();

  // transformers' class, without "Fast": of tokenizer_config.json, else of config.json, else the one that its
  // model_type has;
  // "" if none of them says.
  std::string tokenizer_class;
  // By role. A token that no file names is the one of the class, if it has one; null in a file: none.
  std::array<std::optional<AddedToken>, kTokenRoles.size()> tokens;
  std::vector<AddedToken> additional;                          // "additional_special_tokens", "extra_special_tokens"
  std::vector<std::pair<std::string, AddedToken>> own_tokens;  // other keys that end in "_token", such as "image_token"
  std::vector<AddedToken> added;                               // of "added_tokens_decoder" or added_tokens.json, by id

  int64_t model_max_length = kUnlimited;  // tokens
  Side padding_side = Side::right, truncation_side = Side::right;
  bool clean_up_tokenization_spaces = false;
  // By name; one without a name is "default". chat_template.jinja and additional_chat_templates/*.jinja come before
  // those of tokenizer_config.json.
  std::vector<std::pair<std::string, std::string>> chat_templates;
  Json json = Json::object();  // tokenizer_config.json as it was found

  const std::optional<AddedToken>& token(TokenRole role) const { return tokens[static_cast<size_t>(role)]; }
  std::optional<AddedToken>& token(TokenRole role) { return tokens[static_cast<size_t>(role)]; }
  std::string text(TokenRole role) const { return token(role) ? token(role)->content : ""; }
};

// The object of a JSON file; an empty one where there is no file. Throws Error for any other value.
Json read_object(const std::string& path);

// Reads what is there of these files; none of them has to be. `tokenizer_class` instead of the one that the files say,
// unless it is empty. Throws Error naming the file and the key that is wrong.
TokenizerSettings read_tokenizer_settings(const std::string& folder, const std::string& tokenizer_class = "");

// Writes tokenizer_config.json, special_tokens_map.json and the files of chat templates for a folder with a
// tokenizer.json, so that transformers' AutoTokenizer finds the same. Keys of `settings.json` that are not known here are
// kept. Throws Error for a template whose name is no name of a file.
void write_tokenizer_settings(const std::string& folder, const TokenizerSettings& settings);

// Whether transformers takes the spaces before punctuation out of decoded text (post/replace.h: clean_up_spaces).
// `model_type`: of the tokenizer.json. "clean_up_tokenization_spaces" does not hold for BPE, whose spaces are those of the
// text, unless another key insists (TokenizersBackend._decode).
bool cleans_up_spaces(const TokenizerSettings& settings, std::string_view model_type);

}  // namespace gamana
