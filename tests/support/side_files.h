#pragma once
// Folders of older models and what transformers makes of them (tools/golden/side_files.py).
#include <string>
#include <string_view>

#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "tests/support/files.h"

namespace gamana {

inline const Json& side_files_golden(const char* key) {
  static const Json json = read_json(GAMANA_SOURCE_DIR "/tests/golden/text/side_files.json");
  return json[key];
}

inline std::string from_base64(const std::string& text) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t digit = std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").find(c);
    if (digit == std::string_view::npos) break;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if ((count += 6) >= 8) out += static_cast<char>(bits >> (count -= 8));
  }
  return out;
}

// The folder of a case, as files.
inline std::string write_side_files(const std::string& name) {
  const std::string folder = temporary(name);
  make_directory(folder);
  for (const auto& [file, content] : side_files_golden("cases")[name]["files"].items()) {
    std::string text = content.is_string() ? content.get<std::string>() : content.dump();
    if (content.is_object() && content.contains("blob"))
      text = from_base64(side_files_golden("blobs")[content["blob"].get<size_t>()].get<std::string>());
    write_quickly(join_path(folder, file), text);
  }
  return folder;
}

}  // namespace gamana
