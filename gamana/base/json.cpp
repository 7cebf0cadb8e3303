#include "gamana/base/json.h"

#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gamana/base/check.h"
#include "gamana/base/file.h"

namespace gamana {
namespace {

// Builds a document as Json::parse does, but for large objects: that one looks for each key among all before it, this
// one in a table. Of equal keys the last value counts, at the place of the first.
class Builder {
 public:
  Json document;
  size_t fault_at = 0;  // byte, counted from 1

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(int64_t value) { return put(value); }
  bool number_unsigned(uint64_t value) { return put(value); }
  bool number_float(double value, const std::string&) { return put(value); }
  bool string(std::string& value) { return put(std::move(value)); }
  bool binary(Json::binary_t& value) { return put(std::move(value)); }
  bool start_array(size_t) { return open(Json::array()); }
  bool start_object(size_t) { return open(Json::object()); }
  bool end_array() { return close(); }
  bool end_object() { return close(); }
  bool key(std::string& name) {
    Open& object = open_.back();
    auto& entries = object.value->get_ref<Json::object_t&>();
    const auto [place, is_new] = object.places.emplace(name, entries.size());
    if (is_new) entries.push_back({name, nullptr});
    object.place = place->second;
    return true;
  }
  bool parse_error(size_t at, const std::string&, const Json::exception&) {
    fault_at = at;
    return false;
  }

 private:
  struct Open {
    Json* value;
    std::unordered_map<std::string, size_t> places = {};  // of an object's keys
    size_t place = 0;                                     // of the key that waits for its value
  };

  Json& slot() {
    if (open_.empty()) return document;
    Open& parent = open_.back();
    if (parent.value->is_array()) return parent.value->get_ref<Json::array_t&>().emplace_back();
    return (parent.value->get_ref<Json::object_t&>().begin() + static_cast<std::ptrdiff_t>(parent.place))->second;
  }
  bool put(Json value) {
    slot() = std::move(value);
    return true;
  }
  bool open(Json empty) {
    Json& value = slot();
    value = std::move(empty);
    open_.push_back({.value = &value});
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::vector<Open> open_;  // arrays and objects, the inmost last; none but that one changes
};

}  // namespace

Json parse_json(const std::string& text, const std::string& where) {
  Builder builder;
  if (!Json::sax_parse(text, &builder))
    fail("{} is not valid JSON: error near byte {} of {}", where, builder.fault_at, text.size());
  return std::move(builder.document);
}

Json read_json(const std::string& path) { return parse_json(read_file(path), path); }

void write_json(const std::string& path, const Json& json) {
  write_file(path, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

template <class T>
T get_or(const Json& json, const char* key, T fallback, const std::string& where) {
  if (!json.is_object()) fail("{}: expected a JSON object, found {}", where, json.type_name());
  auto it = json.find(key);
  if (it == json.end() || it->is_null()) return fallback;
  try {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      const bool fits = it->is_number_unsigned() ? std::in_range<T>(it->template get<uint64_t>())
                                                 : it->is_number_integer() && std::in_range<T>(it->template get<int64_t>());
      if (fits) return it->template get<T>();
    } else {
      return it->template get<T>();
    }
  } catch (const Json::exception&) {
  }
  fail("{}: \"{}\" has the wrong type or range: found {}", where, key, it->dump());
}

template bool get_or(const Json&, const char*, bool, const std::string&);
template int get_or(const Json&, const char*, int, const std::string&);
template uint64_t get_or(const Json&, const char*, uint64_t, const std::string&);
template int64_t get_or(const Json&, const char*, int64_t, const std::string&);
template double get_or(const Json&, const char*, double, const std::string&);
template std::string get_or(const Json&, const char*, std::string, const std::string&);
template std::vector<std::string> get_or(const Json&, const char*, std::vector<std::string>, const std::string&);

}  // namespace gamana
