// The methods of str, dict, list and loop.
#include <unicode/uchar.h>

#include <algorithm>
#include <functional>
#include <map>

#include "gamana/base/check.h"
#include "gamana/text/chat/run.h"
#include "gamana/text/chat/text_methods.h"
#include "gamana/text/unicode/properties.h"
#include "gamana/text/utf8.h"

namespace gamana::jinja {
namespace {

using Kind = Value::Kind;
using Method = std::function<Value(const Value& self, const Given& given, Run& run)>;
using Methods = std::map<std::string, Method, std::less<>>;

int64_t number_or(const Value* value, int64_t fallback, const char* what) {
  if (!value) return fallback;
  return static_cast<int64_t>(std::clamp<Integer>(whole_argument(*value, what), INT64_MIN, INT64_MAX));
}

Value list_of(const std::vector<std::string_view>& parts, Run& run) {
  std::vector<Value> items;
  for (const std::string_view part : parts) items.push_back(new_text(std::string(part), run));
  run.spend(items.size() * sizeof(Value));
  return Value::list(std::move(items));
}

// A text method without arguments.
Method plain(std::string (*act)(std::string_view)) {
  return [act](const Value& self, const Given& given, Run& run) {
    bind(given, {}, "a method of str");
    return new_text(act(self.as_text()), run);
  };
}

Method strip_method(bool left, bool right) {
  return [=](const Value& self, const Given& given, Run& run) {
    const Value* set = given_value(bind(given, {"chars"}, "strip")[0]);
    const std::string* wanted = set ? &text_argument(*set, "strip") : nullptr;
    return new_text(std::string(stripped(self.as_text(), wanted, left, right)), run);
  };
}

// The part of a text from character `begin` to `end`, as Python counts.
std::string_view part_of(const std::string& text, const Value* begin, const Value* end) {
  if (!begin && !end) return text;
  const std::vector<std::string_view> all = characters(text);
  const int64_t count = static_cast<int64_t>(all.size());
  const auto bound = [&](const Value* value, int64_t fallback) {
    int64_t at = number_or(given_value(value), fallback, "a bound");
    if (at < 0) at = std::max<int64_t>(at, -count) + count;
    return std::min(at, count);
  };
  const int64_t from = bound(begin, 0), to = bound(end, count);
  if (from >= to) return std::string_view(text).substr(0, 0);
  return {all[from].data(), static_cast<size_t>(all[to - 1].data() + all[to - 1].size() - all[from].data())};
}

Method affix_method(bool (*has)(std::string_view, std::string_view)) {
  return [has](const Value& self, const Given& given, Run&) {
    const auto values = bind(given, {"affix", "start", "end"}, "startswith");
    if (!values[0]) fail("startswith and endswith need an argument");
    const std::string_view text = part_of(self.as_text(), values[1], values[2]);
    if (!values[0]->is(Kind::tuple)) return Value::boolean(has(text, text_argument(*values[0], "startswith")));
    const auto& all = values[0]->items();
    return Value::boolean(std::any_of(all.begin(), all.end(),
                                      [&](const Value& one) { return has(text, text_argument(one, "startswith")); }));
  };
}

Method split_method(bool right) {
  return [right](const Value& self, const Given& given, Run& run) {
    const auto values = bind(given, {"sep", "maxsplit"}, "split");
    const Value* separator = given_value(values[0]);
    const int64_t most = number_or(values[1], -1, "maxsplit");
    const std::string& text = self.as_text();
    if (!separator) return list_of(right ? split_at_space_right(text, most) : split_at_space(text, most), run);
    const std::string& by = text_argument(*separator, "split");
    return list_of(right ? split_at_right(text, by, most) : split_at(text, by, most), run);
  };
}

// find, rfind: the place in characters, or -1; index, rindex fail instead.
Method find_method(bool right, bool must) {
  return [=](const Value& self, const Given& given, Run&) {
    const auto values = bind(given, {"sub", "start", "end"}, "find");
    if (!values[0]) fail("find needs an argument");
    const std::string_view part = part_of(self.as_text(), values[1], values[2]);
    const std::string& wanted = text_argument(*values[0], "find");
    const size_t found = right ? part.rfind(wanted) : part.find(wanted);
    if (found == std::string_view::npos && must) fail("{} is not in the text", repr_text(wanted));
    if (found == std::string_view::npos) return Value::integer(-1);
    const std::string_view before(self.as_text().data(),
                                  static_cast<size_t>(part.data() + found - self.as_text().data()));
    return Value::integer(static_cast<Integer>(count_characters(before)));
  };
}

// isdigit and its like: whether there are characters and all are of a kind.
Method all_method(bool (*of_kind)(UChar32)) {
  return [of_kind](const Value& self, const Given& given, Run&) {
    bind(given, {}, "a method of str");
    const std::string& text = self.as_text();
    for (size_t at = 0; at < text.size();) {
      const CodePoint point = code_point(text, at);
      if (!of_kind(static_cast<UChar32>(point.c))) return Value::boolean(false);
      at += point.bytes;
    }
    return Value::boolean(!text.empty());
  };
}

// isupper, islower: some letter has a case and none has the other.
Method case_method(bool upper) {
  return [upper](const Value& self, const Given& given, Run&) {
    bind(given, {}, "a method of str");
    bool some = false;
    for (const std::string_view c : characters(self.as_text())) {
      const UChar32 point = static_cast<UChar32>(code_point(c, 0).c);
      const bool is_upper = u_hasBinaryProperty(point, UCHAR_UPPERCASE),
                 is_lower = u_hasBinaryProperty(point, UCHAR_LOWERCASE);
      if (upper ? is_lower || u_istitle(point) : is_upper || u_istitle(point)) return Value::boolean(false);
      some |= upper ? is_upper : is_lower;
    }
    return Value::boolean(some);
  };
}

// ljust, rjust, center.
Method fill_method(int left_share) {
  return [left_share](const Value& self, const Given& given, Run& run) {
    const auto values = bind(given, {"width", "fillchar"}, "center");
    const int64_t width = values[0] ? number_or(values[0], 0, "width") : 0,
                  size = static_cast<int64_t>(count_characters(self.as_text()));
    const std::string fill = values[1] ? text_argument(*values[1], "fillchar") : " ";
    if (count_characters(fill) != 1) fail("the fill has to be one character");
    const int64_t missing = std::max<int64_t>(width - size, 0);
    run.spend(static_cast<size_t>(missing) * fill.size());
    // Python's center puts the odd one left where the width is odd.
    const int64_t left = left_share == 0 ? 0 : left_share == 2 ? missing : missing / 2 + (missing & width & 1);
    std::string out;
    for (int64_t i = 0; i < left; ++i) out += fill;
    out += self.as_text();
    for (int64_t i = left; i < missing; ++i) out += fill;
    return new_text(std::move(out), run);
  };
}

Method partition_method(bool right) {
  return [right](const Value& self, const Given& given, Run& run) {
    const auto values = bind(given, {"sep"}, "partition");
    if (!values[0]) fail("partition needs an argument");
    const std::string &text = self.as_text(), &by = text_argument(*values[0], "partition");
    if (by.empty()) fail("partition: the separator is empty");
    const size_t at = right ? text.rfind(by) : text.find(by);
    std::vector<Value> parts;
    if (at != std::string::npos)
      parts = {new_text(text.substr(0, at), run), Value::text(by), new_text(text.substr(at + by.size()), run)};
    else if (right)
      parts = {Value::text(""), Value::text(""), self};
    else
      parts = {self, Value::text(""), Value::text("")};
    return Value::tuple(std::move(parts));
  };
}

Method remove_method(bool prefix) {
  return [prefix](const Value& self, const Given& given, Run& run) {
    const auto values = bind(given, {"affix"}, "removeprefix");
    if (!values[0]) fail("removeprefix and removesuffix need an argument");
    std::string text = self.as_text();
    const std::string& affix = text_argument(*values[0], "removeprefix");
    if (prefix ? text.starts_with(affix) : text.ends_with(affix))
      text.erase(prefix ? 0 : text.size() - affix.size(), affix.size());
    return new_text(std::move(text), run);
  };
}

Value replace_method(const Value& self, const Given& given, Run& run) {
  const auto values = bind(given, {"old", "new", "count"}, "replace");
  if (!values[0] || !values[1]) fail("replace needs two arguments");
  const std::string &from = text_argument(*values[0], "replace"), &to = text_argument(*values[1], "replace");
  run.spend((self.as_text().size() / std::max<size_t>(from.size(), 1) + 1) * (to.size() + 1));
  return new_text(replaced(self.as_text(), from, to, number_or(values[2], -1, "count")), run);
}

Value join_method(const Value& self, const Given& given, Run& run) {
  const auto values = bind(given, {"iterable"}, "join");
  if (!values[0]) fail("join needs an argument");
  std::string out;
  bool first = true;
  for (const Value& item : iterate(*values[0], run)) {
    if (!first) out += self.as_text();
    first = false;
    out += text_argument(item, "join");
    run.spend(self.as_text().size() + item.as_text().size());
  }
  return Value::text(std::move(out));
}

Value count_method(const Value& self, const Given& given, Run&) {
  const auto values = bind(given, {"sub", "start", "end"}, "count");
  if (!values[0]) fail("count needs an argument");
  const std::string_view text = part_of(self.as_text(), values[1], values[2]);
  const std::string& wanted = text_argument(*values[0], "count");
  if (wanted.empty()) return Value::integer(static_cast<Integer>(count_characters(text)) + 1);
  return Value::integer(static_cast<Integer>(split_at(text, wanted, -1).size()) - 1);
}

Value zfill_method(const Value& self, const Given& given, Run& run) {
  const auto values = bind(given, {"width"}, "zfill");
  std::string text = self.as_text();
  const int64_t missing = number_or(values[0], 0, "width") - static_cast<int64_t>(count_characters(text));
  if (missing <= 0) return self;
  run.spend(static_cast<size_t>(missing));
  text.insert(!text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0, static_cast<size_t>(missing), '0');
  return new_text(std::move(text), run);
}

Value splitlines_method(const Value& self, const Given& given, Run& run) {
  const auto values = bind(given, {"keepends"}, "splitlines");
  return list_of(lines(self.as_text(), values[0] && values[0]->truth()), run);
}

const Methods& text_methods() {
  static const Methods list = {
      {"upper", plain(upper_case)},
      {"lower", plain(lower_case)},
      {"capitalize", plain(capitalized)},
      {"title", plain(title_case)},
      {"strip", strip_method(true, true)},
      {"lstrip", strip_method(true, false)},
      {"rstrip", strip_method(false, true)},
      {"startswith", affix_method([](std::string_view t, std::string_view a) { return t.starts_with(a); })},
      {"endswith", affix_method([](std::string_view t, std::string_view a) { return t.ends_with(a); })},
      {"split", split_method(false)},
      {"rsplit", split_method(true)},
      {"splitlines", splitlines_method},
      {"find", find_method(false, false)},
      {"rfind", find_method(true, false)},
      {"index", find_method(false, true)},
      {"rindex", find_method(true, true)},
      {"count", count_method},
      {"replace", replace_method},
      {"join", join_method},
      {"partition", partition_method(false)},
      {"rpartition", partition_method(true)},
      {"removeprefix", remove_method(true)},
      {"removesuffix", remove_method(false)},
      {"zfill", zfill_method},
      {"ljust", fill_method(0)},
      {"center", fill_method(1)},
      {"rjust", fill_method(2)},
      {"isupper", case_method(true)},
      {"islower", case_method(false)},
      {"isdigit", all_method([](UChar32 c) {
         return u_getIntPropertyValue(c, UCHAR_NUMERIC_TYPE) == U_NT_DECIMAL ||
                u_getIntPropertyValue(c, UCHAR_NUMERIC_TYPE) == U_NT_DIGIT;
       })},
      {"isdecimal", all_method([](UChar32 c) { return u_getIntPropertyValue(c, UCHAR_NUMERIC_TYPE) == U_NT_DECIMAL; })},
      {"isnumeric", all_method([](UChar32 c) { return u_getIntPropertyValue(c, UCHAR_NUMERIC_TYPE) != U_NT_NONE; })},
      {"isalpha", all_method([](UChar32 c) { return (U_GET_GC_MASK(c) & U_GC_L_MASK) != 0; })},
      {"isalnum", all_method([](UChar32 c) {
         return (U_GET_GC_MASK(c) & U_GC_L_MASK) != 0 || u_getIntPropertyValue(c, UCHAR_NUMERIC_TYPE) != U_NT_NONE;
       })},
      {"isspace", all_method([](UChar32 c) {
         char bytes[4];
         return strip(std::string_view(bytes, utf8_bytes(static_cast<char32_t>(c), bytes))).empty();
       })},
      {"isascii",
       [](const Value& self, const Given& given, Run&) {
         bind(given, {}, "isascii");
         const std::string& text = self.as_text();
         return Value::boolean(std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; }));
       }},
      {"format",
       [](const Value& self, const Given& given, Run& run) { return format_braces(self.as_text(), given, run); }}};
  return list;
}

