#include "gamana/view/attention_page.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"
#include "gamana/view/color.h"
#include "gamana/view/html.h"
#include "gamana/view/text.h"

namespace gamana::view {

extern const std::string_view kAttentionPageTemplate;  // attention_page_html.cpp, made of attention_page.html

namespace {

constexpr int64_t kMostBytes = 21'000'000;  // of all layers, before base64 makes them a third longer
constexpr int64_t kFewest = 4;              // weights of a row, whatever that leads to
constexpr size_t kMostKeys = 65536;         // places are 16 bits

// A layer as the page's script reads it, little-endian.
struct Packed {
  std::vector<float> most, rest;   // [heads, queries] greatest weight, sum of those left out
  std::vector<uint16_t> places;    // [heads, queries, kept] keys, ascending
  std::vector<uint8_t> weights;    // [heads, queries, kept] or [heads, queries, keys] shares of `most` in 1/255
};

uint8_t share(float weight, float most) {
  return most > 0 ? static_cast<uint8_t>(std::lround(weight / most * 255)) : uint8_t{0};
}

// The greatest `kept` weights of a row, the first of equal ones.
void pack_row(std::span<const float> row, int64_t r, int64_t kept, Packed& out) {
  std::vector<uint16_t> order(row.size());
  std::iota(order.begin(), order.end(), uint16_t{0});
  const auto end = order.begin() + kept;
  std::nth_element(order.begin(), end - 1, order.end(),
                   [&](uint16_t a, uint16_t b) { return row[a] != row[b] ? row[a] > row[b] : a < b; });
  std::sort(order.begin(), end);
  double rest = std::accumulate(row.begin(), row.end(), 0.0);
  for (int64_t i = 0; i < kept; ++i) {
    const float weight = row[order[i]];
    rest -= weight;
    out.places[r * kept + i] = order[i];
    out.weights[r * kept + i] = share(weight, out.most[r]);
  }
  out.rest[r] = static_cast<float>(std::max(rest, 0.0));
}

Packed pack(const AttentionLayer& layer, int64_t keys, int64_t kept) {
  const int64_t rows = static_cast<int64_t>(layer.weights.size()) / keys;
  Packed out;
  out.most.resize(rows);
  out.weights.resize(rows * (kept ? kept : keys));
  if (kept) out.rest.resize(rows), out.places.resize(rows * kept);
  parallel_for(rows, 64, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const auto row = layer.weights.subspan(r * keys, keys);
      out.most[r] = *std::max_element(row.begin(), row.end());
      if (kept) pack_row(row, r, kept, out);
      else for (int64_t k = 0; k < keys; ++k) out.weights[r * keys + k] = share(row[k], out.most[r]);
    }
  });
  return out;
}

// Which blocks were attended at all: a bit for [heads, query blocks, key blocks], the lowest first.
std::vector<uint8_t> attended_blocks(const AttentionLayer& layer, int64_t queries, int64_t keys, int64_t block) {
  const int64_t down = (queries + block - 1) / block, across = (keys + block - 1) / block;
  std::vector<uint8_t> bits((layer.heads * down * across + 7) / 8);
  for (int64_t h = 0; h < layer.heads; ++h)
    for (int64_t q = 0; q < queries; ++q)
      for (int64_t k = 0; k < keys; ++k) {
        if (layer.weights[(h * queries + q) * keys + k] <= 0) continue;
        const int64_t bit = (h * down + q / block) * across + k / block;
        bits[bit / 8] |= static_cast<uint8_t>(1 << bit % 8);
      }
  return bits;
}

Json side_json(const std::vector<std::string>& tokens, const std::vector<int>& words, const std::vector<bool>& special,
               const std::vector<int>& segments) {
  Json shown = Json::array();
  for (const std::string& t : tokens) shown.push_back(printable(t));
  return {{"tokens", shown}, {"words", words}, {"special", special}, {"segments", segments}};
}

}  // namespace

AttentionPageBuilder::AttentionPageBuilder(AttentionPicture picture, int layers)
    : picture_(std::move(picture)), layers_(std::max(layers, 1)) {
  check(picture_);
  if (picture_.keys.size() > kMostKeys) {
    fail("{}: expected at most {} keys for a page, found {}", printable(picture_.title), kMostKeys,
         picture_.keys.size());
  }
}

void AttentionPageBuilder::add_layer(const AttentionLayer& layer) {
  check(picture_, layer);
  const int64_t queries = std::ssize(picture_.queries), keys = std::ssize(picture_.keys);
  if (kept_ < 0) {
    const int64_t rows = int64_t{layers_} * layer.heads * queries, room = kMostBytes / rows;
    const int64_t most = (room - 2 * int64_t{sizeof(float)}) / int64_t{sizeof(uint16_t) + sizeof(uint8_t)};
    kept_ = room >= keys + int64_t{sizeof(float)} ? 0 : std::min(keys, std::max(most, kFewest));
  }
  const Packed packed = pack(layer, keys, kept_);
  Json json = {{"name", printable(layer.name)}, {"heads", layer.heads}, {"most", base64(packed.most)},
               {"weights", base64(packed.weights)}};
  if (kept_) json["rest"] = base64(packed.rest), json["places"] = base64(packed.places);
  if (picture_.block > 0) json["blocks"] = base64(attended_blocks(layer, queries, keys, picture_.block));
  heads_ = std::max(heads_, layer.heads);
  data_.push_back(std::move(json));
}

void AttentionPageBuilder::write(const std::string& path) const {
  if (data_.empty()) fail("{}: expected at least one layer, found none", path);
  const AttentionPicture& p = picture_;
  write_page(kAttentionPageTemplate, p.title.empty() ? "Attention" : p.title,
             {{"title", printable(p.title)},
              {"queries", side_json(p.queries, p.query_words, p.query_special, p.query_segments)},
              {"keys", side_json(p.keys, p.key_words, p.key_special, p.key_segments)},
              {"block", p.block},
              {"causal", p.causal},
              {"kept", kept_},
              {"colors", heat_colors_json()},
              {"heads", hues_json(heads_)},
              {"layers", data_}},
             path);
}

}  // namespace gamana::view
