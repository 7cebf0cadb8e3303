// Python's operators.
#include <algorithm>
#include <cmath>

#include "gamana/base/check.h"
#include "gamana/text/chat/run.h"
#include "gamana/text/chat/text_methods.h"

namespace gamana::jinja {
namespace {

using Kind = Value::Kind;

constexpr Integer kMostItems = 10'000'000;

[[noreturn]] void no_operator(const std::string& sign, const Value& a, const Value& b) {
  for (const Value* value : {&a, &b})
    if (value->is(Kind::undefined)) fail("{}", value->what());
  fail("'{}' cannot be used on a {} and a {}", sign, a.type_name(), b.type_name());
}

[[noreturn]] void overflow(const std::string& sign) { fail("the result of '{}' is too large", sign); }

double floor_divide(double a, double b) { return std::floor(a / b); }

// The remainder with the sign of the divisor.
double modulo(double a, double b) {
  const double rest = std::fmod(a, b);
  if (rest == 0) return std::copysign(0.0, b);
  return (rest < 0) == (b < 0) ? rest : rest + b;
}

Value whole_power(Integer base, Integer exponent) {
  if (exponent < 0) {
    if (base == 0) fail("0 has no negative power");
    return Value::floating(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
  }
  Integer out = 1;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) && __builtin_mul_overflow(out, base, &out)) overflow("**");
    if (exponent > 1 && __builtin_mul_overflow(base, base, &base)) overflow("**");
  }
  return Value::integer(out);
}

Value whole_arithmetic(const std::string& sign, Integer a, Integer b) {
  Integer out = 0;
  bool lost = false;
  if (sign == "+")
    lost = __builtin_add_overflow(a, b, &out);
  else if (sign == "-")
    lost = __builtin_sub_overflow(a, b, &out);
  else if (sign == "*")
    lost = __builtin_mul_overflow(a, b, &out);
  else if (sign == "**")
    return whole_power(a, b);
  else if (b == 0)
    fail("'{}' divides by zero", sign);
  else if (sign == "/")
    return Value::floating(static_cast<double>(a) / static_cast<double>(b));
  else if (b == -1)
    lost = __builtin_sub_overflow(Integer{0}, sign == "//" ? a : Integer{0}, &out);
  else if (sign == "//")
    out = a / b - (a % b != 0 && (a % b < 0) != (b < 0));
  else
    out = a % b + (a % b != 0 && (a % b < 0) != (b < 0) ? b : 0);
  if (lost) overflow(sign);
  return Value::integer(out);
}

Value float_arithmetic(const std::string& sign, double a, double b) {
  if (sign == "+") return Value::floating(a + b);
  if (sign == "-") return Value::floating(a - b);
  if (sign == "*") return Value::floating(a * b);
  if (sign == "**") return Value::floating(std::pow(a, b));
  if (b == 0) fail("'{}' divides by zero", sign);
  if (sign == "/") return Value::floating(a / b);
  return Value::floating(sign == "//" ? floor_divide(a, b) : modulo(a, b));
}

Value repeat(const Value& value, Integer times, Run& run) {
  times = std::max<Integer>(times, 0);
  if (value.is(Kind::text)) {
    const std::string& text = value.as_text();
    if (times > 0 && text.size() > (size_t{1} << 28) / static_cast<size_t>(std::min<Integer>(times, 1 << 30)))
      overflow("*");
    run.spend(text.size() * static_cast<size_t>(text.empty() ? 0 : times));
    std::string out;
    for (Integer i = 0; !text.empty() && i < times; ++i) out += text;
    return Value::text(std::move(out));
  }
  const std::vector<Value>& items = value.items();
  if (!items.empty() && times > kMostItems / static_cast<Integer>(items.size())) overflow("*");
  std::vector<Value> out;
  for (Integer i = 0; !items.empty() && i < times; ++i) out.insert(out.end(), items.begin(), items.end());
  run.spend(out.size() * sizeof(Value));
  return value.is(Kind::list) ? Value::list(std::move(out)) : Value::tuple(std::move(out));
}