const Methods& dict_methods() {
  const auto entries = [](const Value& self, Run& run, auto&& of) {
    std::vector<Value> out;
    for (const auto& entry : self.as_dict().entries()) out.push_back(of(entry));
    run.spend(out.size() * sizeof(Value));
    return Value::list(std::move(out));
  };
  static const Methods list = {
      {"keys",
       [=](const Value& self, const Given& given, Run& run) {
         bind(given, {}, "keys");
         return entries(self, run, [](const auto& entry) { return entry.first; });
       }},
      {"values",
       [=](const Value& self, const Given& given, Run& run) {
         bind(given, {}, "values");
         return entries(self, run, [](const auto& entry) { return entry.second; });
       }},
      {"items",
       [=](const Value& self, const Given& given, Run& run) {
         bind(given, {}, "items");
         return entries(self, run, [](const auto& entry) { return Value::tuple({entry.first, entry.second}); });
       }},
      {"get",
       [](const Value& self, const Given& given, Run&) {
         const auto values = bind(given, {"key", "default"}, "get");
         if (!values[0]) fail("get needs an argument");
         const Value* found = self.as_dict().find(*values[0]);
         return found ? *found : values[1] ? *values[1] : Value::none();
       }},
      {"copy", [](const Value& self, const Given&, Run&) { return self; }}};
  return list;
}

