#include "gamana/text/files/side_files.h"

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

// Folders of older models and what transformers makes of them (tools/golden/side_files.py).
const Json& golden(const char* key) {
  static const Json json = read_json(GAMANA_SOURCE_DIR "/tests/golden/text/side_files.json");
  return json[key];
}

std::string from_base64(const std::string& text) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t digit =
        std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").find(c);
    if (digit == std::string_view::npos) break;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if ((count += 6) >= 8) out += static_cast<char>(bits >> (count -= 8));
  }
  return out;
}

void write_files(const std::string& folder, const Json& files) {
  for (const auto& [name, content] : files.items()) {
    std::string text = content.dump();
    if (content.is_string()) text = content.get<std::string>();
    else if (content.contains("blob")) text = from_base64(golden("blobs")[content["blob"].get<size_t>()].get<std::string>());
    write_file(join_path(folder, name), text);
  }
}

// The folder of a case, as files.
std::string write_case(const std::string& name) {
  const std::string folder = temporary(name);
  make_directory(folder);
  write_files(folder, golden("cases")[name]["files"]);
  return folder;
}

// Sections of a tokenizer.json by name, with keys in the order of the alphabet.
std::map<std::string, nlohmann::json> sections(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text);
  std::map<std::string, nlohmann::json> out;
  for (const auto& [name, value] : json.items()) {
    out[name] = value;
    if (name == "model") {
      for (const char* part : {"vocab", "merges"})
        if (value.contains(part)) out[part] = value[part], out[name].erase(part);
    }
  }
  return out;
}

TEST(SideFiles, BecomeWhatTransformersMakesOfThem) {
  for (const auto& [name, test] : golden("cases").items()) {
    SCOPED_TRACE(name);
    const std::string folder = write_case(name);
    EXPECT_TRUE(has_side_files(folder));
    auto expected = sections(test["expected"].dump());
    // transformers 5.24 leaves the models' own normalisation out here.
    if (name == "big_bird") expected.erase("normalizer");
    const auto found = sections(side_files_to_tokenizer_json(folder));
    for (const auto& [section, value] : expected) {
      ASSERT_TRUE(found.contains(section)) << section;
      EXPECT_EQ(found.at(section), value) << section;
    }
  }
}

}  // namespace
}  // namespace gamana
