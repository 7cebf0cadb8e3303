#pragma once
// JSON as serde_json writes it, so that a saved tokenizer.json is the peer's byte for byte.
#include <optional>
#include <string>
#include <string_view>

#include "gamana/text/models/token_map.h"

namespace gamana {

void append_json(std::string& out, std::string_view text);  // quoted
void append_json(std::string& out, double number);          // the shortest digits that read back as the same number
void append_json(std::string& out, float number);
void append_json(std::string& out, const TokenMap& tokens);  // {"token": id, …} in the order of ids
inline void append_json(std::string& out, bool value) { out += value ? "true" : "false"; }

template <class T>
void append_json(std::string& out, const std::optional<T>& value) {
  if (value)
    append_json(out, *value);
  else
    out += "null";
}
inline void append_json(std::string& out, const std::optional<std::string>& value) {
  if (value)
    append_json(out, std::string_view(*value));
  else
    out += "null";
}

}  // namespace gamana
