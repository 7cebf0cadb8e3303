#include "gamana/view/text.h"

#include <fmt/format.h>
#include <glib.h>

namespace gamana::view {
namespace {

int width_of(gunichar c) { return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1; }

void append(std::string& out, gunichar c) {
  char bytes[6];
  out.append(bytes, static_cast<size_t>(g_unichar_to_utf8(c, bytes)));
}

size_t length_at(std::string_view text, size_t at) {  // of a character
  return static_cast<size_t>(g_utf8_skip[static_cast<unsigned char>(text[at])]);
}

void append_visible(std::string& out, std::string_view character) {
  if (character == " ") out += "␣";
  else if (character == "\n") out += "↵";
  else if (character == "\t") out += "⇥";
  else out += is_unseen(character) ? code_points(character) : printable(character);
}

bool begins_well(std::string_view bytes) {  // with a whole character
  const auto length = static_cast<gssize>(length_at(bytes, 0));
  return length <= std::ssize(bytes) && g_utf8_validate(bytes.data(), length, nullptr);
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

bool is_unseen(std::string_view text) {
  for (size_t at = 0; at < text.size(); at += length_at(text, at))
    if (g_unichar_type(g_utf8_get_char(text.data() + at)) != G_UNICODE_FORMAT) return false;
  return !text.empty();
}

std::string code_points(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); at += length_at(text, at))
    out += fmt::format("{}U+{:04X}", out.empty() ? "" : " ", g_utf8_get_char(text.data() + at));
  return out;
}

std::string visible(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const char* end = nullptr;
    g_utf8_validate(bytes.data(), static_cast<gssize>(bytes.size()), &end);
    const std::string_view good = bytes.substr(0, static_cast<size_t>(end - bytes.data()));
    for (size_t at = 0; at < good.size(); at += length_at(good, at))
      append_visible(out, good.substr(at, length_at(good, at)));
    bytes.remove_prefix(good.size());
    for (const char* between = "⟨"; !bytes.empty() && !begins_well(bytes); between = " ", bytes.remove_prefix(1))
      out += fmt::format("{}{:02X}", between, static_cast<unsigned char>(bytes[0]));
    if (good.data() + good.size() != bytes.data()) out += "⟩";
  }
  return out;
}

std::vector<uint32_t> characters_before(std::string_view text) {
  const auto inside = [&](size_t i) { return (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80; };
  std::vector<uint32_t> before(text.size() + 1);
  for (size_t i = 0; i < text.size(); ++i) before[i + 1] = before[i] + !inside(i);
  for (size_t i = 1; i < text.size(); ++i)
    if (inside(i)) before[i] = before[i - 1];
  return before;
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
