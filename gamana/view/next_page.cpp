#include "gamana/base/check.h"
#include "gamana/view/html.h"
#include "gamana/view/next_parts.h"
#include "gamana/view/text.h"

namespace gamana::view {

extern const std::string_view kNextPageTemplate;  // next_page_html.cpp, made of next_page.html

void write_next_page(const NextTokens& next, const std::string& path) {
  const std::vector<uint32_t> before = characters_before(next.text);
  Json stretches = Json::array(), ids = Json::array(), spellings = Json::object();
  for (const TokenSegment& s : segments(next.text, next.tokens))
    for (const uint32_t n : {before[s.begin], before[s.end], s.first, s.count}) stretches.push_back(n);
  for (const ShownToken& t : next.tokens) ids.push_back(t.id);
  for (const auto& [id, bytes] : next.pieces) spellings[std::to_string(id)] = visible(bytes);
  write_page(kNextPageTemplate, next.title.empty() ? "Next tokens" : next.title,
             {{"title", printable(next.title)},
              {"summary", summary_text(next)},
              {"text", next.text},
              {"vocabulary", next.vocabulary},
              {"segments", stretches},
              {"ids", ids},
              {"bits", base64(next.bits)},
              {"entropy", base64(next.entropy)},
              {"rank", base64(next.rank)},
              {"top", next.top},
              {"topIds", base64(next.top_ids)},
              {"topProbabilities", base64(next.top_probabilities)},
              {"spellings", spellings},
              {"colors", heat_colors_json()}},
             path);
}

}  // namespace gamana::view
