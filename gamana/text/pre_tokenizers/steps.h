#pragma once
// The pre-tokenizers, each in its file. Names and effects are those of `tokenizers` (pre_tokenizers/*.rs).
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gamana/text/pre_tokenizers/pre_tokenizer.h"
#include "gamana/text/pre_tokenizers/splitting.h"

namespace gamana {

// character_steps.cpp
std::unique_ptr<PreTokenizer> bert_pre_tokenizer();
std::unique_ptr<PreTokenizer> whitespace();        // \w+|[^\w\s]+
std::unique_ptr<PreTokenizer> whitespace_split();
std::unique_ptr<PreTokenizer> punctuation(SplitBehavior behavior);
std::unique_ptr<PreTokenizer> digits(bool individual);
std::unique_ptr<PreTokenizer> delimiter_split(char32_t delimiter);
std::unique_ptr<PreTokenizer> unicode_scripts();
std::unique_ptr<PreTokenizer> fixed_length(uint64_t length);  // in characters, at least 1

// split_step.cpp
std::unique_ptr<PreTokenizer> split_at_text(const std::string& text, SplitBehavior behavior, bool invert);
// Throws Error naming `where` if the pattern is none.
std::unique_ptr<PreTokenizer> split_at_pattern(const std::string& pattern, SplitBehavior behavior, bool invert,
                                               const std::string& where);

// byte_level.cpp
struct ByteLevelOptions {
  bool add_prefix_space = true;
  bool use_regex = true;
  bool raw_bytes = false;  // see make_pre_tokenizer
};
std::unique_ptr<PreTokenizer> byte_level(ByteLevelOptions options);

// metaspace.cpp
enum class PrependScheme { first, never, always };
std::unique_ptr<PreTokenizer> metaspace(char32_t replacement, PrependScheme scheme, bool split);

}  // namespace gamana
