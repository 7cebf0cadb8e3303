#include "gamana/view/attention_picture.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gamana/base/check.h"
#include "gamana/view/canvas.h"
#include "gamana/view/chart.h"
#include "gamana/view/text.h"

namespace gamana::view {
namespace {

constexpr int kMostTokens = 96;  // of a side of a small picture
constexpr double kSmall = 96, kBetween = 10;

std::string name_of(const AttentionPicture& picture) {
  return picture.title.empty() ? "attention" : printable(picture.title);
}

template <class List>
void check_length(const AttentionPicture& picture, const char* list, const List& values, size_t tokens) {
  if (values.empty() || values.size() == tokens) return;
  fail("{}: expected {} of {} tokens, found {}", name_of(picture), list, tokens, values.size());
}

// A head in the middle of a square of kSmall, its longer side as long as that.
void draw_small(Canvas& canvas, const Alignment& head, double end, double x, double y) {
  const double columns = static_cast<double>(head.source.size()), rows = static_cast<double>(head.target.size());
  const double cell = kSmall / std::max(columns, rows);
  std::vector<Color> pixels;
  for (const float w : head.weights) pixels.push_back(heat_color(w / end));
  const double wide = columns * cell, tall = rows * cell;
  canvas.image(x + (kSmall - wide) / 2, y + (kSmall - tall) / 2, wide, tall, pixels, static_cast<int>(columns));
}

}  // namespace

void check(const AttentionPicture& p) {
  if (p.queries.empty() || p.keys.empty()) {
    fail("{}: expected tokens on both sides, found {} queries and {} keys", name_of(p), p.queries.size(),
         p.keys.size());
  }
  check_length(p, "words", p.query_words, p.queries.size());
  check_length(p, "words", p.key_words, p.keys.size());
  check_length(p, "marks of special tokens", p.query_special, p.queries.size());
  check_length(p, "marks of special tokens", p.key_special, p.keys.size());
  check_length(p, "segments", p.query_segments, p.queries.size());
  check_length(p, "segments", p.key_segments, p.keys.size());
  if (p.block < 0) fail("{}: expected a block of 0 tokens (none) or more, found {}", name_of(p), p.block);
}

void check(const AttentionPicture& p, const AttentionLayer& layer) {
  const size_t queries = p.queries.size(), keys = p.keys.size();
  const std::string name = fmt::format("{}, layer {}", name_of(p), printable(layer.name));
  if (layer.heads < 1 || layer.weights.size() != static_cast<size_t>(layer.heads) * queries * keys) {
    fail("{}: expected {} heads x {} queries x {} keys weights, found {}", name, layer.heads, queries, keys,
         layer.weights.size());
  }
  for (size_t i = 0; i < layer.weights.size(); ++i) {
    if (std::isfinite(layer.weights[i]) && layer.weights[i] >= 0) continue;
    fail("{}: expected weights of 0 or more, found {} for head {}, query {}, key {}", name, layer.weights[i],
         i / keys / queries + 1, i / keys % queries + 1, i % keys + 1);
  }
}

Alignment alignment_of(const AttentionPicture& p, const AttentionLayer& layer, int head) {
  check(p), check(p, layer);
  if (head < 0 || head >= layer.heads) {
    fail("{}: expected a head from 0 to {}, found {}", name_of(p), layer.heads - 1, head);
  }
  const size_t cells = p.queries.size() * p.keys.size();
  const auto weights = layer.weights.subspan(static_cast<size_t>(head) * cells, cells);
  const std::string title = fmt::format("{}{}{}, head {}", p.title, p.title.empty() ? "" : ": ", layer.name, head);
  return {p.keys, p.queries, {weights.begin(), weights.end()}, title};
}

AttentionGrid::AttentionGrid(AttentionPicture picture) : picture_(std::move(picture)) { check(picture_); }

void AttentionGrid::add_layer(const AttentionLayer& layer) {
  Row row{layer.name, {}};
  for (int h = 0; h < std::max(layer.heads, 1); ++h)
    row.heads.push_back(shrink(alignment_of(picture_, layer, h), kMostTokens, kMostTokens));
  rows_.push_back(std::move(row));
}

void AttentionGrid::save(const std::string& path) const {
  if (rows_.empty()) fail("{}: expected at least one layer to draw, found none", path);
  std::vector<float> all;
  size_t heads = 0;
  for (const Row& row : rows_) {
    heads = std::max(heads, row.heads.size());
    for (const Alignment& head : row.heads) all.insert(all.end(), head.weights.begin(), head.weights.end());
  }
  const double end = scale_end(all), wide = static_cast<double>(heads) * (kSmall + kBetween) - kBetween;
  const std::string description =
      fmt::format("Attention of {} layers, {} heads each, {} queries over {} keys", rows_.size(), heads,
                  picture_.queries.size(), picture_.keys.size());
  save_picture(path, picture_.title, description, [&](Canvas& canvas) {
    const TextStyle small{.size = kTickSize, .color = kFaintInk};
    for (size_t r = 0; r < rows_.size(); ++r) {
      const double y = static_cast<double>(r) * (kSmall + kBetween);
      TextStyle left = small;
      left.across = Side::end, left.width = 160;
      canvas.text(rows_[r].name, -8, y + kSmall / 2, left);
      for (size_t h = 0; h < rows_[r].heads.size(); ++h)
        draw_small(canvas, rows_[r].heads[h], end, static_cast<double>(h) * (kSmall + kBetween), y);
    }
    for (size_t h = 0; h < heads; ++h) {
      TextStyle above = small;
      above.across = Side::middle, above.down = Side::end;
      canvas.text(fmt::format("{}", h), static_cast<double>(h) * (kSmall + kBetween) + kSmall / 2, -5, above);
    }
    draw_color_bar(canvas, wide + 16, 0, kSmall, end);
    if (picture_.title.empty()) return;
    canvas.text(picture_.title, 0, -26,
                {.size = 15, .bold = true, .down = Side::end, .width = std::max(wide, 320.0), .wrap = true});
  });
}

}  // namespace gamana::view
