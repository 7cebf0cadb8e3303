#include "gamana/text/models/json_text.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace gamana {

void append_json(std::string& out, std::string_view text) {
  static constexpr std::string_view kShort = "btnvfr";  // of U+0008 to U+000D; U+000B has none
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\', out += c;
    } else if (c >= 8 && c <= 13 && c != 11) {
      out += '\\', out += kShort[static_cast<size_t>(c - 8)];
    } else if (static_cast<uint8_t>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

namespace {

// Digits with a point where the first digit's power of ten lies in [lowest, 15], else with an exponent.
template <class Number>
void append_number(std::string& out, Number number, int lowest) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  char buffer[40];
  const char* end = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  if (text.front() == '-') out += '-', text.remove_prefix(1);
  const size_t e = text.find('e');
  int exponent = 0;
  std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), text.data() + text.size(), exponent);
  std::string digits(1, text[0]);
  if (e > 2) digits += text.substr(2, e - 2);
  if (exponent < lowest || exponent > 15) {
    out += digits[0];
    if (digits.size() > 1) out += '.', out += digits.substr(1);
    out += fmt::format("e{}{}", exponent < 0 ? '-' : '+', std::abs(exponent));
  } else if (exponent < 0) {
    out += "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  } else {
    const size_t whole = static_cast<size_t>(exponent) + 1;
    if (digits.size() <= whole) digits.append(whole + 1 - digits.size(), '0');
    out += digits.substr(0, whole) + '.' + digits.substr(whole);
  }
}

}  // namespace

void append_json(std::string& out, double number) { append_number(out, number, -5); }
void append_json(std::string& out, const TokenMap& tokens) {
  out += '{';
  bool first = true;
  tokens.each([&](std::string_view token, int32_t id) {
    if (!first) out += ',';
    first = false;
    append_json(out, token);
    out += ':';
    out += std::to_string(id);
  });
  out += '}';
}

void append_json(std::string& out, float number) { append_number(out, number, -6); }

}  // namespace gamana
