#include "gamana/view/text.h"

#include <glib.h>

namespace gamana::view {
namespace {

int width_of(gunichar c) { return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1; }

std::string spaces(int count) { return std::string(static_cast<size_t>(count), ' '); }

void append(std::string& out, gunichar c) {
  char bytes[6];
  out.append(bytes, static_cast<size_t>(g_unichar_to_utf8(c, bytes)));
}

}  // namespace

std::string printable(std::string_view text) {
  char* valid = g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()));
  std::string out;
  for (const char* p = valid; *p; p = g_utf8_next_char(p)) {
    const gunichar c = g_utf8_get_char(p);
    const GUnicodeType type = g_unichar_type(c);
    if (c < 0x20) {
      append(out, 0x2400 + c);
    } else if (type == G_UNICODE_CONTROL || type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR) {
      append(out, c == 0x7F ? 0x2421 : 0xFFFD);
    } else {
      append(out, c);
    }
  }
  g_free(valid);
  return out;
}

int display_width(std::string_view text) {
  int width = 0;
  const char* end = text.data() + text.size();
  for (const char* p = text.data(); p < end; p = g_utf8_next_char(p)) width += width_of(g_utf8_get_char(p));
  return width;
}

std::string fit(std::string_view text, int width, Align align) {
  if (width <= 0) return "";
  const int full = display_width(text);
  if (full <= width) {
    return align == Align::left ? std::string(text) + spaces(width - full) : spaces(width - full) + std::string(text);
  }
  int used = 0, kept_width = 0;
  size_t kept = 0;  // bytes before the last letter that still begins inside
  const char* end = text.data() + text.size();
  for (const char* p = text.data(); p < end; p = g_utf8_next_char(p)) {
    const gunichar c = g_utf8_get_char(p);
    if (!g_unichar_ismark(c)) kept = static_cast<size_t>(p - text.data()), kept_width = used;
    used += width_of(c);
    if (used > width - 1) break;
  }
  return spaces(align == Align::right ? width - 1 - kept_width : 0) + std::string(text.substr(0, kept)) + "…" +
         spaces(align == Align::left ? width - 1 - kept_width : 0);
}

}  // namespace gamana::view
