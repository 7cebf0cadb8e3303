#include "gamana/view/next_tokens.h"

#include <cmath>

#include "gamana/base/file.h"
#include "gamana/view/text.h"
#include "support.h"
#include "tests/support/base64.h"

namespace gamana::view {
namespace {

// "<s>", "Hi", " ", two halves of ಕ, "\n"; nothing stands before the first.
NextTokens sample_next() {
  NextTokens next{.title = "A </script> model",
                  .text = "Hi ಕ\n",
                  .tokens = {{0, "<s>", 0, 0, TokenKind::special},
                             {1, "Hi", 0, 2},
                             {2, "▁", 2, 3},
                             {3, "<0xE0>", 3, 6},
                             {4, "<0xB2>", 3, 6},
                             {5, "<0x0A>", 6, 7}},
                  .vocabulary = 8,
                  .bits = {NAN, 1, 2, 3, 0.5, 20},
                  .entropy = {NAN, 1.5, 2, 1, 1, 0.25},
                  .rank = {0, 1, 2, 3, 1, 8},
                  .top = 2,
                  .top_ids = {0, 0, 1, 2, 7, 2, 7, 1, 4, 3, 7, 6},
                  .top_probabilities = {0, 0, 0.5, 0.25, 0.5, 0.25, 0.5, 0.125, 0.75, 0.1f, 0.9f, 0.05f}};
  next.pieces = {{0, "<s>"}, {1, "Hi"}, {2, " "}, {3, "\xE0"}, {4, "\xB2\x95"}, {5, "\n"}, {6, "\u200D"}, {7, "a\"b"}};
  return next;
}

NextTokens many(int count) {
  NextTokens next{
      .title = "many", .text = {}, .tokens = {}, .vocabulary = 50000, .bits = {}, .entropy = {}, .rank = {}, .top = 1};
  for (int i = 0; i < count; ++i) {
    const auto begin = static_cast<uint32_t>(next.text.size());
    next.text += i % 50 == 49 ? " end.\n" : i % 3 ? " word" : " ಕನ್ನಡ";
    next.tokens.push_back({i % 7, "w", begin, static_cast<uint32_t>(next.text.size())});
    next.bits.push_back(i ? static_cast<float>(i * 37 % 150) / 10 : NAN),
        next.entropy.push_back(i ? 4 + std::sin(i / 9.0f) : NAN);
    next.rank.push_back(i ? 1 + i * 37 % 5000 : 0), next.top_ids.push_back(i % 7),
        next.top_probabilities.push_back(0.5f);
    next.pieces[i % 7] = " w" + std::to_string(i % 7);
  }
  return next;
}

TEST(NextTokens, SumsAreOfWhatWasScored) {
  const NextSummary s = summarize(sample_next());
  EXPECT_EQ(s.scored, 5);
  EXPECT_DOUBLE_EQ(s.bits_per_token, 26.5 / 5);
  EXPECT_DOUBLE_EQ(s.perplexity, std::exp2(26.5 / 5));
  EXPECT_DOUBLE_EQ(s.bits_per_byte, 26.5 / 7);
  EXPECT_DOUBLE_EQ(s.first, 0.4);
  NextTokens next = sample_next();  // a first token that stands for two bytes
  next.bits[1] = next.entropy[1] = NAN, next.rank[1] = 0;
  EXPECT_DOUBLE_EQ(summarize(next).bits_per_byte, 25.5 / 5);
}

TEST(NextTokens, SurpriseGoesByPowersOfTen) {
  EXPECT_EQ(surprise(0), 0);
  EXPECT_NEAR(surprise(std::log2(10.0)), 0.25, 1e-12);
  EXPECT_NEAR(surprise(std::log2(1000.0)), 0.75, 1e-12);
  EXPECT_EQ(surprise(100), 1);
}

TEST(NextTokens, TableHasALineForEachToken) {
  const auto lines = lines_of(draw_next_tokens_terminal(sample_next(), 80, false));
  ASSERT_EQ(lines.size(), 8u);
  EXPECT_EQ(lines[0], "token\tprobability\trank\tbits\tentropy\tlikeliest");
  EXPECT_EQ(lines[1], "<s>\t\t\t\t\t");
  EXPECT_EQ(lines[2], "Hi\t0.500000\t1\t1.000\t1.500\tHi 0.5000  ␣ 0.2500");
  EXPECT_EQ(lines[4], "⟨E0⟩\t0.125000\t3\t3.000\t1.000\ta\"b 0.5000  Hi 0.1250");
  EXPECT_EQ(lines[6], "↵\t0.000001\t8\t20.000\t0.250\ta\"b 0.9000  U+200D 0.0500");
  EXPECT_EQ(lines[7], "5 tokens · 5.300 bits per token · perplexity 39.40 · 3.786 bits per byte · likeliest 40.0 %");
}

TEST(NextTokens, ColouredTextFitsTheTerminal) {
  const auto lines = lines_of(without_colors(draw_next_tokens_terminal(many(200), 40, true)));
  std::string text;
  for (size_t i = 0; i + 3 < lines.size(); ++i) {
    EXPECT_LE(display_width(lines[i]), 40) << lines[i];
    EXPECT_TRUE(!lines[i].empty() || i + 4 == lines.size()) << i;
    text += lines[i].ends_with("↵") ? lines[i].substr(0, lines[i].size() - 3) + "\n" : lines[i];
  }
  EXPECT_EQ(text, many(200).text);
  const std::string drawn = draw_next_tokens_terminal(sample_next(), 80, true);
  EXPECT_TRUE(drawn.starts_with("<s>\033[38;5;16;48;5;231mHi\033[0m")) << drawn;
  EXPECT_NE(drawn.find("\033[38;5;16;48;5;153mಕ\033[0m\033[38;5;231;48;5;19m↵\033[0m\n"), std::string::npos) << drawn;
}

TEST(NextTokens, JsonHasPlainLists) {
  const std::string path = temporary("next.json");
  draw_next_tokens(sample_next(), path);
  const Json json = read_json(path);
  EXPECT_EQ(json["text"], sample_next().text);
  EXPECT_EQ(json["tokens"], Json({"<s>", "Hi", "▁", "<0xE0>", "<0xB2>", "<0x0A>"}));
  EXPECT_EQ(json["offsets"], Json::parse("[[0,0],[0,2],[2,3],[3,4],[3,4],[4,5]]"));
  EXPECT_EQ(json["bits"], Json::parse("[null,1,2,3,0.5,20]"));
  EXPECT_EQ(json["probability"][1], 0.5);
  EXPECT_EQ(json["rank"], Json::parse("[null,1,2,3,1,8]"));
  EXPECT_EQ(json["top_ids"], Json::parse("[[],[1,2],[7,2],[7,1],[4,3],[7,6]]"));
  EXPECT_EQ(json["top_texts"][4], Json({"⟨B2 95⟩", "⟨E0⟩"}));
  EXPECT_EQ(json["top_probabilities"][4], Json({0.75, 0.1}));
  EXPECT_EQ(json["perplexity"], summarize(sample_next()).perplexity);
  std::remove(path.c_str());
}

TEST(NextTokens, PageCarriesItsData) {
  const std::string path = temporary("next.html");
  draw_next_tokens(sample_next(), path);
  const std::string html = read_file(path);
  const Json data = page_data(html);
  EXPECT_EQ(data["text"], sample_next().text);
  EXPECT_EQ(data["segments"], Json({0, 0, 0, 1, 0, 2, 1, 1, 2, 3, 2, 1, 3, 4, 3, 2, 4, 5, 5, 1}));
  EXPECT_EQ(decode<int32_t>(data["rank"]), sample_next().rank);
  EXPECT_EQ(decode<float>(data["bits"])[5], 20);
  EXPECT_EQ(decode<int32_t>(data["topIds"]), sample_next().top_ids);
  EXPECT_EQ(decode<float>(data["topProbabilities"]), sample_next().top_probabilities);
  EXPECT_EQ(data["spellings"], Json({{"0", "<s>"},
                                     {"1", "Hi"},
                                     {"2", "␣"},
                                     {"3", "⟨E0⟩"},
                                     {"4", "⟨B2 95⟩"},
                                     {"5", "↵"},
                                     {"6", "U+200D"},
                                     {"7", "a\"b"}}));
  size_t scripts = 0;
  for (size_t at = 0; (at = html.find("</script>", at)) != std::string::npos; ++at) ++scripts;
  EXPECT_EQ(scripts, 2u);
  for (const char* word : {"http:", "https:", "src=", "href=", "import ", "fetch("})
    EXPECT_EQ(html.find(word), std::string::npos) << word;
  std::remove(path.c_str());
}

TEST(NextTokens, PicturesHoldTheWholeText) {
  const std::string png = temporary("next.png"), svg = temporary("next.svg");
  const auto height = [&](int tokens) {
    draw_next_tokens(many(tokens), png);
    EXPECT_TRUE(read_png(png).white_edge);
    return read_png(png).height;
  };
  const int few = height(50), more = height(100);  // each fifty fill as many lines, above the bars
  EXPECT_GT(more, few + 80);
  EXPECT_NEAR(height(150) - more, more - few, 6);
  draw_next_tokens(sample_next(), svg);
  EXPECT_TRUE(well_formed(read_file(svg)));
  EXPECT_NE(read_file(svg).find("perplexity 39.40"), std::string::npos);
  std::remove(png.c_str()), std::remove(svg.c_str());
}

TEST(NextTokens, OneTokenAlone) {
  NextTokens next{.title = {},
                  .text = "a",
                  .tokens = {{0, "a", 0, 1}},
                  .vocabulary = 3,
                  .bits = {NAN},
                  .entropy = {NAN},
                  .rank = {0}};
  next.pieces = {{0, "a"}};
  for (const char* name : {"one.png", "one.svg", "one.html", "one.json"}) {
    const std::string path = temporary(name);
    draw_next_tokens(next, path);
    EXPECT_TRUE(file_exists(path));
    std::remove(path.c_str());
  }
  EXPECT_NE(draw_next_tokens_terminal(next, 80, false).find("1 token, of which the model said nothing"),
            std::string::npos);
}

TEST(NextTokens, SaysWhatIsWrong) {
  const auto error = [](const auto& spoil) {
    NextTokens next = sample_next();
    next.title = "m", spoil(next);
    return error_of([&] { check(next); });
  };
  EXPECT_EQ(error([](NextTokens&) {}), "");
  EXPECT_EQ(error([](NextTokens& n) { n.tokens.clear(); }), "m: expected tokens, found none");
  EXPECT_EQ(error([](NextTokens& n) { n.entropy.pop_back(); }), "m: expected 6 entropies, found 5");
  EXPECT_EQ(error([](NextTokens& n) { n.top_ids.pop_back(); }), "m: expected 12 likely tokens, found 11");
  EXPECT_EQ(error([](NextTokens& n) { n.tokens[5].end = 9; }),
            "m, token 6: expected bytes in order and inside the text of 7, found [6, 9)");
  EXPECT_EQ(error([](NextTokens& n) { n.bits[2] = NAN; }),
            "m, token 3: expected surprisal and entropy of 0 bits or more, found nan and 2");
  EXPECT_EQ(error([](NextTokens& n) { n.pieces.erase(7); }), "m, token 3: a likely token has no text");
  EXPECT_EQ(error_of([&] { draw_next_tokens(sample_next(), "a.gif"); }),
            "a.gif: expected a name ending in .html or .png or .svg or .json");
}

TEST(Text, WhatWouldNotBeSeenBecomesSigns) {
  EXPECT_EQ(visible(" the"), "␣the");
  EXPECT_EQ(visible("a\n\tb"), "a↵⇥b");
  EXPECT_EQ(visible("ಕ\xE0\xB2"), "ಕ⟨E0 B2⟩");
  EXPECT_EQ(visible("\x95\xE0\xB2\x95\xF0"), "⟨95⟩ಕ⟨F0⟩");
  EXPECT_EQ(visible("\u200D"), "U+200D");
  EXPECT_EQ(visible(std::string("\0\x07", 2)), "⟨00⟩␇");
  EXPECT_EQ(visible(""), "");
  EXPECT_EQ(characters_before("aಕb"), (std::vector<uint32_t>{0, 1, 1, 1, 2, 3}));
}

}  // namespace
}  // namespace gamana::view
