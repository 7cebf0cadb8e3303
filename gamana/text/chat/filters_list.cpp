// Filters of lists and dicts (Jinja 3.1: filters.py).
#include <algorithm>
#include <optional>

#include "gamana/base/check.h"
#include "gamana/text/chat/filters.h"
#include "gamana/text/chat/text_methods.h"

namespace gamana::jinja {
namespace {

using Kind = Value::Kind;

Value length_filter(const Value& input, const Given& given, Run&) {
  bind(given, {}, "length");
  return Value::integer(static_cast<Integer>(length_of(input)));
}

Value first_filter(const Value& input, const Given& given, Run& run) {
  bind(given, {}, "first");
  if (input.is(Kind::generator)) {  // takes one alone
    Generator& generator = input.as_generator();
    return generator.next < generator.items.size() ? generator.items[generator.next++]
                                                   : Value::undefined("No first item, sequence was empty.");
  }
  std::vector<Value> items = iterate(input, run);
  return items.empty() ? Value::undefined("No first item, sequence was empty.") : items.front();
}

Value last_filter(const Value& input, const Given& given, Run& run) {
  bind(given, {}, "last");
  if (input.is(Kind::generator)) fail("last: a generator has no last item");
  std::vector<Value> items = iterate(input, run);
  return items.empty() ? Value::undefined("No last item, sequence was empty.") : items.back();
}

Value list_filter(const Value& input, const Given& given, Run& run) {
  bind(given, {}, "list");
  return Value::list(iterate(input, run));
}

Value reverse_filter(const Value& input, const Given& given, Run& run) {
  bind(given, {}, "reverse");
  std::vector<Value> items = iterate(input, run);
  std::reverse(items.begin(), items.end());
  if (!input.is(Kind::text)) return Value::generator(std::move(items));
  std::string out;
  for (const Value& item : items) out += item.as_text();
  return new_text(std::move(out), run);
}

Value join_filter(const Value& input, const Given& given, Run& run) {
  const auto values = bind(given, {"d", "attribute"}, "join");
  const std::string separator = values[0] ? values[0]->str() : "";
  const Value* path = given_value(values[1]);
  std::string out;
  bool first = true;
  for (const Value& item : iterate(input, run)) {
    const Value value = path ? at_path(item, *path, nullptr) : item;
    if (value.is(Kind::object) || value.is(Kind::generator)) fail("join: a {} has no text", value.type_name());
    if (!first) out += separator;
    first = false;
    const std::string text = value.str();
    run.spend(separator.size() + text.size());
    out += text;
  }
  return Value::text(std::move(out));
}

Value items_filter(const Value& input, const Given& given, Run& run) {
  bind(given, {}, "items");
  if (input.is(Kind::undefined)) return Value::generator({});
  if (!input.is(Kind::dict)) fail("items: expected a dict, found a {}", input.type_name());
  return Value::generator(iterate(call_method(input, "items", {}, run), run));
}

// Sorts by keys that were taken before; equal ones keep their order, in reverse as well.
void sort_by(std::vector<std::pair<Value, Value>>& keyed, bool reverse) {
  std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    bool unordered = false;
    const int order = compare(a.first, b.first, "<", unordered);
    return !unordered && (reverse ? order > 0 : order < 0);
  });
}

Value dictsort_filter(const Value& input, const Given& given, Run& run) {
  const auto values = bind(given, {"case_sensitive", "by", "reverse"}, "dictsort");
  const std::string by = values[1] ? text_argument(*values[1], "by") : "key";
  if (by != "key" && by != "value") fail("dictsort: expected by to be key or value, found {}", by);
  if (!input.is(Kind::dict)) fail("dictsort: expected a dict, found a {}", input.type_name());
  const bool exact = values[0] && values[0]->truth();
  std::vector<std::pair<Value, Value>> keyed;
  for (const Value& entry : iterate(call_method(input, "items", {}, run), run)) {
    const Value& key = entry.items()[by == "value"];
    keyed.emplace_back(exact ? key : without_case(key), entry);
  }
  sort_by(keyed, values[2] && values[2]->truth());
  std::vector<Value> out;
  for (auto& [key, entry] : keyed) out.push_back(std::move(entry));
  return Value::list(std::move(out));
}

