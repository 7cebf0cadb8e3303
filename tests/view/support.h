#pragma once
// What the tests of pictures share.
#include <algorithm>
#include <string>
#include <vector>

#include <cairo.h>
#include <glib.h>
#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/json.h"
#include "tests/support/temporary.h"

namespace gamana::view {

// The message of the Error that `body` throws, "" without one.
template <class Body>
std::string error_of(const Body& body) {
  try {
    body();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

// The data that a page carries, as its script reads them.
inline Json page_data(const std::string& html) {
  const std::string open = "<script type=\"application/json\" id=\"data\">";
  const size_t from = html.find(open) + open.size();
  return parse_json(html.substr(from, html.find("</script>", from) - from), "page");
}

struct Png {
  int width = 0, height = 0;
  double ink = 0;           // share of the pixels that are not white
  bool white_edge = false;  // nothing touches the border: nothing is cut off
};

inline Png read_png(const std::string& path) {
  cairo_surface_t* surface = cairo_image_surface_create_from_png(path.c_str());
  Png png{cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface), 0, true};
  const unsigned char* data = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  int64_t ink = 0;
  for (int y = 0; y < png.height; ++y) {
    for (int x = 0; x < png.width; ++x) {
      const unsigned char* p = data + static_cast<ptrdiff_t>(y) * stride + 4 * x;
      if (p[0] == 255 && p[1] == 255 && p[2] == 255) continue;
      ++ink;
      if (x < 8 || y < 8 || x >= png.width - 8 || y >= png.height - 8) png.white_edge = false;
    }
  }
  png.ink = png.height ? static_cast<double>(ink) / png.width / png.height : 0;
  cairo_surface_destroy(surface);
  return png;
}

inline bool well_formed(const std::string& xml) {
  GMarkupParser nothing = {};
  GMarkupParseContext* context = g_markup_parse_context_new(&nothing, GMarkupParseFlags(0), nullptr, nullptr);
  const bool good = g_markup_parse_context_parse(context, xml.data(), static_cast<gssize>(xml.size()), nullptr) &&
                    g_markup_parse_context_end_parse(context, nullptr);
  g_markup_parse_context_free(context);
  return good;
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// Without the escape sequences that set colours.
inline std::string without_colors(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') i = text.find('m', i);
    else out += text[i];
  }
  return out;
}

}  // namespace gamana::view
