#include "gamana/text/normalizers/normalizer.h"

#include <gtest/gtest.h>

#include "gamana/base/check.h"

namespace gamana {
namespace {

const std::string kWhere = "tokenizer.json, normalizer";

std::unique_ptr<Normalizer> normalizer(const std::string& json) { return make_normalizer(Json::parse(json), kWhere); }

std::string normalize(const std::string& json, const std::string& text) {
  AlignedText aligned(text);
  normalizer(json)->normalize(aligned);
  return std::string(aligned.text());
}

std::vector<Span> sources(const AlignedText& text) {
  std::vector<Span> out;
  for (size_t i = 0; i < text.size(); ++i) out.push_back(text.source(i));
  return out;
}

// [count, begin, end, ...] in characters, as bytes one by one.
std::vector<Span> expected_sources(const Json& runs, const std::string& text) {
  std::vector<uint32_t> places;
  for (uint32_t i = 0; i < text.size(); ++i)
    if ((text[i] & 0xC0) != 0x80) places.push_back(i);
  places.push_back(static_cast<uint32_t>(text.size()));
  std::vector<Span> out;
  for (size_t i = 0; i < runs.size(); i += 3)
    out.insert(out.end(), runs[i].get<size_t>(), Span{places[runs[i + 1].get<size_t>()], places[runs[i + 2].get<size_t>()]});
  return out;
}

void put_charsmap(Json& json, const Json& charsmap) {
  for (auto& [key, value] : json.items()) {
    if (key == "precompiled_charsmap") value = charsmap;
    else if (value.is_structured()) put_charsmap(value, charsmap);
  }
}

TEST(Normalizers, TextsAndSourcesAreThoseOfTokenizers) {
  const Json golden = read_json(GAMANA_SOURCE_DIR "/tests/golden/text/normalizers.json");
  size_t texts = 0;
  for (Json json : golden["cases"]) {
    put_charsmap(json["normalizer"], golden["charsmap"]);
    const auto stage = make_normalizer(json["normalizer"], kWhere);
    for (const Json& test : json["texts"]) {
      const std::string text = test[0];
      AlignedText aligned(text);
      stage->normalize(aligned);
      EXPECT_EQ(aligned.text(), test[1]) << json["normalizer"].dump().substr(0, 200) << " of " << test[0];
      EXPECT_EQ(sources(aligned), expected_sources(test[2], text)) << json["normalizer"].dump().substr(0, 200) << test[0];
      ++texts;
    }
  }
  EXPECT_GT(texts, 700u);
}

TEST(Normalizers, SourcesOfAPartCountFromItsOrigin) {
  AlignedText text("É x", 10);
  normalizer(R"({"type": "NFD"})")->normalize(text);
  EXPECT_EQ(text.text(), "E\u0301 x");
  EXPECT_EQ(sources(text), (std::vector<Span>{{10, 12}, {10, 12}, {10, 12}, {12, 13}, {13, 14}}));
  EXPECT_EQ(text.source(3, 5), (Span{12, 14}));
}

TEST(Normalizers, ATextThatStaysIsNotCopied) {
  const std::string text = "plain text, résumé";
  for (const char* type : {"NFC", "NFKC", "Lowercase", "Nmt", "StripAccents"}) {
    AlignedText aligned(text);
    normalizer(fmt::format(R"({{"type": "{}"}})", type))->normalize(aligned);
    EXPECT_EQ(aligned.text().data(), text.data()) << type;
  }
  const std::string capital = "Résumé";
  AlignedText aligned(capital);
  normalizer(R"({"type": "Lowercase"})")->normalize(aligned);
  EXPECT_EQ(aligned.text(), "résumé");
  EXPECT_TRUE(aligned.plain());
}

// Quadratic time would not end.
TEST(Normalizers, LongRunsAreLinear) {
  std::string marks = "a", alternating = "a", jamo, capitals, spaces;
  for (int i = 0; i < 150'000; ++i) {
    marks += "\u0301";
    alternating += i % 2 ? "\u0323" : "\u0301";
    jamo += "\u1100";
    capitals += "\u0130";
    spaces += "  ";
  }
  const Json golden = read_json(GAMANA_SOURCE_DIR "/tests/golden/text/normalizers.json");
  for (const char* json :
       {R"({"type": "NFC"})", R"({"type": "NFD"})", R"({"type": "Lowercase"})", R"({"type": "StripAccents"})",
        R"({"type": "Precompiled", "precompiled_charsmap": ""})", R"({"type": "ByteLevel"})",
        R"({"type": "Replace", "pattern": {"String": "                                x"}, "content": ""})",
        R"({"type": "Strip", "strip_left": true, "strip_right": true})"}) {
    Json parsed = Json::parse(json);
    put_charsmap(parsed, golden["charsmap"]);
    const auto stage = make_normalizer(parsed, kWhere);
    for (const std::string* text : {&marks, &alternating, &jamo, &capitals, &spaces}) {
      AlignedText aligned(*text);
      stage->normalize(aligned);
      if (aligned.size()) {
        EXPECT_LE(aligned.source(aligned.size() - 1).end, text->size());
      }
    }
  }
}

std::string normalizer_fault(const std::string& json) {
  try {
    normalizer(json);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Normalizers, FilesAreReadAsTokenizersDoes) {
  EXPECT_EQ(make_normalizer(nullptr, kWhere), nullptr);
  // A type may be missing or unknown where the keys tell it.
  EXPECT_EQ(normalize(R"({"prepend": "_"})", "a"), "_a");
  EXPECT_EQ(normalize(R"({"type": "Other", "strip_left": true, "strip_right": false})", " a "), "a ");
  EXPECT_EQ(normalize(R"({"type": "Bert", "clean_text": true, "handle_chinese_chars": true, "lowercase": true})", "É"), "e");
  EXPECT_EQ(normalize(R"({"normalizers": [{"type": "NFD"}, {"type": "StripAccents"}]})", "É"), "E");

  EXPECT_EQ(normalizer_fault(R"({"type": "Append", "append": "x"})").substr(0, 65),
            "tokenizer.json, normalizer: expected a type of normalizer (BertNo");
  EXPECT_EQ(normalizer_fault(R"([1])"), "tokenizer.json, normalizer: expected an object with a \"type\", found array");
  EXPECT_EQ(normalizer_fault(R"({"type": "Strip", "strip_left": true})"),
            "tokenizer.json, normalizer (Strip): expected \"strip_right\" to be true or false, found none");
  EXPECT_EQ(normalizer_fault(R"({"type": "Prepend", "prepend": 1})"),
            "tokenizer.json, normalizer (Prepend): expected \"prepend\" to be a string, found number");
  EXPECT_EQ(normalizer_fault(R"({"type": "Sequence", "normalizers": [{"type": "NFC"}, null]})"),
            "tokenizer.json, normalizer, normalizers[1]: expected an object with a \"type\", found null");
  EXPECT_EQ(normalizer_fault(R"({"type": "Sequence", "normalizers": null})"),
            "tokenizer.json, normalizer: expected \"normalizers\" to be a list, found null");
  EXPECT_EQ(normalizer_fault(R"({"type": "Replace", "pattern": "a", "content": "b"})"),
            "tokenizer.json, normalizer (Replace): expected \"pattern\" to be {\"String\": ...} or {\"Regex\": ...}, found \"a\"");
  EXPECT_NE(normalizer_fault(R"({"type": "Replace", "pattern": {"Regex": "("}, "content": "b"})"), "");
  std::string deep = R"({"type": "NFC"})";
  for (int i = 0; i < 200; ++i) deep = R"({"type": "Sequence", "normalizers": [)" + deep + "]}";
  EXPECT_NE(normalizer_fault(deep).find("expected at most 100 sequences in each other"), std::string::npos);
}

std::string charsmap_fault(const std::string& base64) {
  return normalizer_fault(R"({"type": "Precompiled", "precompiled_charsmap": ")" + base64 + "\"}");
}

TEST(Normalizers, DamagedCharsmapsAreFoundOrHarmless) {
  EXPECT_NE(charsmap_fault(""), "");
  EXPECT_NE(charsmap_fault("AAAAAA=="), "");      // an empty array
  EXPECT_NE(charsmap_fault("BAAAAA=="), "");      // cut off
  EXPECT_NE(charsmap_fault("BAAAAAAAAAD/"), "");  // not UTF-8
  EXPECT_NE(charsmap_fault("BAAAAAAAAA*="), "");
  EXPECT_NE(charsmap_fault("A"), "");
  EXPECT_EQ(charsmap_fault("BAAAAAAAAAA="), "");

  const Json golden = read_json(GAMANA_SOURCE_DIR "/tests/golden/text/normalizers.json");
  const std::string charsmap = golden["charsmap"];
  uint32_t random = 1;
  for (int i = 0; i < 300; ++i) {
    std::string damaged = charsmap;
    for (int n = 0; n < 4; ++n) damaged[8 + (random = random * 1664525 + 1013904223) / 16 % (damaged.size() - 16)] = "/A8w"[n];
    try {
      const auto stage = make_normalizer({{"type", "Precompiled"}, {"precompiled_charsmap", damaged}}, kWhere);
      AlignedText text("abé e\u0301 \x01 ﬁ ① 中\t©\u00a0\r\n");
      stage->normalize(text);
      EXPECT_LE(text.source(0, text.size()).end, 100u);
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace gamana
