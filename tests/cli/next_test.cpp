// gamana view next, and attention of a language model, as users see them. The model knows nothing: its weights are a
// formula.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gamana/base/file.h"
#include "program.h"
#include "tests/support/formula_weights.h"
#include "tests/support/tiny_bert.h"

namespace gamana {
namespace {

// GPT-2's layout in small (tests/golden/decoders.json), and its tokenizer's with letters and the bytes of ಕ.
class Next : public testing::Test {
 protected:
  Next() {
    make_directory(w.path("gpt"));
    const Json golden = read_json(GAMANA_SOURCE_DIR "/tests/golden/decoders.json");
    for (const Json& c : golden["cases"]) {
      if (c["class"] != "GPT2LMHeadModel") continue;
      write_formula_weights(w.path("gpt/model.safetensors"), c["tensors"]);
      write_json(w.path("gpt/config.json"), c["config"]);
    }
    Json vocabulary = {{"Ġ", 0}, {"Ċ", 1}, {"à", 2}, {"²", 3}, {"ķ", 4}};
    for (char letter = 'a'; letter <= 'z'; ++letter) vocabulary[std::string(1, letter)] = 5 + letter - 'a';
    vocabulary["Ġa"] = 31;
    const Json merges = Json::array({"Ġ a"});
    const Json bytes = {
        {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
    write_json(w.path("gpt/tokenizer.json"), {{"version", "1.0"},
                                              {"added_tokens", Json::array()},
                                              {"normalizer", nullptr},
                                              {"pre_tokenizer", bytes},
                                              {"post_processor", bytes},
                                              {"decoder", bytes},
                                              {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}}}});
  }

  Ran next(const Arguments& more, const std::string& input = "") const {
    return w.run(Arguments{"view", "next", "-m", "gpt", "--threads", "1"} + more, input);
  }

