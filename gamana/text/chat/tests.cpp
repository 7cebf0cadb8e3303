// The tests of `is` (Jinja 3.1: tests.py).
#include <cmath>
#include <functional>
#include <map>

#include "gamana/base/check.h"
#include "gamana/text/chat/run.h"
#include "gamana/text/chat/text_methods.h"

namespace gamana::jinja {
namespace {

using Kind = Value::Kind;
using TestFunction = bool (*)(const Value& input, const Given& given, Run& run);

bool remainder_is(const Value& input, const Value& divisor, Integer wanted, Run& run) {
  return equal(arithmetic("%", input, divisor, run), Value::integer(wanted));
}

const Value& only(const Given& given) {
  if (given.list.size() != 1 || !given.named.empty()) fail("this test needs one argument");
  return given.list[0];
}

template <char first, char second = '\0'>
bool comparison(const Value& input, const Given& given, Run& run) {
  static const std::string sign = second ? std::string{first, second} : std::string{first};
  return holds(sign, input, only(given), run);
}

const std::map<std::string, TestFunction>& tests() {
  static const std::map<std::string, TestFunction> list = {
      {"defined", [](const Value& v, const Given&, Run&) { return !v.is(Kind::undefined); }},
      {"undefined", [](const Value& v, const Given&, Run&) { return v.is(Kind::undefined); }},
      {"none", [](const Value& v, const Given&, Run&) { return v.is(Kind::none); }},
      {"boolean", [](const Value& v, const Given&, Run&) { return v.is(Kind::boolean); }},
      {"true", [](const Value& v, const Given&, Run&) { return v.is(Kind::boolean) && v.truth(); }},
      {"false", [](const Value& v, const Given&, Run&) { return v.is(Kind::boolean) && !v.truth(); }},
      {"integer", [](const Value& v, const Given&, Run&) { return v.is(Kind::integer); }},
      {"float", [](const Value& v, const Given&, Run&) { return v.is(Kind::floating); }},
      {"number", [](const Value& v, const Given&, Run&) { return v.is_number(); }},
      {"string", [](const Value& v, const Given&, Run&) { return v.is(Kind::text); }},
      {"mapping", [](const Value& v, const Given&, Run&) { return v.is(Kind::dict); }},
      {"sequence",
       [](const Value& v, const Given&, Run&) {
         return v.is(Kind::text) || v.is_sequence() || v.is(Kind::dict) || v.is(Kind::undefined);
       }},
      {"iterable",
       [](const Value& v, const Given&, Run&) {
         return v.is(Kind::text) || v.is_sequence() || v.is(Kind::dict) || v.is(Kind::generator) ||
                v.is(Kind::undefined);
       }},
      {"callable", [](const Value& v, const Given&, Run&) { return v.as<Function>() != nullptr; }},
      {"sameas",
       [](const Value& v, const Given& given, Run&) {
         const Value& other = only(given);
         return v.kind() == other.kind() && (v.identity() ? v.identity() == other.identity() : equal(v, other));
       }},
      {"upper", [](const Value& v, const Given&,
                   Run& run) { return call_method(Value::text(v.str()), "isupper", {}, run).truth(); }},
      {"lower", [](const Value& v, const Given&,
                   Run& run) { return call_method(Value::text(v.str()), "islower", {}, run).truth(); }},
      {"odd", [](const Value& v, const Given&, Run& run) { return remainder_is(v, Value::integer(2), 1, run); }},
      {"even", [](const Value& v, const Given&, Run& run) { return remainder_is(v, Value::integer(2), 0, run); }},
      {"divisibleby",
       [](const Value& v, const Given& given, Run& run) { return remainder_is(v, only(given), 0, run); }},
      {"in", [](const Value& v, const Given& given, Run& run) { return holds("in", v, only(given), run); }},
      {"escaped", [](const Value&, const Given&, Run&) { return false; }},
      {"eq", comparison<'=', '='>},
      {"equalto", comparison<'=', '='>},
      {"==", comparison<'=', '='>},
      {"ne", comparison<'!', '='>},
      {"!=", comparison<'!', '='>},
      {"lt", comparison<'<'>},
      {"lessthan", comparison<'<'>},
      {"<", comparison<'<'>},
      {"le", comparison<'<', '='>},
      {"<=", comparison<'<', '='>},
      {"gt", comparison<'>'>},
      {"greaterthan", comparison<'>'>},
      {">", comparison<'>'>},
      {"ge", comparison<'>', '='>},
      {">=", comparison<'>', '='>}};
  return list;
}

}  // namespace

bool apply_test(const std::string& name, const Value& input, const Given& given, Run& run) {
  const auto test = tests().find(name);
  if (test == tests().end()) fail("the test {} is not known here", name);
  return test->second(input, given, run);
}

}  // namespace gamana::jinja
