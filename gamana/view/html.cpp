#include "gamana/view/html.h"

#include <glib.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/view/canvas.h"
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

}  // namespace

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
