#pragma once
// The filters by name. Included by their sources alone.
#include <functional>
#include <map>
#include <string>

#include "gamana/text/chat/run.h"

namespace gamana::jinja {

using FilterFunction = Value (*)(const Value& input, const Given& given, Run& run);
using Filters = std::map<std::string, FilterFunction, std::less<>>;

const Filters& text_filters();  // texts and numbers
const Filters& list_filters();  // lists and dicts

Integer whole_or(const Value* value, Integer fallback, const char* what);

// The value at a path such as "a.b.0" in each item (Jinja: make_attrgetter).
Value at_path(const Value& item, const Value& path, const Value* fallback);
// Lower case for comparisons of texts that ignore it.
Value without_case(const Value& value);

}  // namespace gamana::jinja
