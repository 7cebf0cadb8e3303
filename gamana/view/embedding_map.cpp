#include "gamana/view/embedding_map.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gamana/base/check.h"
#include "gamana/base/rng.h"
#include "gamana/view/chart.h"
#include "gamana/view/html.h"
#include "gamana/view/text.h"

namespace gamana::view {

extern const std::string_view kEmbeddingPageTemplate;  // embedding_page_html.cpp, made of embedding_page.html

namespace {

constexpr double kMapSide = 720;  // pixels of the longer side
constexpr size_t kPalette = 6;  // the seventh is hard to see on dark pages

void check(const EmbeddingMap& map) {
  const std::string name = map.title.empty() ? "embedding map" : printable(map.title);
  const size_t count = map.points.size();
  if (count == 0) fail("{}: expected points, found none", name);
  for (const auto& [list, size] : {std::pair{"texts", map.texts.size()}, std::pair{"labels", map.labels.size()}}) {
    if (size != 0 && size != count) fail("{}: expected {} of {} points, found {}", name, list, count, size);
  }
  for (size_t i = 0; i < count; ++i) {
    if (!std::isfinite(map.points[i].x) || !std::isfinite(map.points[i].y)) {
      fail("{}: expected finite numbers, found ({}, {}) for point {}", name, map.points[i].x, map.points[i].y, i + 1);
    }
  }
  for (const int label : map.labels) {
    if (label >= -1 && label < std::ssize(map.names)) continue;
    fail("{}: expected labels from -1 to {}, found {}", name, std::ssize(map.names) - 1, label);
  }
}

int label_of(const EmbeddingMap& map, size_t point) { return map.labels.empty() ? -1 : map.labels[point]; }

// Few labels have colours that everybody tells apart.
Color color_of(const EmbeddingMap& map, int label, Theme theme = Theme::light) {
  if (label < 0) return map.names.empty() ? palette(0) : Color{0.62, 0.62, 0.62};
  return map.names.size() <= kPalette ? palette(label) : hue_color(label, static_cast<int>(map.names.size()), theme);
}

struct Bounds {
  Point low{INFINITY, INFINITY}, high{-INFINITY, -INFINITY};
  double scale = 1;  // pixels of a unit
};

Bounds bounds_of(const std::vector<Point>& points) {
  Bounds b;
  for (const Point& p : points) {
    b.low = {std::min(b.low.x, p.x), std::min(b.low.y, p.y)};
    b.high = {std::max(b.high.x, p.x), std::max(b.high.y, p.y)};
  }
  const double side = std::max(b.high.x - b.low.x, b.high.y - b.low.y);
  b.scale = side > 0 ? kMapSide / side : 1;
  return b;
}

void draw_picture(const EmbeddingMap& map, const std::string& path) {
  const Bounds b = bounds_of(map.points);
  const double radius = std::clamp(60 / std::sqrt(static_cast<double>(map.points.size())), 1.2, 4.0);
  std::vector<LegendEntry> legend;
  for (size_t l = 0; l < map.names.size(); ++l)
    legend.push_back({map.names[l], color_of(map, static_cast<int>(l)), {0, 100}, true});  // a dot, no line
  std::string description = fmt::format("{} points", map.points.size());
  for (const std::string& name : map.names) description += " " + name;
  save_picture(path, map.title, description, [&](Canvas& canvas) {
    // In random order: no label lies on top of all others.
    for (const int32_t i : permutation(stream_key(0, 0), static_cast<int32_t>(map.points.size()))) {
      const Point& p = map.points[i];
      canvas.dot({(p.x - b.low.x) * b.scale, (b.high.y - p.y) * b.scale}, radius, color_of(map, label_of(map, i)));
    }
    const double bottom = (b.high.y - b.low.y) * b.scale + 28;
    if (!legend.empty()) draw_legend(canvas, 0, bottom, kMapSide, legend);
    if (map.title.empty()) return;
    canvas.text(map.title, 0, -14, {.size = 15, .bold = true, .down = Side::end, .width = kMapSide, .wrap = true});
  });
}

void write_page_of(const EmbeddingMap& map, const std::string& path) {
  std::vector<float> places;
  for (const Point& p : map.points) places.push_back(static_cast<float>(p.x)), places.push_back(static_cast<float>(p.y));
  Json texts = Json::array(), names = Json::array(), light = Json::array(), dark = Json::array();
  for (const std::string& text : map.texts) texts.push_back(printable(text));
  for (size_t l = 0; l < map.names.size(); ++l) {
    names.push_back(printable(map.names[l]));
    light.push_back(hex(color_of(map, static_cast<int>(l)))), dark.push_back(hex(color_of(map, static_cast<int>(l), Theme::dark)));
  }
  write_page(kEmbeddingPageTemplate, map.title.empty() ? "Embeddings" : map.title,
             {{"title", printable(map.title)},
              {"points", base64(places)},
              {"texts", texts},
              {"labels", map.labels},
              {"names", names},
              {"colors", {{"light", light}, {"dark", dark}}},
              {"none", hex(color_of(map, -1))}},
             path);
}

}  // namespace

void draw_embedding_map(const EmbeddingMap& map, const std::string& path) {
  check(map);
  check_picture(path, {".png", ".svg", ".html"});
  if (extension(path) == ".html") write_page_of(map, path);
  else draw_picture(map, path);
}

}  // namespace gamana::view
