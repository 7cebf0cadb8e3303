#include "gamana/text/post/fields.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/text/unicode/properties.h"

namespace gamana {

std::string describe(const Json& json) {
  if (json.is_structured()) return json.is_array() ? "a list" : "an object";
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= 60 ? text : std::string("a long ") + json.type_name();
}

Fields::Fields(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
  if (!json.is_object()) fail("{}: expected an object, found {}", where_, describe(json));
}

std::string Fields::where(const char* key) const { return fmt::format("{}: {}", where_, key); }

std::string Fields::type() const {
  return has("type") && json_["type"].is_string() ? json_["type"].get<std::string>() : "";
}

void Fields::unexpected(const char* key, const std::string& wanted) const {
  fail("{}: \"{}\": expected {}, found {}", where_, key, wanted, has(key) ? describe(json_[key]) : "nothing");
}

const Json& Fields::any(const char* key) const {
  if (!has(key)) unexpected(key, "a value");
  return json_[key];
}

const Json& Fields::list(const char* key) const {
  if (!has(key) || !json_[key].is_array()) unexpected(key, "a list");
  return json_[key];
}

const Json& Fields::object(const char* key) const {
  if (!has(key) || !json_[key].is_object()) unexpected(key, "an object");
  return json_[key];
}

std::string Fields::text(const char* key) const {
  if (!has(key) || !json_[key].is_string()) unexpected(key, "a text");
  return json_[key].get<std::string>();
}

char32_t Fields::character(const char* key) const {
  const std::string value = text(key);
  if (value.empty() || code_point(value, 0).bytes != value.size()) unexpected(key, "a text of one character");
  return code_point(value, 0).c;
}

bool Fields::flag(const char* key) const {
  if (!is_bool(key)) unexpected(key, "true or false");
  return json_[key].get<bool>();
}

int64_t Fields::count(const char* key, int64_t most) const {
  const bool number = has(key) && json_[key].is_number_unsigned();
  // Larger than int64_t is as good as the largest one where everything is allowed.
  const uint64_t value = number ? json_[key].get<uint64_t>() : 0;
  if (!number || (most < INT64_MAX && value > static_cast<uint64_t>(most)))
    unexpected(key,
               most < INT64_MAX ? fmt::format("a whole number from 0 to {}", most) : "a whole number, not negative");
  return static_cast<int64_t>(std::min<uint64_t>(value, INT64_MAX));
}

size_t Fields::choice(const char* key, const std::vector<std::string>& names) const {
  if (has(key) && json_[key].is_string()) {
    const auto it = std::find(names.begin(), names.end(), json_[key].get<std::string>());
    if (it != names.end()) return static_cast<size_t>(it - names.begin());
  }
  unexpected(key, fmt::format("one of {}", fmt::join(names, ", ")));
}

}  // namespace gamana
