#include "gamana/view/tokens.h"

#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "support.h"

namespace gamana::view {
namespace {

const std::string kText = "a 😀x!\n";  // 9 bytes, 6 characters

TokenizedText sample_text() {
  return {"bytes </script>", {{7, "<s>", 0, 0, TokenKind::special},    {1, "a", 0, 1},  {2, "Ġð", 1, 6},
                              {3, "Ł", 2, 6},     {4, "ĺ", 2, 6},  {5, "x", 6, 7},
                              {5, "X", 6, 6, TokenKind::unknown}}};
}

TEST(Tokens, SegmentsCoverTheText) {
  const std::vector<TokenSegment> expected = {{0, 0, 0, 1}, {0, 1, 1, 1}, {1, 6, 2, 3}, {6, 7, 5, 1},
                                              {7, 7, 6, 1}, {7, 8, 7, 0}, {8, 9, 7, 0}};
  EXPECT_EQ(segments(kText, sample_text().tokens), expected);
  EXPECT_EQ(segments("abc", {}), (std::vector<TokenSegment>{{0, 3, 0, 0}}));
  EXPECT_TRUE(segments("", {}).empty());
  // A token without text between two that share a character.
  const std::vector<ShownToken> shared = {{1, "", 0, 4}, {2, "", 0, 0}, {3, "", 0, 4}, {4, "", 5, 6}};
  EXPECT_EQ(segments("😀 x", shared), (std::vector<TokenSegment>{{0, 4, 0, 3}, {4, 5, 3, 0}, {5, 6, 3, 1}}));
}

TEST(Tokens, DrawnWithoutColours) {
  EXPECT_EQ(draw_tokens(kText, sample_text(), 80, false), "<s>|a| 😀×3|x|X|⟨!⟩\n7 1 2 3 4 5 5\n");
  EXPECT_EQ(draw_tokens("a b", {"", {{1, "a", 0, 1}, {2, "b", 2, 3}}}, 80, false), "a|b\n1 2\n");
}

TEST(Tokens, ColouredRowsFitTheTerminal) {
  TokenizedText many{"", {}};
  std::string text;
  for (uint32_t i = 0; i < 50; ++i) text += "ab", many.tokens.push_back({1000, "ab", 2 * i, 2 * i + 2});
  const std::string drawn = draw_tokens(text, many, 23, true);  // four ids of five columns
  EXPECT_EQ(std::count(drawn.begin(), drawn.end(), '\n'), 2 * 13);
  EXPECT_NE(drawn.find("\033[2m1000 1000 1000 1000 \033[0m\n"), std::string::npos) << drawn;
}

TEST(Tokens, PageCarriesItsData) {
  const std::string path = temporary("tokens.html");
  write_html(TokenPage{"", kText, {sample_text()}}, path);
  const std::string html = read_file(path);
  const Json data = page_data(html);
  const Json column = data["columns"][0];
  EXPECT_EQ(data["text"], kText);
  EXPECT_EQ(column["name"], "bytes </script>");
  EXPECT_EQ(column["ids"], Json({7, 1, 2, 3, 4, 5, 5}));
  EXPECT_EQ(column["spans"], Json({0, 0, 0, 1, 1, 3, 2, 3, 2, 3, 3, 4, 3, 3}));  // characters
  EXPECT_EQ(column["segments"], Json({0, 0, 0, 1, 0, 1, 1, 1, 1, 3, 2, 3, 3, 4, 5, 1, 4, 4, 6, 1, 4, 5, 7, 0, 5, 6, 7, 0}));
  EXPECT_EQ(column["special"], Json({0}));
  EXPECT_EQ(column["unknown"], Json({6}));
  EXPECT_EQ(column["spellings"]["5"], "x");
  EXPECT_EQ(column["others"], Json({{"6", "X"}}));
  for (const char* word : {"http:", "https:", "src=", "href=", "import", "fetch("})
    EXPECT_EQ(html.find(word), std::string::npos) << word;
  std::remove(path.c_str());
  EXPECT_EQ(error_of([&] { write_html(TokenPage{"", "a", {}}, path); }),
            "token page: expected at least one tokenizer, found none");
}

}  // namespace
}  // namespace gamana::view