Value sort_filter(const Value& input, const Given& given, Run& run) {
  const auto values = bind(given, {"reverse", "case_sensitive", "attribute"}, "sort");
  const bool exact = values[1] && values[1]->truth();
  std::vector<Value> paths;
  if (const Value* path = given_value(values[2])) {
    if (path->is(Kind::text))
      for (const std::string_view one : split_at(path->as_text(), ",", -1))
        paths.push_back(Value::text(std::string(one)));
    else
      paths.push_back(*path);
  } else {
    paths.push_back(Value::none());
  }
  std::vector<std::pair<Value, Value>> keyed;
  for (Value& item : iterate(input, run)) {
    std::vector<Value> key;
    for (const Value& path : paths) {
      const Value value = at_path(item, path, nullptr);
      key.push_back(exact ? value : without_case(value));
    }
    keyed.emplace_back(Value::list(std::move(key)), std::move(item));
  }
  sort_by(keyed, values[0] && values[0]->truth());
  std::vector<Value> out;
  for (auto& [key, item] : keyed) out.push_back(std::move(item));
  return Value::list(std::move(out));
}

Value unique_filter(const Value& input, const Given& given, Run& run) {
  const auto values = bind(given, {"case_sensitive", "attribute"}, "unique");
  const bool exact = values[0] && values[0]->truth();
  const Value path = values[1] ? *values[1] : Value::none();
  Dict seen;
  std::vector<Value> out;
  for (Value& item : iterate(input, run)) {
    Value key = at_path(item, path, nullptr);
    if (!exact) key = without_case(key);
    if (seen.find(key)) continue;
    seen.set(key, Value::none());
    out.push_back(std::move(item));
  }
  return Value::generator(std::move(out));
}

Value groupby_filter(const Value& input, const Given& given, Run& run) {
  const auto values = bind(given, {"attribute", "default", "case_sensitive"}, "groupby");
  if (!values[0]) fail("groupby needs an attribute");
  const bool exact = values[2] && values[2]->truth();
  std::vector<std::pair<Value, Value>> keyed;
  for (Value& item : iterate(input, run)) {
    const Value key = at_path(item, *values[0], given_value(values[1]));
    keyed.emplace_back(exact ? key : without_case(key), std::move(item));
  }
  sort_by(keyed, false);
  std::vector<Value> out;
  for (size_t begin = 0, end; begin < keyed.size(); begin = end) {
    std::vector<Value> group;
    for (end = begin; end < keyed.size() && equal(keyed[end].first, keyed[begin].first); ++end)
      group.push_back(keyed[end].second);
    const Value key = at_path(group[0], *values[0], given_value(values[1]));
    out.push_back(Value::tuple({key, Value::list(std::move(group))}));
  }
  return Value::list(std::move(out));
}

Value map_filter(const Value& input, const Given& given, Run& run) {
  std::vector<Value> out;
  if (!input.truth()) return Value::generator({});
  if (given.list.empty()) {
    const auto values = bind(given, {"attribute", "default"}, "map");
    if (!values[0]) fail("map needs a filter or an attribute");
    for (const Value& item : iterate(input, run)) out.push_back(at_path(item, *values[0], given_value(values[1])));
    return Value::generator(std::move(out));
  }
  const std::string& name = text_argument(given.list[0], "map");
  Given rest = given;
  rest.list.erase(rest.list.begin());
  for (const Value& item : iterate(input, run)) out.push_back(apply_filter(name, item, rest, run));
  return Value::generator(std::move(out));
}

// select, reject, selectattr, rejectattr: items for which a test holds, or that are true if there is none.
template <bool wanted, bool by_attribute>
Value select_filter(const Value& input, const Given& given, Run& run) {
  if (!input.truth()) return Value::generator({});
  const size_t first = by_attribute ? 1 : 0;
  if (given.list.size() < first) fail("selectattr and rejectattr need an attribute");
  std::optional<std::string> test;
  if (given.list.size() > first) test = text_argument(given.list[first], "select");
  Given rest;
  rest.named = given.named;
  if (test) rest.list.assign(given.list.begin() + static_cast<std::ptrdiff_t>(first) + 1, given.list.end());
  std::vector<Value> out;
  for (Value& item : iterate(input, run)) {
    const Value value = by_attribute ? at_path(item, given.list[0], nullptr) : item;
    if ((test ? apply_test(*test, value, rest, run) : value.truth()) == wanted) out.push_back(std::move(item));
  }
  return Value::generator(std::move(out));
}

Value sum_filter(const Value& input, const Given& given, Run& run) {
  const auto values = bind(given, {"attribute", "start"}, "sum");
  Value total = values[1] ? *values[1] : Value::integer(0);
  const Value path = values[0] ? *values[0] : Value::none();
  for (const Value& item : iterate(input, run)) total = arithmetic("+", total, at_path(item, path, nullptr), run);
  return total;
}

