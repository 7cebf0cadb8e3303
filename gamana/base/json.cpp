#include "gamana/base/json.h"

#include "gamana/base/check.h"
#include "gamana/base/file.h"

namespace gamana {

Json parse_json(const std::string& text, const std::string& where) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& e) {
    fail("{} is not valid JSON: error near byte {} of {}", where, e.byte, text.size());
  }
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
    return it->template get<T>();
  } catch (const Json::exception&) {
    fail("{}: \"{}\" has the wrong type: found {}", where, key, it->dump());
  }
}

template bool get_or(const Json&, const char*, bool, const std::string&);
template int get_or(const Json&, const char*, int, const std::string&);
template int64_t get_or(const Json&, const char*, int64_t, const std::string&);
template double get_or(const Json&, const char*, double, const std::string&);
template std::string get_or(const Json&, const char*, std::string, const std::string&);

}  // namespace gamana
