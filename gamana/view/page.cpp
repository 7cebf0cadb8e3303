#include "gamana/view/page.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "gamana/base/check.h"
#include "gamana/base/json.h"
#include "gamana/view/alignment.h"
#include "gamana/view/html.h"
#include "gamana/view/text.h"

namespace gamana::view {

extern const std::string_view kPageTemplate;  // page_html.cpp, made of page.html

namespace {

constexpr int kMostShown = 400;  // of a side

Json words_json(const std::vector<std::string>& words) {
  Json out = Json::array();
  for (const std::string& w : words) out.push_back(printable(w));
  return out;
}

// Null where the pieces are words already.
Json groups_json(const std::vector<std::string>& pieces) {
  const Groups groups = group_pieces(pieces);
  if (groups.names == pieces) return nullptr;
  return {{"names", words_json(groups.names)}, {"of", groups.of}};
}

// 16 bits a weight, little-endian, as shares of `most`.
std::string encode(const std::vector<float>& weights, float most) {
  std::vector<unsigned char> bytes;
  bytes.reserve(2 * weights.size());
  for (float w : weights) {
    const auto share = static_cast<uint16_t>(std::lround(w / most * 65535));
    bytes.push_back(share & 255), bytes.push_back(share >> 8);
  }
  return base64(bytes);
}

Json maps_json(const AttentionMaps& maps, const std::string& sentence) {
  const std::string name = fmt::format("{} ({})", sentence, maps.kind);
  const size_t cells = maps.source.size() * maps.target.size();
  if (maps.layers < 1 || maps.heads < 1 || maps.weights.size() != cells * maps.layers * maps.heads) {
    fail("{}: expected {} layers x {} heads x {} target x {} source weights, found {}", printable(name), maps.layers,
         maps.heads, maps.target.size(), maps.source.size(), maps.weights.size());
  }
  Alignment shown;
  std::vector<float> weights;
  for (int i = 0; i < maps.layers * maps.heads; ++i) {
    const auto first = maps.weights.begin() + static_cast<ptrdiff_t>(i * cells);
    const Alignment whole{maps.source, maps.target, {first, first + static_cast<ptrdiff_t>(cells)}, name};
    check(whole);
    shown = shrink(whole, kMostShown, kMostShown);
    weights.insert(weights.end(), shown.weights.begin(), shown.weights.end());
  }
  const bool joined = shown.weights.size() < cells;
  const float most = std::max(*std::max_element(weights.begin(), weights.end()), 1e-6f);
  return {{"kind", printable(maps.kind)},
          {"layers", maps.layers},
          {"heads", maps.heads},
          {"source", words_json(shown.source)},
          {"target", words_json(shown.target)},
          {"sourceWords", joined ? Json() : groups_json(maps.source)},
          {"targetWords", joined ? Json() : groups_json(maps.target)},
          {"note", joined ? fmt::format("{} target by {} source words; neighbours are joined", maps.target.size(),
                                        maps.source.size())
                          : ""},
          {"most", most},
          {"weights", encode(weights, most)}};
}

Json page_json(const AttentionPage& page) {
  if (page.sentences.empty()) fail("attention page: expected at least one sentence, found none");
  Json sentences = Json::array();
  for (const AttentionSentence& s : page.sentences) {
    if (s.maps.empty()) fail("attention page: expected maps for sentence \"{}\", found none", printable(s.title));
    Json maps = Json::array();
    for (const AttentionMaps& m : s.maps) maps.push_back(maps_json(m, s.title.empty() ? "sentence" : s.title));
    sentences.push_back({{"title", printable(s.title)}, {"maps", maps}});
  }
  return {{"title", printable(page.title)}, {"sentences", sentences}, {"colors", heat_colors_json()}};
}

}  // namespace

void write_html(const AttentionPage& page, const std::string& path) {
  write_page(kPageTemplate, page.title.empty() ? "Attention" : page.title, page_json(page), path);
}

void write_html(const Alignment& a, const std::string& path) {
  check(a);
  write_html(AttentionPage{a.title, {{"", {{"cross", 1, 1, a.source, a.target, a.weights}}}}}, path);
}

}  // namespace gamana::view
