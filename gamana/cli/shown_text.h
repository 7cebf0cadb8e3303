#pragma once
// A text with its tokens, as the pages of gamana view show it.
#include <optional>
#include <string>
#include <vector>

#include "gamana/text/tokenizer.h"
#include "gamana/view/tokens.h"

namespace gamana {

// `text` (of --text) or else the whole of a file ("" or "-": standard input) without the end of its last line. Throws
// Error for both, for none, and for what is not UTF-8.
std::string whole_text(const std::optional<std::string>& text, const std::string& file);

view::TokenizedText shown_tokens(const Tokenizer& tokenizer, const std::string& name, const std::string& text,
                                 bool add_special_tokens);

// The bytes that a token adds to the middle of a text, which may be a part of a character; "#7" for an id without a
// token.
std::string token_bytes(const Tokenizer& tokenizer, int32_t id);

// The tokens of a text as they are shown one by one: those of WordPiece as they are, of others what view::visible makes
// of their bytes ("␣the", not "Ġthe").
std::vector<std::string> token_labels(const Tokenizer& tokenizer, const Encoding& encoding);

}  // namespace gamana