const Methods& list_methods() {
  static const Methods list = {
      {"count",
       [](const Value& self, const Given& given, Run&) {
         const auto values = bind(given, {"value"}, "count");
         if (!values[0]) fail("count needs an argument");
         return Value::integer(std::count_if(self.items().begin(), self.items().end(),
                                             [&](const Value& item) { return equal(item, *values[0]); }));
       }},
      {"index",
       [](const Value& self, const Given& given, Run&) {
         const auto values = bind(given, {"value"}, "index");
         if (!values[0]) fail("index needs an argument");
         for (size_t i = 0; i < self.items().size(); ++i)
           if (equal(self.items()[i], *values[0])) return Value::integer(static_cast<Integer>(i));
         fail("{} is not in the list", values[0]->repr());
       }},
      {"copy", [](const Value& self, const Given&, Run&) { return self; }}};
  return list;
}

const Methods& loop_methods() {
  static const Methods list = {{"cycle",
                                [](const Value& self, const Given& given, Run&) {
                                  if (given.list.empty()) fail("cycle needs an argument");
                                  return given.list[self.as<Loop>()->index % given.list.size()];
                                }},
                               {"changed", [](const Value& self, const Given& given, Run&) {
                                  Loop* loop = self.as<Loop>();
                                  const Value now = Value::tuple(given.list);
                                  const bool changed = !loop->changed || !equal(*loop->changed, now);
                                  loop->changed = now;
                                  return Value::boolean(changed);
                                }}};
  return list;
}

