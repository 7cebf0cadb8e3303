#include <cmath>

#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "gamana/view/attention_picture.h"

namespace gamana::view {
namespace {

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Six decimals: weights are known to fewer digits, and the shortest text of a double has no more.
Json rows_of(std::span<const float> weights, size_t keys) {
  Json rows = Json::array();
  for (size_t i = 0; i < weights.size(); i += keys) {
    Json row = Json::array();
    for (const float w : weights.subspan(i, keys)) row.push_back(std::round(double{w} * 1e6) / 1e6);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string tokens_json(const AttentionPicture& p) {
  Json json = {{"title", p.title}, {"queries", p.queries}, {"keys", p.keys}};
  const auto add = [&](const char* key, const auto& list) {
    if (!list.empty()) json[key] = list;
  };
  add("query_words", p.query_words), add("key_words", p.key_words);
  add("query_special", p.query_special), add("key_special", p.key_special);
  add("query_segments", p.query_segments), add("key_segments", p.key_segments);
  if (p.block > 0) json["block"] = p.block;
  std::string text = dump(json);
  text.pop_back();  // open for the layers
  return text;
}

}  // namespace

void write_attention_json(const AttentionPicture& picture, const std::function<void(const LayerSink&)>& layers,
                          const std::string& path) {
  check(picture);
  write_file(path, [&](const Sink& sink) {
    const auto put = [&](const std::string& text) { sink(text.data(), text.size()); };
    put(tokens_json(picture) + ",\n\"layers\": [");
    bool first = true;
    layers([&](const AttentionLayer& layer) {
      check(picture, layer);
      put((first ? "\n{\"name\": " : ",\n{\"name\": ") + dump(layer.name) + ", \"weights\": [");
      const size_t cells = picture.queries.size() * picture.keys.size();
      for (size_t h = 0; h < static_cast<size_t>(layer.heads); ++h)
        put((h ? ",\n" : "\n") + dump(rows_of(layer.weights.subspan(h * cells, cells), picture.keys.size())));
      put("]}");
      first = false;
    });
    put("\n]}\n");
  });
}

}  // namespace gamana::view
