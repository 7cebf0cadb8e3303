#include <unordered_map>

#include "gamana/base/check.h"
#include "gamana/view/html.h"
#include "gamana/view/text.h"
#include "gamana/view/tokens.h"

namespace gamana::view {

extern const std::string_view kTokenPageTemplate;  // token_page_html.cpp, made of token_page.html

namespace {

// Lists of numbers rather than objects: pages of many tokens stay small.
Json column_json(const TokenizedText& t, std::string_view text, const std::vector<uint32_t>& before) {
  Json ids = Json::array(), spans = Json::array(), stretches = Json::array();
  Json special = Json::array(), unknown = Json::array();
  Json spellings = Json::object(), others = Json::object();  // by id, and by token where it differs from that
  std::unordered_map<int32_t, std::string> known;
  for (size_t i = 0; i < t.tokens.size(); ++i) {
    const ShownToken& token = t.tokens[i];
    ids.push_back(token.id);
    spans.push_back(before[token.begin]), spans.push_back(before[token.end]);
    if (token.kind == TokenKind::special) special.push_back(i);
    if (token.kind == TokenKind::unknown) unknown.push_back(i);
    const auto [at, added] = known.emplace(token.id, token.token);
    if (!added && at->second != token.token) others[std::to_string(i)] = printable(token.token);
  }
  for (const auto& [id, spelling] : known) spellings[std::to_string(id)] = printable(spelling);
  for (const TokenSegment& s : segments(text, t.tokens))
    for (const uint32_t n : {before[s.begin], before[s.end], s.first, s.count}) stretches.push_back(n);
  return {{"name", printable(t.name)}, {"ids", ids},           {"spans", spans},  {"segments", stretches},
          {"special", special},        {"unknown", unknown},     {"spellings", spellings}, {"others", others}};
}

}  // namespace

void write_html(const TokenPage& page, const std::string& path) {
  if (page.columns.empty()) fail("token page: expected at least one tokenizer, found none");
  const std::vector<uint32_t> before = characters_before(page.text);
  Json columns = Json::array();
  for (const TokenizedText& t : page.columns) columns.push_back(column_json(t, page.text, before));
  write_page(kTokenPageTemplate, page.title.empty() ? "Tokens" : page.title,
             {{"title", printable(page.title)}, {"text", page.text}, {"columns", columns}}, path);
}

}  // namespace gamana::view