bool contains(const Value& container, const Value& value, Run& run) {
  switch (container.kind()) {
    case Kind::text:
      return container.as_text().find(text_argument(value, "in")) != std::string::npos;
    case Kind::dict:
      return container.as_dict().find(value) != nullptr;
    case Kind::list:
    case Kind::tuple:
      run.spend(container.items().size());
      return std::any_of(container.items().begin(), container.items().end(),
                         [&](const Value& item) { return equal(item, value); });
    case Kind::generator: {
      const std::vector<Value> items = iterate(container, run);
      return std::any_of(items.begin(), items.end(), [&](const Value& item) { return equal(item, value); });
    }
    case Kind::undefined:
      return false;
    default:
      fail("'in' cannot be used on a {}", container.type_name());
  }
}

}  // namespace

Value add(const Value& a, const Value& b, Run& run) {
  if (a.is(Kind::text) && b.is(Kind::text)) {
    run.spend(a.as_text().size() + b.as_text().size());
    return Value::text(a.as_text() + b.as_text());
  }
  if (a.is_sequence() && a.kind() == b.kind()) {
    std::vector<Value> items = a.items();
    items.insert(items.end(), b.items().begin(), b.items().end());
    run.spend(items.size() * sizeof(Value));
    return a.is(Kind::list) ? Value::list(std::move(items)) : Value::tuple(std::move(items));
  }
  no_operator("+", a, b);
}

Value arithmetic(const std::string& sign, const Value& a, const Value& b, Run& run) {
  run.spend(1);
  if (sign == "~") {
    std::string text = a.str();
    return new_text(text += b.str(), run);
  }
  if (a.is_number() && b.is_number())
    return a.is_whole() && b.is_whole() ? whole_arithmetic(sign, a.as_integer(), b.as_integer())
                                        : float_arithmetic(sign, a.as_double(), b.as_double());
  if (sign == "+") return add(a, b, run);
  if (sign == "%" && a.is(Kind::text)) return format_percent(a.as_text(), b, run);
  if (sign == "*" && (a.is(Kind::text) || a.is_sequence()) && b.is_whole()) return repeat(a, b.as_integer(), run);
  if (sign == "*" && (b.is(Kind::text) || b.is_sequence()) && a.is_whole()) return repeat(b, a.as_integer(), run);
  no_operator(sign, a, b);
}

Value negative(const Value& value) {
  if (value.is(Kind::floating)) return Value::floating(-value.as_double());
  if (value.is_whole()) return whole_arithmetic("-", 0, value.as_integer());
  if (value.is(Kind::undefined)) fail("{}", value.what());
  fail("'-' cannot be used on a {}", value.type_name());
}

bool holds(const std::string& sign, const Value& a, const Value& b, Run& run) {
  if (sign == "==") return equal(a, b);
  if (sign == "!=") return !equal(a, b);
  if (sign == "in") return contains(b, a, run);
  if (sign == "not in") return !contains(b, a, run);
  bool unordered = false;
  const int order = compare(a, b, sign.c_str(), unordered);
  if (unordered) return false;
  return sign == "<" ? order < 0 : sign == "<=" ? order <= 0 : sign == ">" ? order > 0 : order >= 0;
}

std::vector<Value> iterate(const Value& value, Run& run) {
  std::vector<Value> out;
  switch (value.kind()) {
    case Kind::undefined:
      break;
    case Kind::list:
    case Kind::tuple:
      out = value.items();
      break;
    case Kind::text:
      for (const std::string_view c : characters(value.as_text())) out.push_back(Value::text(std::string(c)));
      break;
    case Kind::dict:
      for (const auto& [key, item] : value.as_dict().entries()) out.push_back(key);
      break;
    case Kind::generator: {
      Generator& generator = value.as_generator();
      out.assign(generator.items.begin() + static_cast<std::ptrdiff_t>(generator.next), generator.items.end());
      generator.next = generator.items.size();
      break;
    }
    default:
      fail("a {} has no items", value.type_name());
  }
  run.spend(out.size() * sizeof(Value));
  return out;
}

size_t length_of(const Value& value) {
  switch (value.kind()) {
    case Kind::undefined:
      return 0;
    case Kind::list:
    case Kind::tuple:
      return value.items().size();
    case Kind::text:
      return count_characters(value.as_text());
    case Kind::dict:
      return value.as_dict().size();
    default:
      fail("a {} has no length", value.type_name());
  }
}

}  // namespace gamana::jinja
