#include "gamana/view/html.h"

#include <glib.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/view/canvas.h"
#include "gamana/view/color.h"
#include "gamana/view/text.h"

namespace gamana::view {
namespace {

void replace(std::string& text, std::string_view mark, const std::string& by) {
  const size_t at = text.find(mark);
  GAMANA_DCHECK(at != std::string::npos);
  text.replace(at, mark.size(), by);
}

std::string escape_html(const std::string& text) {
  char* escaped = g_markup_escape_text(text.data(), static_cast<gssize>(text.size()));
  std::string out = escaped;
  g_free(escaped);
  return out;
}

template <class ColorOf>
Json colors_json(int count, const ColorOf& color) {
  Json light = Json::array(), dark = Json::array();
  for (int i = 0; i < count; ++i) {
    light.push_back(hex(color(i, Theme::light))), dark.push_back(hex(color(i, Theme::dark)));
  }
  return {{"light", light}, {"dark", dark}};
}

}  // namespace

std::string base64(std::span<const std::byte> bytes) {
  char* text = g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), bytes.size());
  std::string out = text;
  g_free(text);
  return out;
}

Json heat_colors_json() {
  return colors_json(256, [](int i, Theme theme) { return heat_color(i / 255.0, theme); });
}

Json hues_json(int count) {
  return colors_json(count, [&](int i, Theme theme) { return hue_color(i, count, theme); });
}

void write_page(std::string_view page, const std::string& title, const Json& data, const std::string& path) {
  if (extension(path) != ".html") fail("{}: expected a name ending in .html", path);
  std::string json;
  for (const char c : data.dump(-1, ' ', false, Json::error_handler_t::replace)) c == '<' ? json += "\\u003c" : json += c;
  std::string html(page);
  replace(html, "{{data}}", json);  // first: the title's mark stands before it, whatever the data say
  replace(html, "{{title}}", escape_html(printable(title)));
  write_file(path, html);
}

}  // namespace gamana::view
