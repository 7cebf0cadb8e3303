#include "gamana/text/pre_tokenizers/pre_tokenizer.h"

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "tests/support/golden.h"

using namespace gamana;

namespace {

std::unique_ptr<PreTokenizer> make(const Json& config, bool raw_bytes = false) {
  return make_pre_tokenizer(config, "test", raw_bytes);
}

PieceText whole(std::string_view text, uint32_t origin = 0) {
  PieceText out;
  out.text = AlignedText(text, origin);
  if (!text.empty()) out.pieces.push_back({0, static_cast<uint32_t>(text.size()), -1});
  return out;
}

// [[piece, begin, end], …] with offsets in bytes of the original.
Json described(const PieceText& text) {
  Json out = Json::array();
  for (const Piece& piece : text.pieces) {
    const Span source = text.text.source(piece.begin, piece.end);
    out.push_back({text.view(piece), source.begin, source.end});
  }
  return out;
}

Json pieces(const Json& config, std::string_view text, uint32_t origin = 0) {
  PieceText split = whole(text, origin);
  make(config)->split(split);
  return described(split);
}

std::string pre_tokenizer_fault(const std::string& config) {
  try {
    make(Json::parse(config));
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST(PreTokenizers, SplitAsTokenizersDo) {
  const Json& all = golden("text/pre_tokenizers");
  for (const Json& accepted : all["accepted"]) {
    for (size_t i = 0; i < all["texts"].size(); ++i) {
      const auto text = all["texts"][i].get<std::string>();
      EXPECT_EQ(pieces(accepted["config"], text), accepted["pieces"][i]) << accepted["config"] << "\n" << all["texts"][i];
    }
  }
}

TEST(PreTokenizers, RefuseWhatTokenizersRefuse) {
  const Json& all = golden("text/pre_tokenizers");
  for (const Json& config : all["refused"]) EXPECT_THROW(make(config), Error) << config;
}

TEST(PreTokenizers, FaultsAreNamed) {
  EXPECT_EQ(pre_tokenizer_fault(R"({"type":"Digits"})"), R"(test: "individual_digits": expected true or false, found none)");
  EXPECT_EQ(pre_tokenizer_fault(R"({"type":"Sequence","pretokenizers":[{"type":"FixedLength","length":0}]})"),
            R"(test, pretokenizers[0]: "length": expected a whole number above 0, found 0)");
  std::string nested = R"({"type":"Whitespace"})";
  for (int i = 0; i < 100; ++i) nested = R"({"type":"Sequence","pretokenizers":[)" + nested + "]}";
  EXPECT_NE(pre_tokenizer_fault(nested).find("at most 64 sequences"), std::string::npos);
}

TEST(PreTokenizers, NoneForNull) {
  bool raw_bytes = true;
  EXPECT_FALSE(make_pre_tokenizer(nullptr, "test", raw_bytes));
  EXPECT_FALSE(raw_bytes);
}

TEST(PreTokenizers, AddedTokensAreLeftAlone) {
  for (const char* config : {R"({"type":"Metaspace","replacement":"_"})", R"({"type":"BertPreTokenizer"})",
                             R"({"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true})"}) {
    const std::string original = "a b<a b>c";
    PieceText text = whole(original);
    text.pieces = {{0, 3, -1}, {3, 8, 7}, {8, 9, -1}};
    make(Json::parse(config))->split(text);
    ASSERT_EQ(text.pieces.size(), 4u) << config;
    EXPECT_EQ(text.pieces[2].token, 7);
    EXPECT_EQ(text.text.source(text.pieces[2].begin, text.pieces[2].end), (Span{3, 8}));
    EXPECT_EQ(text.text.source(text.pieces[3].begin, text.pieces[3].end), (Span{8, 9}));
  }
}

TEST(PreTokenizers, MetaspaceFirstIsTheBeginOfTheOriginal) {
  const Json config = {{"type", "Metaspace"}, {"replacement", "_"}, {"prepend_scheme", "first"}};
  EXPECT_EQ(pieces(config, "a b"), Json::parse(R"([["_a",0,1],["_b",1,3]])"));
  EXPECT_EQ(pieces(config, "a b", 5), Json::parse(R"([["a",5,6],["_b",6,8]])"));
}

TEST(PreTokenizers, BytesStayWhereTheModelReadsThem) {
  const Json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", true}};
  const Json digits = {{"type", "Digits"}, {"individual_digits", true}};
  const auto sequence = [](const Json& a, const Json& b) { return Json{{"type", "Sequence"}, {"pretokenizers", {a, b}}}; };
  const auto stay_raw = [](const Json& config) {
    bool raw_bytes = true;
    make_pre_tokenizer(config, "test", raw_bytes);
    return raw_bytes;
  };
  EXPECT_TRUE(stay_raw(bytes));
  EXPECT_TRUE(stay_raw(sequence(digits, bytes)));
  EXPECT_TRUE(stay_raw(sequence(digits, sequence(digits, bytes))));
  EXPECT_FALSE(stay_raw(sequence(bytes, digits)));
  EXPECT_FALSE(stay_raw(digits));
  EXPECT_FALSE(stay_raw({{"type", "Sequence"}, {"pretokenizers", Json::array()}}));

  PieceText text = whole("é b");
  make(bytes, true)->split(text);
  EXPECT_EQ(described(text), Json::parse(R"([[" é",0,2],[" b",2,4]])"));
}
