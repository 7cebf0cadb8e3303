// Files and texts drawn at random with the answers of `tokenizers` (tools/golden/frozen.py): a frozen part of tools/fuzz.
#include <gtest/gtest.h>
#include <zlib.h>

#include "gamana/base/check.h"
#include "gamana/base/json.h"
#include "gamana/text/tokenizer.h"

namespace gamana {
namespace {

// The lines of a gzip file, as JSON.
std::vector<Json> read_lines_of(const std::string& path) {
  std::string text(1 << 16, '\0'), all;
  const gzFile file = gzopen(path.c_str(), "rb");
  if (!file) fail("{}: missing", path);
  for (int n; (n = gzread(file, text.data(), static_cast<unsigned>(text.size()))) > 0;) all.append(text.data(), n);
  gzclose(file);
  std::vector<Json> lines;
  for (size_t begin = 0, end; (end = all.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(Json::parse(all.substr(begin, end - begin)));
  return lines;
}

Json to_json(const Tokenizer& tokenizer, const Encoding& encoding) {
  Json offsets = Json::array(), sequences = Json::array(), overflowing = Json::array();
  for (const Span& span : encoding.offsets) offsets.push_back({span.begin, span.end});
  for (size_t i = 0; i < encoding.size(); ++i) sequences.push_back(encoding.sequence_of(i));
  for (const Encoding& window : encoding.overflowing) overflowing.push_back(to_json(tokenizer, window));
  return {{"ids", encoding.ids}, {"type_ids", encoding.type_ids}, {"offsets", offsets}, {"word_ids", encoding.word_ids},
          {"sequence_ids", sequences}, {"special_tokens_mask", encoding.special_tokens_mask},
          {"attention_mask", encoding.attention_mask}, {"tokens", tokenizer.tokens(encoding)},
          {"overflowing", overflowing}};
}

Encoding encode(const Tokenizer& tokenizer, const Json& request) {
  EncodeOptions options;
  options.pad = true;
  options.unit = OffsetUnit::code_points;
  options.add_special_tokens = request[3].get<bool>();
  const Json &first = request[1], &second = request[2];
  if (request[4].get<bool>()) {
    const auto words = first.get<std::vector<std::string>>();
    return tokenizer.encode_words(words, second.is_null() ? std::vector<std::string>() : second.get<std::vector<std::string>>(),
                                  options);
  }
  if (second.is_null()) return tokenizer.encode(first.get<std::string>(), options);
  return tokenizer.encode(first.get<std::string>(), second.get<std::string>(), options);
}

Json answer(const Tokenizer& tokenizer, const Json& request) {
  try {
    if (request[0] == "encode") return to_json(tokenizer, encode(tokenizer, request));
    return tokenizer.decode(request[1].get<std::vector<int32_t>>(), request[2].get<bool>());
  } catch (const Error&) {
    return {{"error", true}};
  }
}

TEST(Frozen, AnswersAsTokenizers) {
  const std::vector<Json> lines = read_lines_of(GAMANA_SOURCE_DIR "/tests/golden/text/frozen.jsonl.gz");
  ASSERT_GT(lines.size(), 200u);
  for (const Json& line : lines) {
    if (!line.contains("file")) continue;  // the versions
    SCOPED_TRACE("seed " + line["seed"].dump());
    std::string file = line["file"].dump();
    if (line["answers"].is_null()) {
      EXPECT_THROW(Tokenizer::parse(file, "tokenizer.json"), Error) << file;
      continue;
    }
    const Tokenizer tokenizer = Tokenizer::parse(file, "tokenizer.json");
    const Tokenizer again = Tokenizer::parse(tokenizer.json(), "written");
    for (const Json& pair : line["answers"]) {
      EXPECT_EQ(answer(tokenizer, pair[0]), pair[1]) << pair[0] << '\n' << file;
      EXPECT_EQ(answer(again, pair[0]), pair[1]) << pair[0] << '\n' << tokenizer.json();
    }
  }
}

}  // namespace
}  // namespace gamana
