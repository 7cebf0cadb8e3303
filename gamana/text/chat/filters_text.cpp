// Filters of texts and numbers (Jinja 3.1: filters.py).
#include <algorithm>
#include <charconv>
#include <cmath>

#include "gamana/base/check.h"
#include "gamana/text/chat/filters.h"
#include "gamana/text/chat/text_methods.h"

namespace gamana::jinja {
namespace {

using Kind = Value::Kind;

// What a filter of texts makes a text of first.
std::string text_of(const Value& input) {
  if (input.is(Kind::object) || input.is(Kind::generator)) fail("a {} has no text", input.type_name());
  return input.str();
}

template <std::string (*act)(std::string_view)>
Value plain(const Value& input, const Given& given, Run& run) {
  bind(given, {}, "this filter");
  return new_text(act(text_of(input)), run);
}

Value string_filter(const Value& input, const Given& given, Run& run) {
  bind(given, {}, "string");
  return input.is(Kind::text) ? input : new_text(text_of(input), run);
}

Value trim_filter(const Value& input, const Given& given, Run& run) {
  const Value* set = given_value(bind(given, {"chars"}, "trim")[0]);
  return new_text(std::string(stripped(text_of(input), set ? &text_argument(*set, "trim") : nullptr, true, true)), run);
}

Value replace_filter(const Value& input, const Given& given, Run& run) {
  const auto values = bind(given, {"old", "new", "count"}, "replace");
  if (!values[0] || !values[1]) fail("replace needs two arguments");
  const std::string text = text_of(input), from = text_of(*values[0]), to = text_of(*values[1]);
  run.spend((text.size() / std::max<size_t>(from.size(), 1) + 1) * (to.size() + 1));
  return new_text(replaced(text, from, to, static_cast<int64_t>(whole_or(given_value(values[2]), -1, "count"))), run);
}

// A text, or as many spaces.
std::string indention_of(const Value& width) {
  if (width.is(Kind::text)) return width.as_text();
  return std::string(static_cast<size_t>(std::clamp<Integer>(whole_argument(width, "indent"), 0, 10000)), ' ');
}

Value indent_filter(const Value& input, const Given& given, Run& run) {
  const auto values = bind(given, {"width", "first", "blank"}, "indent");
  const std::string text = text_argument(input, "indent") + "\n";
  const std::string indention = values[0] ? indention_of(*values[0]) : "    ";
  const bool blank = values[2] && values[2]->truth();
  std::string out = values[1] && values[1]->truth() ? indention : "";
  bool begin = true;
  for (const std::string_view line : lines(text, false)) {
    if (!begin) out += "\n";
    if (!begin && (blank || !line.empty())) out += indention;
    begin = false;
    out += line;
    run.spend(indention.size());
  }
  return new_text(std::move(out), run);
}

Value center_filter(const Value& input, const Given& given, Run& run) {
  const auto values = bind(given, {"width"}, "center");
  return call_method(Value::text(text_of(input)), "center", {{values[0] ? *values[0] : Value::integer(80)}, {}}, run);
}

Value escape_filter(const Value& input, const Given& given, Run& run) {
  bind(given, {}, "escape");
  std::string out;
  for (const char c : text_of(input)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&#34;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += c;
  }
  return new_text(std::move(out), run);
}

Value format_filter(const Value& input, const Given& given, Run& run) {
  if (given.named.empty()) return format_percent(text_of(input), Value::tuple(given.list), run);
  Dict values;
  for (const auto& [name, value] : given.named) values.set(Value::text(name), value);
  return format_percent(text_of(input), Value::dict(std::move(values)), run);
}

Value wordcount_filter(const Value& input, const Given& given, Run& run) {
  bind(given, {}, "wordcount");
  const std::string text = text_of(input);
  Integer count = 0;
  bool inside = false;
  for (const std::string_view c : characters(text)) {
    const bool word = c == "_" || call_method(Value::text(std::string(c)), "isalnum", {}, run).truth();
    count += word && !inside;
    inside = word;
  }
  return Value::integer(count);
}

Value truncate_filter(const Value& input, const Given& given, Run& run) {
  const auto values = bind(given, {"length", "killwords", "end", "leeway"}, "truncate");
  const Integer length = whole_or(values[0], 255, "length"), leeway = whole_or(given_value(values[3]), 5, "leeway");
  if (!input.is(Kind::text) && static_cast<Integer>(length_of(input)) <= length + leeway) return input;
  const std::string text = text_argument(input, "truncate"),
                    end = values[2] ? text_argument(*values[2], "truncate") : "...";
  const std::vector<std::string_view> all = characters(text);
  const Integer left = length - static_cast<Integer>(count_characters(end));
  if (left < 0 || leeway < 0) fail("truncate: expected a length of at least {}", count_characters(end));
  if (static_cast<Integer>(all.size()) <= length + leeway) return Value::text(text);
  const std::string_view head(text.data(), static_cast<size_t>(all[static_cast<size_t>(left)].data() - text.data()));
  const bool words = !(values[1] && values[1]->truth());
  const size_t space = words ? head.rfind(' ') : std::string_view::npos;
  return new_text(std::string(head.substr(0, space)) + end, run);
}

Value tojson_filter(const Value& input, const Given& given, Run& run) {
  const auto values = bind(given, {"ensure_ascii", "indent", "separators", "sort_keys"}, "tojson");
  JsonStyle style;
  style.ascii = values[0] && values[0]->truth();
  if (const Value* indent = given_value(values[1])) {
    style.lines = true;
    style.item_separator.assign(1, ',');
    style.indent = indention_of(*indent);
  }
  if (const Value* separators = given_value(values[2])) {
    if (!separators->is_sequence() || separators->items().size() != 2) fail("tojson: expected two separators");
    style.item_separator = text_argument(separators->items()[0], "separators");
    style.key_separator = text_argument(separators->items()[1], "separators");
  }
  style.sorted = values[3] && values[3]->truth();
  std::string out;
  write_json(input, style, out);
  return new_text(std::move(out), run);
}

// Python's float() of a text.
bool read_float(std::string_view text, double& value) {
  std::string digits(stripped(text, nullptr, true, true));
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.erase(0, 1);
  for (size_t i = 1; i + 1 < digits.size(); ++i)
    if (digits[i] == '_' && isdigit(static_cast<unsigned char>(digits[i - 1])) &&
        isdigit(static_cast<unsigned char>(digits[i + 1])))
      digits.erase(i, 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end != digits.data() + digits.size() || digits.empty() || digits.find('(') != std::string::npos) return false;
  if (error == std::errc::result_out_of_range) value = std::strtod(digits.c_str(), nullptr);
  return error != std::errc::invalid_argument;
}

// Python's int() of a text.
bool read_whole(std::string_view text, int base, Integer& value) {
  std::string digits(stripped(text, nullptr, true, true));
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.erase(0, 1);
  const char prefix = digits.size() > 2 && digits[0] == '0' ? static_cast<char>(digits[1] | 32) : '\0';
  const int named = prefix == 'x' ? 16 : prefix == 'o' ? 8 : prefix == 'b' ? 2 : 0;
  if (named && (base == named || base == 0)) digits.erase(0, 2), base = named;
  if (base == 0) base = 10;
  if (digits.empty() || digits.front() == '_' || digits.back() == '_' || digits.find("__") != std::string::npos)
    return false;
  value = 0;
  for (const char c : digits) {
    if (c == '_') continue;
    const int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'z' ? (c | 32) - 'a' + 10 : 99;
    if (digit >= base) return false;
    if (__builtin_mul_overflow(value, Integer{base}, &value) || __builtin_add_overflow(value, Integer{digit}, &value))
      fail("int: the number is too large");
  }
  if (negative) value = -value;
  return true;
}

Value whole_of(double value, const Value& fallback) {
  if (!std::isfinite(value)) return fallback;
  if (std::abs(value) > 1e38) fail("int: the number is too large");
  return Value::integer(static_cast<Integer>(value));
}

Value int_filter(const Value& input, const Given& given, Run&) {
  const auto values = bind(given, {"default", "base"}, "int");
  const Value fallback = values[0] ? *values[0] : Value::integer(0);
  if (input.is_whole()) return Value::integer(input.as_integer());
  if (input.is(Kind::floating)) return whole_of(input.as_double(), fallback);
  if (input.is(Kind::undefined)) fail("{}", input.what());
  if (!input.is(Kind::text)) return fallback;
  Integer whole = 0;
  const Integer base = whole_or(values[1], 10, "base");
  if (base != 0 && (base < 2 || base > 36)) return fallback;
  if (read_whole(input.as_text(), static_cast<int>(base), whole)) return Value::integer(whole);
  double real = 0;
  return read_float(input.as_text(), real) ? whole_of(real, fallback) : fallback;
}

Value float_filter(const Value& input, const Given& given, Run&) {
  const auto values = bind(given, {"default"}, "float");
  if (input.is_number()) return Value::floating(input.as_double());
  if (input.is(Kind::undefined)) fail("{}", input.what());
  double real = 0;
  if (input.is(Kind::text) && read_float(input.as_text(), real)) return Value::floating(real);
  return values[0] ? *values[0] : Value::floating(0);
}

Value abs_filter(const Value& input, const Given& given, Run&) {
  bind(given, {}, "abs");
  if (input.is(Kind::floating)) return Value::floating(std::abs(input.as_double()));
  const Integer value = whole_argument(input, "abs");
  return value < 0 ? negative(input) : Value::integer(value);
}

Value round_filter(const Value& input, const Given& given, Run&) {
  const auto values = bind(given, {"precision", "method"}, "round");
  const Integer precision = std::clamp<Integer>(whole_or(values[0], 0, "precision"), -300, 300);
  const std::string method = values[1] ? text_argument(*values[1], "method") : "common";
  if (!input.is_number()) fail("round: expected a number, found a {}", input.type_name());
  if (method == "common") {
    if (input.is_whole() && precision >= 0) return Value::integer(input.as_integer());
    // Python rounds the decimal digits of the number, half to even.
    const double value = input.as_double();
    if (precision >= 0) return Value::floating(std::stod(fmt::format("{:.{}f}", value, static_cast<int>(precision))));
    const double scale = std::pow(10.0, static_cast<double>(-precision)),
                 rounded = std::nearbyint(value / scale) * scale;
    return input.is_whole() ? Value::integer(static_cast<Integer>(rounded)) : Value::floating(rounded);
  }
  if (method != "ceil" && method != "floor") fail("round: expected one of common, ceil, floor, found {}", method);
  const double scale = std::pow(10.0, static_cast<double>(precision)), value = input.as_double() * scale;
  return Value::floating((method == "ceil" ? std::ceil(value) : std::floor(value)) / scale);
}

Value default_filter(const Value& input, const Given& given, Run&) {
  const auto values = bind(given, {"default_value", "boolean"}, "default");
  const bool falsy = values[1] && values[1]->truth();
  if (!input.is(Kind::undefined) && !(falsy && !input.truth())) return input;
  return values[0] ? *values[0] : Value::text("");
}

Value safe_filter(const Value& input, const Given& given, Run& run) { return string_filter(input, given, run); }

}  // namespace

Integer whole_or(const Value* value, Integer fallback, const char* what) {
  return value ? whole_argument(*value, what) : fallback;
}

const Filters& text_filters() {
  static const Filters list = {{"upper", plain<upper_case>},
                               {"lower", plain<lower_case>},
                               {"capitalize", plain<capitalized>},
                               {"title", plain<title_words>},
                               {"string", string_filter},
                               {"safe", safe_filter},
                               {"trim", trim_filter},
                               {"replace", replace_filter},
                               {"indent", indent_filter},
                               {"center", center_filter},
                               {"escape", escape_filter},
                               {"e", escape_filter},
                               {"format", format_filter},
                               {"wordcount", wordcount_filter},
                               {"truncate", truncate_filter},
                               {"tojson", tojson_filter},
                               {"int", int_filter},
                               {"float", float_filter},
                               {"abs", abs_filter},
                               {"round", round_filter},
                               {"default", default_filter},
                               {"d", default_filter}};
  return list;
}

}  // namespace gamana::jinja
