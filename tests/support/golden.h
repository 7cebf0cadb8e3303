#pragma once
// What reference implementations gave, written by the scripts in tools/golden.
#include <map>
#include <string>

#include "gamana/base/json.h"

namespace gamana {

// tests/golden/NAME.json, read when it is first asked for.
inline const Json& golden(const std::string& name) {
  static std::map<std::string, Json> files;
  const auto [at, fresh] = files.try_emplace(name);
  if (fresh) at->second = read_json(GAMANA_SOURCE_DIR "/tests/golden/" + name + ".json");
  return at->second;
}

}  // namespace gamana
