#pragma once
// What each kind of tokenizer is made of, so that its vocabulary equals the one that `tokenizers` trains with the same
// normalizer and pre-tokenizer.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gamana/base/json.h"

namespace gamana {

struct TokenizerTraining {
  std::string kind;  // bpe, byte-bpe, wordpiece, unigram, wordlevel, char, byte
  int64_t vocab_size = 0;  // not of char and byte, whose texts and bytes decide
  // None: the kind's own.
  std::optional<int64_t> min_frequency, limit_alphabet, max_token_length;
  std::optional<std::vector<std::string>> special_tokens;
  std::optional<std::string> continuing_prefix, end_of_word_suffix;
  std::vector<std::string> normalizer;  // names, or sections of a tokenizer.json
  std::string pre_tokenizer;
  std::string initial_alphabet;
  bool lowercase = false;
};

struct TokenizerRecipe {
  Json normalizer, pre_tokenizer, decoder;  // sections of a tokenizer.json
  std::vector<std::string> special_tokens;
  std::optional<std::string> unknown;  // the first of the special tokens that is "<unk>" or "[UNK]"
  std::optional<std::string> continuing_prefix, end_of_word_suffix;
  int64_t min_frequency = 0;
  std::optional<int64_t> limit_alphabet;
};

// Throws Error naming the option that is wrong or not one of the kind's.
TokenizerRecipe tokenizer_recipe(const TokenizerTraining& training);

}  // namespace gamana
