#pragma once
// The fields of one part of a tokenizer.json, with errors that name the part and the key. Nothing has a default: a file
// that lacks a field is one that `tokenizers` does not read either.
#include <cstdint>
#include <string>
#include <vector>

#include "gamana/base/json.h"

namespace gamana {

class Fields {
 public:
  // Throws Error if `json` is no object.
  Fields(const Json& json, std::string where);

  bool has(const char* key) const { return json_.contains(key); }
  bool is_bool(const char* key) const { return has(key) && json_[key].is_boolean(); }
  std::string type() const;  // "type", or "" where there is none

  const Json& any(const char* key) const;
  const Json& list(const char* key) const;
  const Json& object(const char* key) const;
  std::string text(const char* key) const;
  char32_t character(const char* key) const;  // a text of one character
  bool flag(const char* key) const;
  int64_t count(const char* key, int64_t most = INT64_MAX) const;  // 0 .. most
  // One of `names`: its index.
  size_t choice(const char* key, const std::vector<std::string>& names) const;

  std::string where(const char* key) const;  // for messages
  const std::string& where() const { return where_; }

 private:
  [[noreturn]] void unexpected(const char* key, const std::string& wanted) const;
  const Json& json_;
  std::string where_;
};

// What a value is, for messages: short ones as they are, others by their type.
std::string describe(const Json& json);

}  // namespace gamana
