// json.dumps.
#include <algorithm>
#include <cmath>

#include "gamana/base/check.h"
#include "gamana/text/chat/run.h"
#include "gamana/text/unicode/properties.h"

namespace gamana::jinja {
namespace {

using Kind = Value::Kind;

void escape(char32_t c, std::string& out) {
  if (c >= 0x10000) {
    out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + ((static_cast<uint32_t>(c) - 0x10000) >> 10),
                       0xDC00 + (static_cast<uint32_t>(c) & 0x3FF));
  } else {
    out += fmt::format("\\u{:04x}", static_cast<uint32_t>(c));
  }
}

void write_text(const std::string& text, bool ascii, std::string& out) {
  static constexpr std::string_view kSpecial = "\"\\\n\r\t\b\f", kLetters = "\"\\nrtbf";
  out += '"';
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = code_point(text, at);
    const size_t special = point.c < 0x80 ? kSpecial.find(static_cast<char>(point.c)) : std::string_view::npos;
    if (special != std::string_view::npos)
      out += {'\\', kLetters[special]};
    else if (point.c < 0x20 || (ascii && point.c > 0x7E))
      escape(point.c, out);
    else
      out.append(text, at, point.bytes);
    at += point.bytes;
  }
  out += '"';
}

std::string number(const Value& value) {
  if (!value.is(Kind::floating)) return integer_text(value.as_integer());
  const double x = value.as_double();
  if (std::isnan(x)) return "NaN";
  if (std::isinf(x)) return x < 0 ? "-Infinity" : "Infinity";
  return float_text(x);
}

std::string key_text(const Value& key) {
  switch (key.kind()) {
    case Kind::text:
      return key.as_text();
    case Kind::none:
      return "null";
    case Kind::boolean:
      return key.truth() ? "true" : "false";
    case Kind::integer:
    case Kind::floating:
      return number(key);
    default:
      fail("tojson: a {} cannot be a key", key.type_name());
  }
}

void new_line(const JsonStyle& style, size_t level, std::string& out) {
  if (!style.lines) return;
  out += '\n';
  for (size_t i = 0; i < level; ++i) out += style.indent;
}

void write_dict(const Value& value, const JsonStyle& style, std::string& out, size_t level) {
  std::vector<std::pair<Value, Value>> entries = value.as_dict().entries();
  if (style.sorted)
    std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
      bool unordered = false;
      return compare(a.first, b.first, "<", unordered) < 0;
    });
  out += '{';
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i) out += style.item_separator;
    new_line(style, level + 1, out);
    write_text(key_text(entries[i].first), style.ascii, out);
    out += style.key_separator;
    write_json(entries[i].second, style, out, level + 1);
  }
  if (!entries.empty()) new_line(style, level, out);
  out += '}';
}

}  // namespace

void write_json(const Value& value, const JsonStyle& style, std::string& out, size_t level) {
  switch (value.kind()) {
    case Kind::none:
      out += "null";
      return;
    case Kind::boolean:
      out += value.truth() ? "true" : "false";
      return;
    case Kind::integer:
    case Kind::floating:
      out += number(value);
      return;
    case Kind::text:
      return write_text(value.as_text(), style.ascii, out);
    case Kind::list:
    case Kind::tuple:
      out += '[';
      for (size_t i = 0; i < value.items().size(); ++i) {
        if (i) out += style.item_separator;
        new_line(style, level + 1, out);
        write_json(value.items()[i], style, out, level + 1);
      }
      if (!value.items().empty()) new_line(style, level, out);
      out += ']';
      return;
    case Kind::dict:
      return write_dict(value, style, out, level);
    default:
      fail("tojson: a {} cannot be written as JSON", value.type_name());
  }
}

}  // namespace gamana::jinja