// Methods that Python has and a template must not use, because they change the value.
bool changes(const Value& self, std::string_view name) {
  static constexpr std::string_view kNames[] = {"append", "clear",  "extend",  "insert",
                                                "pop",    "remove", "reverse", "sort"};
  static constexpr std::string_view kDictNames[] = {"clear", "pop", "popitem", "setdefault", "update"};
  const auto in = [&](const auto& names) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  };
  return (self.is(Kind::list) && in(kNames)) || (self.is(Kind::dict) && in(kDictNames));
}

const Methods* methods_of(const Value& self) {
  if (self.is(Kind::text)) return &text_methods();
  if (self.is(Kind::dict)) return &dict_methods();
  if (self.is_sequence()) return &list_methods();
  return self.as<Loop>() ? &loop_methods() : nullptr;
}

}  // namespace

bool has_method(const Value& self, std::string_view name) {
  const Methods* methods = methods_of(self);
  return (methods && methods->find(name) != methods->end()) || changes(self, name);
}

Value call_method(const Value& self, const std::string& name, const Given& given, Run& run) {
  const Methods* methods = methods_of(self);
  const auto method = methods ? methods->find(name) : Methods::const_iterator();
  if (!methods || method == methods->end()) {
    if (changes(self, name)) fail("{} would change a {}, which templates must not", name, self.type_name());
    fail("a {} has no method {}", self.type_name(), name);
  }
  return method->second(self, given, run);
}

}  // namespace gamana::jinja
