#include "gamana/text/post/replace.h"

#include <array>
#include <utility>

#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

using Rule = std::pair<std::string_view, std::string_view>;

// One after the other, as tokenizers' decoders/wordpiece.rs does.
constexpr std::array<Rule, 11> kTokenRules = {{{" .", "."},     {" ?", "?"},     {" !", "!"},   {" ,", ","},
                                               {" ' ", "'"},    {" n't", "n't"}, {" 'm", "'m"}, {" do not", " don't"},
                                               {" 's", "'s"},   {" 've", "'ve"}, {" 're", "'re"}}};

void insert_around(std::string& text, std::string_view content) {
  std::string out(content);
  for (size_t at = 0; at < text.size();) {
    const uint32_t bytes = code_point(text, at).bytes;
    out.append(text, at, bytes).append(content);
    at += bytes;
  }
  text = std::move(out);
}

}  // namespace

void replace_all(std::string& text, std::string_view pattern, std::string_view content) {
  if (pattern.empty()) return insert_around(text, content);
  size_t found = text.find(pattern);
  if (found == std::string::npos) return;
  std::string out;
  size_t at = 0;
  for (; found != std::string::npos; found = text.find(pattern, at)) {
    out.append(text, at, found - at).append(content);
    at = found + pattern.size();
  }
  text = out.append(text, at);
}

void clean_up_token(std::string& token) {
  if (token.find(' ') == std::string::npos) return;
  for (const auto& [pattern, content] : kTokenRules) replace_all(token, pattern, content);
}

void clean_up_spaces(std::string& text) {
  for (const auto& rule : kTokenRules)
    if (rule.first != " do not") replace_all(text, rule.first, rule.second);
}

}  // namespace gamana
