#pragma once
// Replacements of decoders.
#include <string>
#include <string_view>
#include <vector>

namespace gamana {

// Every `pattern` from left to right, as Rust's str::replace: an empty one is found around every character.
void replace_all(std::string& text, std::string_view pattern, std::string_view content);

// What WordPiece and CTC clean up in each token: spaces before punctuation and English contractions.
void clean_up_token(std::string& token);

// transformers' clean_up_tokenization_spaces for a whole text.
void clean_up_spaces(std::string& text);

// The same for a text that arrives in parts; holds back what a later part may change, a few characters.
class SpaceCleaner {
 public:
  SpaceCleaner();
  void push(std::string_view text, std::string& out);
  void finish(std::string& out);

 private:
  void pass(size_t rule, std::string& text, bool end);
  std::vector<std::string> held_;  // by rule
};

}  // namespace gamana
