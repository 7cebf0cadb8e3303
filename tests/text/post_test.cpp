// Against what `tokenizers` does (tools/golden/post.py).
#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/json.h"
#include "gamana/text/post/decoder.h"
#include "gamana/text/post/post_processor.h"
#include "gamana/text/post/replace.h"
#include "gamana/text/post/stream_decoder.h"
#include "tests/support/golden.h"

namespace gamana {
namespace {

class Names : public TokenNames {
 public:
  std::string name(const Encoding& encoding, size_t token) const override {
    for (const auto& [index, text] : encoding.literals)
      if (index == token) return text;
    return golden("text/post")["words"][encoding.ids[token]];
  }
};

Json record(const Encoding& encoding) {
  Json tokens = Json::array(), offsets = Json::array(), sequences = Json::array(), windows = Json::array();
  for (size_t i = 0; i < encoding.size(); ++i) {
    tokens.push_back(Names().name(encoding, i));
    offsets.push_back({encoding.offsets[i].begin, encoding.offsets[i].end});
    sequences.push_back(encoding.sequence_of(i));
  }
  for (const Encoding& window : encoding.overflowing) windows.push_back(record(window));
  return {{"ids", encoding.ids},
          {"types", encoding.type_ids},
          {"tokens", tokens},
          {"offsets", offsets},
          {"words", encoding.word_ids},
          {"special", encoding.special_tokens_mask},
          {"attention", encoding.attention_mask},
          {"sequences", sequences},
          {"overflowing", windows}};
}

Encoding sequence(const Json& json, int32_t type) {
  Encoding out;
  out.ids = json["ids"].get<std::vector<int32_t>>();
  out.word_ids = json["words"].get<std::vector<int32_t>>();
  for (const Json& place : json["offsets"]) out.offsets.push_back({place[0], place[1]});
  out.type_ids.assign(out.size(), type);
  out.special_tokens_mask.assign(out.size(), 0);
  out.attention_mask.assign(out.size(), 1);
  return out;
}

Json process(const Json& row) {
  const auto processor = make_post_processor(row["processor"], "post_processor");
  const auto truncation = read_truncation(row["truncation"], "truncation");
  const auto padding = read_padding(row["padding"], "padding");
  EXPECT_EQ(write_truncation(truncation), row["truncation"]);
  EXPECT_EQ(write_padding(padding), row["padding"]);
  std::optional<Encoding> second;
  if (!row["second"].is_null()) second = sequence(row["second"], 1);
  Encoding out = post_process(sequence(row["first"], 0), second, processor.get(), truncation, row["special"], Names());
  const Names names;
  if (padding) pad(out, padded_length(static_cast<int64_t>(out.size()), *padding), *padding, &names);
  return record(out);
}

TEST(PostProcessor, DoesWhatTokenizersDoes) {
  EXPECT_GE(golden("text/post")["processing"].size(), 100u);
  for (const Json& row : golden("text/post")["processing"]) {
    if (row["result"].is_null())
      EXPECT_THROW(process(row), Error) << row.dump();
    else
      EXPECT_EQ(process(row), row["result"]) << row.dump();
  }
}

TEST(PostProcessor, ReadsTemplatesAsTokenizersDoes) {
  for (const Json& row : golden("text/post")["templates"]) {
    const auto read = [&] { return template_processing(row["single"], row["pair"], {{"[S]", 3}, {"", 2}}); };
    if (row["result"].is_null())
      EXPECT_THROW(read(), Error) << row.dump();
    else
      EXPECT_EQ(read(), row["result"]) << row.dump();
  }
}

std::string fault(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(PostProcessor, NamesWhatIsWrong) {
  const auto of = [](const char* json) {
    return fault([&] { make_post_processor(Json::parse(json), "t.json: post_processor"); });
  };
  EXPECT_EQ(of("5"), "t.json: post_processor: expected an object, found 5");
  EXPECT_EQ(of("{}"),
            "t.json: post_processor: \"type\": expected one of TemplateProcessing, BertProcessing, RobertaProcessing, "
            "ByteLevel, Sequence, found nothing");
  EXPECT_EQ(of(R"({"type":"ByteLevel","add_prefix_space":1})"),
            "t.json: post_processor: \"add_prefix_space\": expected true or false, found 1");
  EXPECT_EQ(
      of(R"({"type":"TemplateProcessing","single":[{"Sequence":{"id":"C","type_id":0}}],"pair":[],"special_tokens":{}})"),
      "t.json: post_processor: single[0]: \"id\": expected one of A, B, found \"C\"");
  EXPECT_EQ(of(R"({"sep":["a",-1],"cls":["b",2]})"),
            "t.json: post_processor: sep: \"id\": expected a whole number from 0 to 2147483647, found -1");
  EXPECT_EQ(of("null"), "");
  std::string deep = "null";
  for (int i = 0; i < 5000; ++i) deep = R"({"type":"Sequence","processors":[)" + deep + "]}";
  EXPECT_NE(of(deep.c_str()), "");
  EXPECT_EQ(fault([] { read_padding(Json::parse(R"({"strategy":"Longest"})"), "padding"); }),
            "padding: \"strategy\": expected one of BatchLongest, found \"Longest\"");
  EXPECT_EQ(fault([] { read_truncation(Json::parse(R"({"max_length":3.5})"), "truncation"); }),
            "truncation: \"max_length\": expected a whole number, not negative, found 3.5");
}

// A vocabulary, its decoder, and ids by them.
struct Decoding {
  explicit Decoding(const Json& json, bool clean_up = false)
      : tokens(golden("text/post")["tokens"].get<std::vector<std::string>>()),
        decoder(make_decoder(json, "decoder")),
        text(
            decoder.get(), static_cast<int64_t>(tokens.size()),
            [this](int32_t id) {
              return static_cast<size_t>(id) < tokens.size() ? std::optional<std::string_view>(tokens[id])
                                                             : std::nullopt;
            },
            [this](std::string_view token) {
              for (const int32_t id : golden("text/post")["special_ids"])
                if (tokens[id] == token) return true;
              return false;
            },
            clean_up) {}

  std::string streamed(const std::vector<int32_t>& ids, bool skip) {
    StreamDecoder stream(text, skip);
    std::string out;
    for (const int32_t id : ids) stream.push(id, out);
    stream.finish(out);
    return out;
  }

  std::vector<std::string> tokens;
  std::unique_ptr<Decoder> decoder;
  TextDecoder text;
};

TEST(Decoder, DoesWhatTokenizersDoes) {
  EXPECT_GE(golden("text/post")["decoding"].size(), 400u);
  for (const Json& row : golden("text/post")["decoding"]) {
    Decoding decoding(row["decoder"]);
    const std::vector<int32_t> ids = row["ids"];
    EXPECT_EQ(decoding.text.decode(ids, row["skip"]), row["text"]) << row.dump();
    EXPECT_EQ(decoding.streamed(ids, row["skip"]), row["text"]) << row.dump();
    if (!decoding.decoder || row["skip"]) continue;
    std::vector<std::string> parts;  // and the decoder itself
    for (const int32_t id : ids)
      if (id < static_cast<int32_t>(decoding.tokens.size())) parts.push_back(decoding.tokens[id]);
    decoding.decoder->decode(parts);
    std::string text;
    for (const std::string& part : parts) text += part;
    EXPECT_EQ(text, row["text"]) << row.dump();
  }
}

TEST(Decoder, CleansUpAsTheTextArrives) {
  const std::string alphabet = " .,?!'nt'msve'r  x";
  uint32_t random = 1;
  for (int round = 0; round < 300; ++round) {
    std::string text, streamed;
    SpaceCleaner cleaner;
    for (int i = 0; i < 40; ++i) {
      random = random * 1664525 + 1013904223;
      const std::string part(1 + random % 2, alphabet[(random >> 16) % alphabet.size()]);
      text += part;
      cleaner.push(part, streamed);
    }
    cleaner.finish(streamed);
    const std::string given = text;
    clean_up_spaces(text);
    EXPECT_EQ(streamed, text) << given;
  }
}

TEST(Decoder, HoldsBackOnlyWhatMayChange) {
  const auto parts = [](const char* decoder, const std::vector<const char*>& tokens) {
    Decoding decoding(Json::parse(decoder));
    StreamDecoder stream(decoding.text);
    std::vector<std::string> out;
    for (const char* token : tokens) {
      const auto at = std::find(decoding.tokens.begin(), decoding.tokens.end(), token);
      stream.push(static_cast<int32_t>(at - decoding.tokens.begin()), out.emplace_back());
    }
    stream.finish(out.emplace_back());
    return out;
  };
  using Parts = std::vector<std::string>;
  EXPECT_EQ(parts(R"({"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true})",
                  {"a", "âĤ", "¬", "âĤ", "a", "ð", "Ł", "ĺ", "Ģ", "Ã"}),
            (Parts{"a", "", "€", "", "\uFFFDa", "", "", "", "😀", "", "\uFFFD"}));
  EXPECT_EQ(parts(R"({"type":"CTC","pad_token":"<0x61>","word_delimiter_token":"|","cleanup":true})",
                  {"a", "a", "<0x61>", "a", "b", "|", "|", "b"}),
            (Parts{"a", "", "", "a", "b", " ", "", "b", ""}));
  EXPECT_EQ(parts(R"({"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":2}]})",
                  {" ", "a", " ", "  ", "b", "  ", " "}),
            (Parts{"", "a", "", " ", "  b", "", " ", ""}));
}

TEST(Decoder, NamesWhatIsWrong) {
  const auto of = [](const char* json) { return fault([&] { make_decoder(Json::parse(json), "t.json: decoder"); }); };
  EXPECT_EQ(of("[]"), "t.json: decoder: expected an object, found a list");
  EXPECT_NE(of(R"({"type":"Nope"})").find("found \"Nope\""), std::string::npos);
  EXPECT_EQ(of(R"({"type":"Metaspace","replacement":"ab"})"),
            "t.json: decoder: \"replacement\": expected a text of one character, found \"ab\"");
  EXPECT_NE(of(R"({"type":"Metaspace","replacement":"_","add_prefix_space":false})"), "");
  EXPECT_NE(of(R"({"type":"Replace","pattern":"a","content":"b"})"), "");
  EXPECT_NE(of(R"({"type":"Replace","pattern":{"Regex":"(a"},"content":"b"})"), "");
  EXPECT_NE(of(R"({"type":"Sequence","decoders":[null]})"), "");
  EXPECT_EQ(of(R"({"type":"Sequence","decoders":[{"type":"Strip","content":" ","start":1}]})"),
            "t.json: decoder: decoders[0]: \"stop\": expected a whole number, not negative, found nothing");
}

TEST(CleanUpSpaces, BeforePunctuationAndContractions) {
  std::string text = "do n't . ? ! , a ' b it 's I 'm we 've they 're .", dots, points;
  clean_up_spaces(text);
  EXPECT_EQ(text, "don't.?!, a'b it's I'm we've they're.");
  for (int i = 0; i < 1000000; ++i) dots += " .", points += ".";
  clean_up_spaces(dots);
  EXPECT_EQ(dots, points);  // in a time that grows with the length
}

}  // namespace
}  // namespace gamana
