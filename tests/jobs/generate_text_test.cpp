// Texts of given tokens: whole characters, stop strings across tokens, how they end.
#include "gamana/jobs/generate_text.h"

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/jobs/generation_config.h"
#include "gamana/base/file.h"
#include "gamana/jobs/stop_text.h"
#include "tests/support/messages.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

// Each byte a token, 256 ends.
Tokenizer byte_tokenizer() {
  Json vocabulary = Json::object();
  int others = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const bool shown = (byte >= 33 && byte <= 126) || (byte >= 161 && byte != 173);
    const int code = shown ? byte : 256 + others++;
    std::string text;
    if (code < 128) text = static_cast<char>(code);
    else text = {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 63))};
    vocabulary[text] = byte;
  }
  const Json json = {
      {"version", "1.0"},
      {"added_tokens", {{{"id", 256}, {"content", "<end>"}, {"single_word", false}, {"lstrip", false}, {"rstrip", false},
                         {"normalized", false}, {"special", true}}}},
      {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", false}}},
      {"decoder", {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", true}, {"use_regex", true}}},
      {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", Json::array()}}}};
  return Tokenizer::parse(json.dump(), "test");
}

// Writes a given text after any prompt of the length it knows, and then the end token.
class Script : public DecodeModel {
 public:
  Script(size_t prompt, std::string text) : prompt_(prompt), text_(std::move(text)) {}
  int vocabulary_size() const override { return 257; }
  int start_token() const override { return -1; }
  int end_token() const override { return 256; }
  int max_positions() const override { return 1000; }
  void reserve(int, int, int) override {}
  void encode(std::span<const std::vector<int>>, std::span<const int>) override {}
  void step(std::span<const StepRow> rows) override {
    times_.clear();
    for (const StepRow& row : rows)
      if (row.wants_logits) times_.push_back(row.time);
  }
  void project(int begin, int end, float* logits) const override {
    for (const int time : times_) {
      const size_t at = time + 1 - prompt_;
      const int next = at < text_.size() ? static_cast<unsigned char>(text_[at]) : 256;
      for (int v = begin; v < end; ++v) *logits++ = v == next ? 20.0f : 0.0f;
    }
  }

 private:
  size_t prompt_;
  std::string text_;
  std::vector<int> times_;
};

struct Told {
  std::vector<std::string> pieces;
  GeneratedText text;
};

Told write(const std::string& text, TextRequest request = {}) {
  const Tokenizer tokenizer = byte_tokenizer();
  const std::string prompt = "ab \xC3\xA9";
  Script model(prompt.size(), text);
  TextGenerator generator(model, tokenizer, 256);
  request.prompt = generator.encode(prompt);
  Told told;
  TextCallbacks callbacks;
  callbacks.text = [&](size_t, int, std::string_view piece) { return told.pieces.emplace_back(piece), true; };
  told.text = generator.run({&request, 1}, callbacks)[0].at(0);
  std::string joined;
  for (const std::string& piece : told.pieces) joined += piece;
  EXPECT_EQ(joined, told.text.text);
  return told;
}

TEST(GenerateText, TellsWholeCharacters) {
  const Told told = write(" d\xC3\xA9j\xC3\xA0 \xF0\x9F\x98\x80!");
  EXPECT_EQ(told.pieces,
            (std::vector<std::string>{" ", "d", "\xC3\xA9", "j", "\xC3\xA0", " ", "\xF0\x9F\x98\x80", "!"}));
  EXPECT_EQ(told.text.finish, TextFinish::stop);
  EXPECT_EQ(told.text.tokens.size(), 14u);
  EXPECT_EQ(told.text.tokens.back(), 256);
}

TEST(GenerateText, EndsBeforeAStopString) {
  TextRequest request;
  request.stop = {"END", "\n\n"};
  Told told = write("one EN two E\nEND three", request);
  EXPECT_EQ(told.text.text, "one EN two E\n");
  EXPECT_EQ(told.text.finish, TextFinish::stop_string);
  EXPECT_EQ(told.text.tokens.size(), 16u);  // nothing is generated after it
  EXPECT_EQ(std::count(told.pieces.begin(), told.pieces.end(), "EN "), 1);  // held back until it was none
  told = write("one EN", request);
  EXPECT_EQ(told.text.text, "one EN");
  EXPECT_EQ(told.text.finish, TextFinish::stop);
  request.options.num_beams = 2;
  const std::vector<std::string> none;
  const Tokenizer tokenizer = byte_tokenizer();
  Script model(1, "xENDy");
  TextGenerator generator(model, tokenizer, 256);
  request.prompt = generator.encode("a");
  const GeneratedText beam = generator.run({&request, 1})[0].at(0);
  EXPECT_EQ(beam.text, "x");
  EXPECT_EQ(beam.finish, TextFinish::stop_string);
  EXPECT_EQ(beam.tokens.size(), 4u);
}

TEST(GenerateText, SaysHowItEnded) {
  TextRequest request;
  request.options.max_new_tokens = 4;
  Told told = write("abcdef", request);
  EXPECT_EQ(told.text.text, "abcd");
  EXPECT_EQ(told.text.finish, TextFinish::length);
  told = write("abc\xC3\xA9", request);  // cut within a character
  EXPECT_EQ(told.text.text, "abc\xEF\xBF\xBD");
  const Tokenizer tokenizer = byte_tokenizer();
  Script model(1, "abcdef");
  TextGenerator generator(model, tokenizer, 256);
  TextRequest open{generator.encode("x")};
  TextCallbacks callbacks;
  callbacks.text = [&](size_t, int, std::string_view piece) { return piece != "c"; };
  const GeneratedText text = generator.run({&open, 1}, callbacks)[0].at(0);
  EXPECT_EQ(text.text, "abc");
  EXPECT_EQ(text.finish, TextFinish::interrupted);
  EXPECT_EQ(finish_name(text.finish), "interrupted");
}

TEST(GenerateText, EmptyPromptsBeginWithATokenOrAreRefused) {
  const Tokenizer tokenizer = byte_tokenizer();
  Script model(1, "abc");
  EXPECT_EQ(TextGenerator(model, tokenizer, 256).encode(""), std::vector<int>{256});
  EXPECT_THROW(TextGenerator(model, tokenizer, -1).encode(""), Error);
  TokenizerSettings settings;
  EXPECT_EQ(begin_token(tokenizer, settings, Json::object()), -1);
  EXPECT_EQ(begin_token(tokenizer, settings, {{"eos_token_id", 256}}), 256);
  settings.token(TokenRole::end) = AddedToken{.content = "<end>"};
  EXPECT_EQ(begin_token(tokenizer, settings, {{"bos_token_id", 3}}), 256);
}

TEST(GenerateText, VocabulariesAreCompared) {
  const Tokenizer tokenizer = byte_tokenizer();
  EXPECT_EQ(compare_vocabularies(tokenizer, 257, "m"), "");
  EXPECT_EQ(compare_vocabularies(tokenizer, 300, "m"), "");
  EXPECT_EQ(compare_vocabularies(tokenizer, 50257, "m"),
            "m: the tokenizer has 257 entries, the model 50257: do they belong together?");
  EXPECT_EQ(compare_vocabularies(tokenizer, 256, "m"), "");  // <end> is special
  EXPECT_THROW(compare_vocabularies(tokenizer, 255, "m"), Error);
}

TEST(GenerateText, StopStringsMayOverlap) {
  StopText stop({"aab", "abc"});
  std::string out;
  EXPECT_FALSE(stop.push("a", out));
  EXPECT_FALSE(stop.push("a", out));
  EXPECT_FALSE(stop.push("a", out));
  EXPECT_EQ(out, "a");
  EXPECT_TRUE(stop.push("b", out));
  EXPECT_EQ(out, "a");
  EXPECT_THROW(StopText({""}), Error);
}

TEST(GenerationConfig, IsReadAndCheckedByType) {
  const Json json = Json::parse(R"({"do_sample": true, "temperature": 0.6, "top_p": 0.9, "top_k": 20, "min_p": null,
      "eos_token_id": [3, 5], "suppress_tokens": [7], "max_new_tokens": 12, "early_stopping": "never"})");
  const RequestOptions o = generation_options(json, "generation_config.json");
  EXPECT_TRUE(o.do_sample);
  EXPECT_FLOAT_EQ(o.temperature, 0.6f);
  EXPECT_FLOAT_EQ(o.top_p, 0.9f);
  EXPECT_EQ(o.top_k, 20);
  EXPECT_EQ(o.min_p, 0);
  EXPECT_EQ(o.end_tokens, (std::vector<int>{3, 5}));
  EXPECT_EQ(o.suppress_tokens, std::vector<int>{7});
  EXPECT_EQ(o.max_new_tokens, 12);
  EXPECT_EQ(o.early_stopping, EarlyStopping::never);
  EXPECT_EQ(generation_options({{"eos_token_id", 4}}, "").end_tokens, std::vector<int>{4});
  EXPECT_THROW(generation_options({{"eos_token_id", "x"}}, ""), Error);
  EXPECT_THROW(generation_options({{"temperature", "hot"}}, ""), Error);
  EXPECT_THROW(generation_options({{"top_k", 2.7}}, ""), Error);
  EXPECT_THROW(generation_options({{"top_k", 1e30}}, ""), Error);
  EXPECT_THROW(generation_options({{"seed", -1}}, ""), Error);
  const Json words = Json::parse(R"({"min_new_tokens": 4, "bad_words_ids": [[3], [4, 5]], "begin_suppress_tokens": [6],
      "forced_eos_token_id": 2})");
  const RequestOptions w = generation_options(words, "generation_config.json");
  EXPECT_EQ(w.min_new_tokens, 4);
  EXPECT_EQ(w.bad_words_ids, (std::vector<std::vector<int>>{{3}, {4, 5}}));
  EXPECT_EQ(w.begin_suppress_tokens, std::vector<int>{6});
  EXPECT_EQ(w.forced_eos_token_id, 2);
  EXPECT_THROW(generation_options({{"bad_words_ids", {3}}}, ""), Error);
}

TEST(GenerationConfig, WhatIsNotKnownIsRefusedUnlessItSaysNothing) {
  const std::string folder = new_folder();
  const auto read = [&](const char* file, const Json& json) {
    write_json(join_path(folder, file), json);
    return read_generation_defaults(folder);
  };
  // Without generation_config.json transformers reads config.json.
  GenerationDefaults defaults = read("config.json", {{"model_type", "gpt2"}, {"eos_token_id", 8}, {"repetition_penalty", 1.5}});
  EXPECT_EQ(defaults.options.repetition_penalty, 1.5f);
  EXPECT_EQ(defaults.options.end_tokens, std::vector<int>{8});
  defaults = read("generation_config.json", {{"stop_strings", "\n\n"}, {"guidance_scale", 1.0}, {"max_time", nullptr},
                                             {"use_cache", true}, {"num_beam_groups", 1}, {"diversity_penalty", 0.0}});
  EXPECT_EQ(defaults.options.repetition_penalty, 1.0f);
  EXPECT_EQ(defaults.options.end_tokens, std::vector<int>{8});
  EXPECT_EQ(defaults.stop, std::vector<std::string>{"\n\n"});
  EXPECT_EQ(read("generation_config.json", {{"stop_strings", {"a", "b"}}}).stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_THROW(read("generation_config.json", {{"stop_strings", 3}}), Error);
  const std::string said = message_of([&] { read("generation_config.json", {{"guidance_scale", 1.5}}); });
  EXPECT_NE(said.find("generation_config.json: \"guidance_scale\": 1.5"), std::string::npos) << said;
}

}  // namespace
}  // namespace gamana
