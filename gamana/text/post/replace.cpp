#include "gamana/text/post/replace.h"

#include <algorithm>
#include <array>
#include <utility>

#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

using Rule = std::pair<std::string_view, std::string_view>;

// One after the other, as tokenizers' decoders/wordpiece.rs does.
constexpr std::array<Rule, 11> kTokenRules = {{{" .", "."},
                                               {" ?", "?"},
                                               {" !", "!"},
                                               {" ,", ","},
                                               {" ' ", "'"},
                                               {" n't", "n't"},
                                               {" 'm", "'m"},
                                               {" do not", " don't"},
                                               {" 's", "'s"},
                                               {" 've", "'ve"},
                                               {" 're", "'re"}}};
// transformers' clean_up_tokenization has the same but one.
constexpr auto kTextRules = [] {
  std::array<Rule, kTokenRules.size() - 1> rules;
  std::copy_if(kTokenRules.begin(), kTokenRules.end(), rules.begin(), [](const Rule& rule) { return rule.first != " do not"; });
  return rules;
}();

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
  for (const auto& [pattern, content] : kTextRules) replace_all(text, pattern, content);
}

SpaceCleaner::SpaceCleaner() : held_(kTextRules.size()) {}

// One rule over what it held and what the rule before gave. What may begin the pattern stays unless the text ends.
void SpaceCleaner::pass(size_t rule, std::string& text, bool end) {
  const auto& [pattern, content] = kTextRules[rule];
  std::string& held = held_[rule];
  text.insert(0, held);
  held.clear();
  size_t done = 0;
  std::string out;
  for (size_t found; (found = text.find(pattern, done)) != std::string::npos; done = found + pattern.size())
    out.append(text, done, found - done).append(content);
  size_t open = end ? 0 : std::min(pattern.size() - 1, text.size() - done);
  while (open > 0 && !pattern.starts_with(std::string_view(text).substr(text.size() - open))) --open;
  held.assign(text, text.size() - open);
  out.append(text, done, text.size() - open - done);
  text = std::move(out);
}

void SpaceCleaner::push(std::string_view part, std::string& out) {
  std::string text(part);
  for (size_t rule = 0; rule < held_.size(); ++rule) pass(rule, text, false);
  out += text;
}

void SpaceCleaner::finish(std::string& out) {
  std::string text;
  for (size_t rule = 0; rule < held_.size(); ++rule) pass(rule, text, true);
  out += text;
}

}  // namespace gamana
