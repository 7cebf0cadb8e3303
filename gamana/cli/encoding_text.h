#pragma once
// Encodings as lines of text.
#include <string>

#include "gamana/text/tokenizer.h"

namespace gamana {

// "token(begin,end)" for each token.
void append_tokens_with_offsets(std::string& out, const Tokenizer& tokenizer, const Encoding& encoding);

// One JSON object: ids, tokens, offsets, type_ids, special_tokens_mask, attention_mask, word_ids (null: none), and, with
// `windows`, overflowing, a list of such objects.
void append_json(std::string& out, const Tokenizer& tokenizer, const Encoding& encoding, bool windows);

}  // namespace gamana
