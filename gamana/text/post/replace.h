#pragma once
// Replacements of decoders.
#include <string>
#include <string_view>

namespace gamana {

// Every `pattern` from left to right, as Rust's str::replace: an empty one is found around every character.
void replace_all(std::string& text, std::string_view pattern, std::string_view content);

// What WordPiece and CTC clean up in each token: spaces before punctuation and English contractions.
void clean_up_token(std::string& token);

// transformers' clean_up_tokenization_spaces for a whole text.
void clean_up_spaces(std::string& text);

}  // namespace gamana