  const Workspace w;
};

TEST_F(Next, JsonTellsOfEachToken) {
  const std::string text = "cab a ಕ\nzed";
  const Ran ran = next({"--text", text, "-o", "next.json", "--top", "3"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json json = parse_json(w.read("next.json"), "next.json");
  EXPECT_EQ(json["text"], text);
  EXPECT_EQ(json["tokens"], Json({"c", "a", "b", "Ġa", "Ġ", "à", "²", "ķ", "Ċ", "z", "e", "d"}));
  // Spaces belong to the tokens that begin with them, though the tokenizer trims its offsets.
  EXPECT_EQ(json["offsets"],
            Json::parse("[[0,1],[1,2],[2,3],[3,5],[5,6],[6,7],[6,7],[6,7],[7,8],[8,9],[9,10],[10,11]]"));
  EXPECT_EQ(json["vocabulary"], 50);
  EXPECT_TRUE(json["bits"][0].is_null() && json["top_ids"][0].empty());
  double bits = 0;
  for (size_t i = 1; i < 12; ++i) {
    bits += json["bits"][i].get<double>();
    EXPECT_NEAR(json["probability"][i].get<double>(), std::exp2(-json["bits"][i].get<double>()), 1e-5);
    EXPECT_EQ(json["top_ids"][i].size(), 3u);
    const int rank = json["rank"][i];
    EXPECT_TRUE(rank > 3 || json["top_ids"][i][rank - 1] == json["ids"][i]);
    EXPECT_GT(json["entropy"][i].get<double>(), 0);
    EXPECT_LT(json["entropy"][i].get<double>(), std::log2(50));
  }
  EXPECT_NEAR(json["bits_per_token"].get<double>(), bits / 11, 1e-4);
  EXPECT_NEAR(json["bits_per_byte"].get<double>(), bits / 12, 1e-4);  // all bytes but the first
}

TEST_F(Next, LikelyTokensHaveTheTextTheyAdd) {
  const Ran ran = next({"--text", "a ಕ\n", "--top", "50"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(ran.out.starts_with("token\tprobability\trank\tbits\tentropy\tlikeliest\na\t\t\t\t\t\n␣\t0.")) << ran.out;
  for (const char* token : {"\n⟨E0⟩\t", "\n⟨B2⟩\t", "\n⟨95⟩\t", "\n↵\t", "  ␣a 0.", "  #40 0.", " bits per byte"})
    EXPECT_NE(ran.out.find(token), std::string::npos) << token << "\n" << ran.out;
}

TEST_F(Next, PagesAndPictures) {
  w.write("text.txt", "a cab\na zebra ಕ\n");
  for (const std::string name : {"next.html", "next.png", "next.svg"}) {
    const Ran ran = next({"text.txt", "-o", name});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.out, "");
    EXPECT_TRUE(w.has(name));
  }
  EXPECT_NE(w.read("next.html").find("a zebra ಕ\""), std::string::npos);
  const Ran piped = next({"-"}, "a cab");
  EXPECT_EQ(std::count(piped.out.begin(), piped.out.end(), '\n'), 7) << piped.out << piped.err;
}

TEST_F(Next, LongTextsGoInWindows) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += static_cast<char>('a' + i * 7 % 26);
  const Ran whole = next({"--text", text, "-o", "24.json"}),
            less = next({"--text", text, "-o", "8.json", "--context", "8"});
  ASSERT_EQ(whole.code, 0) << whole.err;
  ASSERT_EQ(less.code, 0) << less.err;
  const Json a = parse_json(w.read("24.json"), "json"), b = parse_json(w.read("8.json"), "json");
  EXPECT_EQ(a["bits"].size(), 60u);
  EXPECT_EQ(a["bits"][7], b["bits"][7]);
  EXPECT_NE(a["bits"][8], b["bits"][8]);
}

TEST_F(Next, AttentionOfALanguageModelIsCausal) {
  const Ran ran = w.run({"view", "attention", "-m", "gpt", "--text", "a cab", "-o", "attention.json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json json = parse_json(w.read("attention.json"), "attention.json");
  ASSERT_EQ(json["layers"].size(), 3u);
  EXPECT_EQ(json["layers"][2]["name"], "decoder.2");
  for (const Json& layer : json["layers"])
    for (const Json& head : layer["weights"])
      for (size_t q = 0; q < 5; ++q) {
        double sum = 0;
        for (size_t k = 0; k < 5; ++k) sum += head[q][k].get<double>();
        for (size_t k = q + 1; k < 5; ++k) EXPECT_EQ(head[q][k], 0.0);
        EXPECT_NEAR(sum, 1, 1e-5);
      }
  EXPECT_EQ(json["queries"], Json({"a", "Ġ", "c", "a", "b"}));
  expect_fault(w.run({"view", "attention", "-m", "gpt", "--text", "", "-o", "a.html"}), {"--text", "found none"});
  EXPECT_EQ(w.run({"view", "attention", "-m", "gpt", "--text", "a cab", "-o", "a.html"}).code, 0);
  const std::string page = w.read("a.html");
  EXPECT_NE(page.find(R"("causal":true)"), std::string::npos);
  EXPECT_NE(page.find(R"(["a","␣","c","a","b"])"), std::string::npos);
}

TEST_F(Next, FaultsAreSaid) {
  expect_fault(next({"--text", "a", "text.txt"}), {"expected --text or a file, found both"});
  expect_fault(next({"-"}), {"standard input: expected a text, found none"});
  expect_fault(next({"--text", ""}), {"--text: expected a text, found none"});
  expect_fault(next({"nowhere.txt"}), {"nowhere.txt"});
  expect_fault(next({"--text", "\xff"}), {"--text is not valid UTF-8"});
  expect_fault(next({"--text", "a", "--context", "25"}), {"--context: the model reads at most 24 tokens, found 25"});
  expect_fault(next({"--text", "a", "-o", "a.gif"}), {".html or .png or .svg or .json"});
  write_tiny_bert(w.path("bert"), {"a"});
  expect_fault(w.run({"view", "next", "-m", "bert", "--text", "a"}), {"next word"});
}

}  // namespace
}  // namespace gamana
