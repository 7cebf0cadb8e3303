#pragma once
// nlohmann-json with errors that name the file and the key.
#include <string>

#include <nlohmann/json.hpp>

namespace gamana {

using Json = nlohmann::ordered_json;

// Parses the text of `where` (a file name for messages), in a time that grows with its length. Throws Error with the
// position.
Json parse_json(const std::string& text, const std::string& where);
Json read_json(const std::string& path);
void write_json(const std::string& path, const Json& json);  // indented by 2, by rename

// json[key] as T, or `fallback` where the key is absent or null. Throws Error if it has another type.
template <class T>
T get_or(const Json& json, const char* key, T fallback, const std::string& where = "config.json");

}  // namespace gamana
