// Python's two ways to write values into a text: "%s" % value and "{}".format(value).
#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/text/chat/run.h"
#include "gamana/text/chat/text_methods.h"

namespace gamana::jinja {
namespace {

using Kind = Value::Kind;

struct Style {
  bool left = false, zero = false, plus = false, space = false, alternate = false;
  int width = 0, precision = -1;
};

int read_number(const std::string& format, size_t& at) {
  int value = 0;
  for (; at < format.size() && format[at] >= '0' && format[at] <= '9'; ++at) {
    value = value * 10 + (format[at] - '0');
    if (value > 10000) fail("a width or precision of a format is more than 10000");
  }
  return value;
}

Style read_style(const std::string& format, size_t& at) {
  Style style;
  for (; at < format.size(); ++at) {
    if (format[at] == '-')
      style.left = true;
    else if (format[at] == '0')
      style.zero = true;
    else if (format[at] == '+')
      style.plus = true;
    else if (format[at] == ' ')
      style.space = true;
    else if (format[at] == '#')
      style.alternate = true;
    else
      break;
  }
  style.width = read_number(format, at);
  if (at < format.size() && format[at] == '.') style.precision = read_number(format, ++at);
  return style;
}

std::string padded(std::string text, const Style& style) {
  const int missing = style.width - static_cast<int>(count_characters(text));
  if (missing <= 0) return text;
  if (style.left) return text.append(static_cast<size_t>(missing), ' ');
  return std::string(static_cast<size_t>(missing), ' ') + text;
}

// A number with its sign, and zeros between it and its digits.
std::string signed_number(bool negative, std::string digits, const Style& style) {
  const std::string sign = negative ? "-" : style.plus ? "+" : style.space ? " " : "";
  const int missing = style.width - static_cast<int>(sign.size() + digits.size());
  if (style.zero && !style.left && missing > 0) digits.insert(0, static_cast<size_t>(missing), '0');
  return padded(sign + digits, style);
}

std::string whole_number(const Value& value, char kind, const Style& style) {
  if (!value.is_number()) fail("%{} needs a number, found a {}", kind, value.type_name());
  const Integer number = value.is(Kind::floating) ? static_cast<Integer>(value.as_double()) : value.as_integer();
  std::string digits = integer_text(number < 0 ? -number : number);
  if (kind == 'x' || kind == 'X' || kind == 'o') {
    if (number < 0 || number > UINT64_MAX)
      fail("%{}: expected a number from 0 to 2^64 - 1, found {}", kind, value.repr());
    const uint64_t small = static_cast<uint64_t>(number);
    digits = kind == 'x'   ? fmt::format("{:x}", small)
             : kind == 'X' ? fmt::format("{:X}", small)
                           : fmt::format("{:o}", small);
  }
  if (style.precision > static_cast<int>(digits.size()))
    digits.insert(0, static_cast<size_t>(style.precision) - digits.size(), '0');
  return signed_number(number < 0, std::move(digits), style);
}

std::string real_number(const Value& value, char kind, const Style& style) {
  if (!value.is_number()) fail("%{} needs a number, found a {}", kind, value.type_name());
  const double number = value.as_double();
  const int precision = style.precision < 0 ? 6 : style.precision;
  std::string digits =
      fmt::format(fmt::runtime(fmt::format("{{:.{}{}}}", precision, kind)), number < 0 ? -number : number);
  return signed_number(number < 0, std::move(digits), style);
}

std::string converted(const Value& value, char kind, const Style& style) {
  switch (kind) {
    case 's':
    case 'r': {
      if (value.is(Kind::object) || value.is(Kind::generator)) fail("a {} has no text", value.type_name());
      std::string text = kind == 's' ? value.str() : value.repr();
      if (style.precision >= 0) {
        const std::vector<std::string_view> all = characters(text);
        if (static_cast<size_t>(style.precision) < all.size())
          text.resize(static_cast<size_t>(all[style.precision].data() - text.data()));
      }
      return padded(std::move(text), style);
    }
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o':
      return whole_number(value, kind, style);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return real_number(value, kind, style);
    default:
      fail("the format %{} is not supported", kind);
  }
}

// What is between the braces after the name: fill, alignment, sign, width, precision, kind.
std::string with_spec(const Value& value, const std::string& spec) {
  if (spec.empty()) return value.str();
  size_t at = 0;
  char align = '\0';
  std::string fill = " ";
  const std::vector<std::string_view> all = characters(spec);
  if (all.size() > 1 && all[1].size() == 1 && std::string_view("<>^").find(all[1]) != std::string_view::npos) {
    fill = all[0];
    align = all[1][0];
    at = all[0].size() + 1;
  } else if (std::string_view("<>^").find(spec[0]) != std::string_view::npos) {
    align = spec[at++];
  }
  Style style = read_style(spec, at);
  const int width = style.width;
  if (align) style.width = 0;
  const char kind = at < spec.size() ? spec[at++] : value.is(Kind::floating) ? 'g' : value.is_number() ? 'd' : 's';
  if (at < spec.size() || std::string_view("sdxXofFeEgG").find(kind) == std::string_view::npos)
    fail("the format {} is not supported", repr_text(spec));
  if (!value.is_number() && kind != 's')
    fail("the format {} needs a number, found a {}", repr_text(spec), value.type_name());
  if (kind == 's' && !align) align = '<', style.width = 0;
  std::string text = converted(value, kind, style);
  const int missing = width - static_cast<int>(count_characters(text));
  if (!align || missing <= 0) return text;
  const int left = align == '<' ? 0 : align == '>' ? missing : missing / 2;
  std::string out;
  for (int i = 0; i < left; ++i) out += fill;
  out += text;
  for (int i = left; i < missing; ++i) out += fill;
  return out;
}

// The value of a field such as 0, name, name.attribute or 0[key].
Value field_value(const std::string& name, const Given& given, size_t& next) {
  const size_t end = std::min(name.find_first_of(".["), name.size());
  const std::string first = name.substr(0, end);
  Value value;
  if (first.find_first_not_of("0123456789") == std::string::npos) {
    const size_t index = first.empty() ? next++ : first.size() > 6 ? SIZE_MAX : std::stoul(first);
    if (index >= given.list.size()) fail("format: there is no argument {}", index);
    value = given.list[index];
  } else {
    const auto it =
        std::find_if(given.named.begin(), given.named.end(), [&](const auto& entry) { return entry.first == first; });
    if (it == given.named.end()) fail("format: there is no argument {}", first);
    value = it->second;
  }
  for (size_t at = end; at < name.size();) {
    const bool bracket = name[at] == '[';
    const size_t stop = bracket ? name.find(']', at) : std::min(name.find_first_of(".[", at + 1), name.size());
    if (stop == std::string::npos) fail("format: expected ] in {}", repr_text(name));
    const std::string part = name.substr(at + 1, stop - at - 1);
    const bool number =
        bracket && !part.empty() && part.size() < 7 && part.find_first_not_of("0123456789") == std::string::npos;
    value = bracket ? item_of(value, number ? Value::integer(std::stoi(part)) : Value::text(part))
                    : attribute_of(value, part);
    at = stop + bracket;
  }
  return value;
}

}  // namespace

Value format_percent(const std::string& format, const Value& values, Run& run) {
  std::string out;
  size_t next = 0;
  const auto argument = [&]() -> Value {
    if (!values.is(Kind::tuple)) {
      if (next++ > 0) fail("'%': there are more formats than values");
      return values;
    }
    if (next >= values.items().size()) fail("'%': there are more formats than values");
    return values.items()[next++];
  };
  bool named = false;
  for (size_t at = 0; at < format.size();) {
    if (format[at] != '%') {
      out += format[at++];
      continue;
    }
    ++at;
    Value value;
    bool known = false;
    if (at < format.size() && format[at] == '(') {
      const size_t end = format.find(')', at);
      if (end == std::string::npos || !values.is(Kind::dict)) fail("'%': expected a dict for the names of the format");
      const std::string name = format.substr(at + 1, end - at - 1);
      const Value* found = values.as_dict().find(name);
      if (!found) fail("'%': there is no value {}", name);
      value = *found;
      known = named = true;
      at = end + 1;
    }
    const Style style = read_style(format, at);
    if (at >= format.size()) fail("'%': the format ends too early");
    const char kind = format[at++];
    if (kind == '%') {
      out += '%';
      continue;
    }
    out += converted(known ? value : argument(), kind, style);
  }
  // Python looks for values that are left only where it cannot take them for a mapping.
  const bool counted = values.is(Kind::tuple) || values.is(Kind::text) || values.is(Kind::none) || values.is_number();
  if (!named && counted && next < (values.is(Kind::tuple) ? values.items().size() : 1))
    fail("'%': there are more values than formats");
  return new_text(std::move(out), run);
}

Value format_braces(const std::string& format, const Given& given, Run& run) {
  std::string out;
  size_t next = 0;
  for (size_t at = 0; at < format.size(); ++at) {
    const char c = format[at];
    if ((c == '{' || c == '}') && at + 1 < format.size() && format[at + 1] == c) {
      out += c;
      ++at;
    } else if (c == '{') {
      const size_t end = format.find('}', at);
      if (end == std::string::npos) fail("format: expected }} after {{");
      std::string field = format.substr(at + 1, end - at - 1), spec;
      if (const size_t colon = field.find(':'); colon != std::string::npos) {
        spec = field.substr(colon + 1);
        field.resize(colon);
      }
      const bool repr = field.ends_with("!r");
      if (repr || field.ends_with("!s")) field.resize(field.size() - 2);
      const Value value = field_value(field, given, next);
      if (value.is(Kind::object) || value.is(Kind::generator)) fail("a {} has no text", value.type_name());
      out += with_spec(repr ? Value::text(value.repr()) : value, spec);
      run.spend(value.is(Kind::text) ? value.as_text().size() : 1);
      at = end;
    } else if (c == '}') {
      fail("format: a }} stands alone");
    } else {
      out += c;
    }
  }
  return new_text(std::move(out), run);
}

}  // namespace gamana::jinja