template <bool largest>
Value extreme_filter(const Value& input, const Given& given, Run& run) {
  const auto values = bind(given, {"case_sensitive", "attribute"}, largest ? "max" : "min");
  const bool exact = values[0] && values[0]->truth();
  const Value path = values[1] ? *values[1] : Value::none();
  Value best, best_key;
  bool first = true;
  for (const Value& item : iterate(input, run)) {
    Value key = at_path(item, path, nullptr);
    if (!exact) key = without_case(key);
    bool unordered = false;
    if (!first && !(largest ? compare(key, best_key, ">", unordered) > 0 : compare(key, best_key, "<", unordered) < 0))
      continue;
    best = item;
    best_key = key;
    first = false;
  }
  return first ? Value::undefined("No aggregated item, sequence was empty.") : best;
}

Value batch_filter(const Value& input, const Given& given, Run& run) {
  const auto values = bind(given, {"linecount", "fill_with"}, "batch");
  const Integer count = whole_or(values[0], 0, "linecount");
  if (count < 1 || count > 1'000'000) fail("batch: expected a count from 1 to 1000000");
  std::vector<Value> out, part;
  for (Value& item : iterate(input, run)) {
    if (static_cast<Integer>(part.size()) == count) out.push_back(Value::list(std::exchange(part, {})));
    part.push_back(std::move(item));
  }
  if (!part.empty()) {
    if (const Value* fill = given_value(values[1])) part.resize(static_cast<size_t>(count), *fill);
    out.push_back(Value::list(std::move(part)));
  }
  return Value::generator(std::move(out));
}

Value slice_filter(const Value& input, const Given& given, Run& run) {
  const auto values = bind(given, {"slices", "fill_with"}, "slice");
  const Integer slices = whole_or(values[0], 0, "slices");
  if (slices < 1 || slices > 1'000'000) fail("slice: expected a count from 1 to 1000000");
  const std::vector<Value> items = iterate(input, run);
  const size_t count = static_cast<size_t>(slices), each = items.size() / count, longer = items.size() % count;
  std::vector<Value> out;
  for (size_t i = 0, begin = 0; i < count; ++i) {
    const size_t end = begin + each + (i < longer);
    std::vector<Value> part(items.begin() + static_cast<std::ptrdiff_t>(begin),
                            items.begin() + static_cast<std::ptrdiff_t>(end));
    if (const Value* fill = given_value(values[1]); fill && i >= longer) part.push_back(*fill);
    out.push_back(Value::list(std::move(part)));
    begin = end;
  }
  run.spend(count * sizeof(Value));
  return Value::generator(std::move(out));
}

Value attr_filter(const Value& input, const Given& given, Run&) {
  const auto values = bind(given, {"name"}, "attr");
  if (!values[0]) fail("attr needs a name");
  if (input.is(Kind::dict)) return Value::undefined("a dict has no attributes");  // its entries are none
  return attribute_of(input, text_argument(*values[0], "attr"));
}

}  // namespace

Value at_path(const Value& item, const Value& path, const Value* fallback) {
  if (path.is(Kind::none)) return item;
  Value value = item;
  const auto step = [&](const Value& part) {
    value = item_of(value, part);
    if (fallback && value.is(Kind::undefined)) value = *fallback;
  };
  if (!path.is(Kind::text)) {
    step(path);
    return value;
  }
  for (const std::string_view part : split_at(path.as_text(), ".", -1)) {
    const bool number =
        !part.empty() && part.size() < 10 && part.find_first_not_of("0123456789") == std::string_view::npos;
    step(number ? Value::integer(std::stoi(std::string(part))) : Value::text(std::string(part)));
  }
  return value;
}

Value without_case(const Value& value) {
  return value.is(Kind::text) ? Value::text(lower_case(value.as_text())) : value;
}

const Filters& list_filters() {
  static const Filters list = {{"length", length_filter},
                               {"count", length_filter},
                               {"first", first_filter},
                               {"last", last_filter},
                               {"list", list_filter},
                               {"reverse", reverse_filter},
                               {"join", join_filter},
                               {"items", items_filter},
                               {"dictsort", dictsort_filter},
                               {"sort", sort_filter},
                               {"unique", unique_filter},
                               {"groupby", groupby_filter},
                               {"map", map_filter},
                               {"select", select_filter<true, false>},
                               {"reject", select_filter<false, false>},
                               {"selectattr", select_filter<true, true>},
                               {"rejectattr", select_filter<false, true>},
                               {"sum", sum_filter},
                               {"max", extreme_filter<true>},
                               {"min", extreme_filter<false>},
                               {"batch", batch_filter},
                               {"slice", slice_filter},
                               {"attr", attr_filter}};
  return list;
}

Value apply_filter(const std::string& name, const Value& input, const Given& given, Run& run) {
  for (const Filters* filters : {&text_filters(), &list_filters()})
    if (const auto it = filters->find(name); it != filters->end()) return it->second(input, given, run);
  fail("the filter {} is not known here", name);
}

}  // namespace gamana::jinja
