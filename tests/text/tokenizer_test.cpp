#include "gamana/text/tokenizer.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/json.h"

namespace gamana {
namespace {

const std::string kGolden = GAMANA_SOURCE_DIR "/tests/golden/text";

// What MarianTokenizer made of the lines (tools/golden/text.py).
const Json& golden(const char* folder) {
  static const Json json = read_json(kGolden + "/golden.json");
  return json[folder];
}

class Golden : public testing::TestWithParam<const char*> {
 protected:
  const Json& expected = golden(GetParam());
  const TranslationTokenizer tokenizer = TranslationTokenizer::load(kGolden + "/" + GetParam());
};

TEST_P(Golden, SpecialIds) {
  EXPECT_EQ(tokenizer.end_id(), expected["end"]);
  EXPECT_EQ(tokenizer.unknown_id(), expected["unknown"]);
  EXPECT_EQ(tokenizer.pad_id(), expected["pad"]);
  EXPECT_EQ(tokenizer.vocabulary_size(), expected["size"]);
  EXPECT_EQ(tokenizer.encode_source(""), std::vector<int>{tokenizer.end_id()});
}

TEST_P(Golden, Lines) {
  for (const Json& row : expected["lines"]) {
    const std::string text = row["text"];
    const std::vector<int> source = row["source"], target = row["target"];
    EXPECT_EQ(tokenizer.source().split(text), row["source_pieces"]) << row["text"];
    EXPECT_EQ(tokenizer.target().split(text), row["target_pieces"]) << row["text"];
    EXPECT_EQ(tokenizer.encode_source(text), source) << row["text"];
    EXPECT_EQ(tokenizer.encode_target(text), target) << row["text"];
    EXPECT_EQ(tokenizer.decode_target(target), row["decoded_target"]) << row["text"];
    if (row.contains("decoded_source")) {
      EXPECT_EQ(tokenizer.decode_source(source), row["decoded_source"]) << row["text"];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Marian, Golden, testing::Values("joint", "separate"));

}  // namespace
}  // namespace gamana
