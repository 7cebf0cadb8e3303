#include "gamana/view/alignment.h"

#include <cmath>
#include <limits>

#include "gamana/base/file.h"
#include "gamana/view/page.h"
#include "gamana/view/text.h"
#include "support.h"

namespace gamana::view {
namespace {

// Weights of rows that sum to 1, all different.
Alignment sample(std::vector<std::string> source, std::vector<std::string> target) {
  Alignment a{std::move(source), std::move(target), {}, "Sample"};
  const size_t S = a.source.size(), T = a.target.size();
  for (size_t t = 0; t < T; ++t) {
    double sum = 0;
    for (size_t s = 0; s < S; ++s) sum += 1 + (s * 7 + t * 3) % 11;
    for (size_t s = 0; s < S; ++s) a.weights.push_back(static_cast<float>((1 + (s * 7 + t * 3) % 11) / sum));
  }
  return a;
}

Alignment kannada() {
  return sample({"▁Pay", "▁at", "tention", ".", "</s>"}, {"▁ಗಮ", "ನ", "▁ಕೊಡಿ", ".", "</s>"});
}

Alignment numbered(size_t sources, size_t targets) {
  std::vector<std::string> source, target;
  for (size_t i = 0; i < sources; ++i) source.push_back("word" + std::to_string(i));
  for (size_t i = 0; i < targets; ++i) target.push_back("ಪದ" + std::to_string(i));
  return sample(source, target);
}

TEST(Alignment, JoinsPiecesToWords) {
  const Alignment a = kannada(), words = merge_words(a);
  EXPECT_EQ(words.source, (std::vector<std::string>{"Pay", "attention.", "</s>"}));
  EXPECT_EQ(words.target, (std::vector<std::string>{"ಗಮನ", "ಕೊಡಿ.", "</s>"}));
  ASSERT_EQ(words.weights.size(), 9u);
  // Row "ಗಮನ" is the mean of rows 0 and 1, column "attention." the sum of columns 1 to 3.
  float expected = 0;
  for (int t : {0, 1}) for (int s : {1, 2, 3}) expected += a.weights[t * 5 + s] / 2;
  EXPECT_NEAR(words.weights[1], expected, 1e-6);
  for (int t = 0; t < 3; ++t) {
    EXPECT_NEAR(words.weights[3 * t] + words.weights[3 * t + 1] + words.weights[3 * t + 2], 1, 1e-6);
  }
}

TEST(Alignment, JoinsBytesAndWordPieces) {
  EXPECT_EQ(group_pieces({"▁a", "<0xE0>", "<0xB2>", "<0x97>", "<unk>", "b", "▁", "c"}).names,
            (std::vector<std::string>{"aಗ", "<unk>", "b", "c"}));
  EXPECT_EQ(group_pieces({"[CLS]", "play", "##ing", "chess", "[SEP]"}).names,
            (std::vector<std::string>{"[CLS]", "playing", "chess", "[SEP]"}));
  EXPECT_EQ(group_pieces({"▁", "</s>"}).names, (std::vector<std::string>{"▁", "</s>"}));
}

TEST(Alignment, ShrinksKeepingSums) {
  const Alignment small = shrink(numbered(100, 50), 30, 60);
  EXPECT_EQ(small.source.size(), 25u);
  EXPECT_EQ(small.target.size(), 50u);
  EXPECT_EQ(small.source[1], "word4 … word7");
  double sum = 0;
  for (int s = 0; s < 25; ++s) sum += small.weights[s];
  EXPECT_NEAR(sum, 1, 1e-5);
}

TEST(Alignment, SaysWhatIsWrong) {
  Alignment a = kannada();
  a.weights.pop_back();
  EXPECT_EQ(error_of([&] { check(a); }), "Sample: expected 5 x 5 = 25 weights (target x source), found 24");
  a.weights.push_back(std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(error_of([&] { check(a); }),
            "Sample: expected weights of 0 or more, found nan for target word 5, source word 5");
  EXPECT_NE(error_of([&] { draw_terminal(a, 80, false); }), "");
  a.weights[24] = std::numeric_limits<float>::infinity();
  EXPECT_NE(error_of([&] { merge_words(a); }), "");
  for (const char* ending : {"png", "svg", "html"}) {
    EXPECT_NE(error_of([&] { draw(a, temporary(std::string("bad.") + ending)); }), "") << ending;
  }
  EXPECT_EQ(error_of([&] { check({}); }), "alignment: expected words on both sides, found 0 source and 0 target words");
  EXPECT_EQ(error_of([&] { draw(kannada(), "x.jpg"); }), "x.jpg: expected a name ending in .png, .svg or .html");
  EXPECT_EQ(error_of([&] { draw(kannada(), "a.png/x"); }), "a.png/x: expected a name ending in .png, .svg or .html");
}

TEST(Alignment, ScalesToWhatIsThere) {
  EXPECT_FLOAT_EQ(scale_end({0.2f, 0.97f}), 1);
  EXPECT_FLOAT_EQ(scale_end({0.13f}), 0.2);
  EXPECT_FLOAT_EQ(scale_end({0.04f}), 0.04);
  EXPECT_FLOAT_EQ(scale_end({0, 0}), 1);
}

TEST(Terminal, LinesAreEquallyWide) {
  for (const Alignment& a : {kannada(), merge_words(kannada()), numbered(1, 1), numbered(60, 60), numbered(300, 7),
                             sample({"注意力", "就是", "🙂", "e\u0301\n"}, {"ध्यान", "ಕ್ಷ್ಮೀ\u200cಗೆ", "\xff\xfe"})}) {
    for (int width : {0, 40, 80, 200}) {
      const std::vector<std::string> plain = lines_of(draw_terminal(a, width, false));
      const std::vector<std::string> colored = lines_of(without_colors(draw_terminal(a, width, true)));
      ASSERT_EQ(plain.size(), colored.size());
      for (size_t i = 0; i < plain.size(); ++i) {
        EXPECT_EQ(display_width(plain[i]), display_width(plain[0])) << plain[i];
        EXPECT_EQ(display_width(colored[i]), display_width(plain[0])) << colored[i];
      }
      EXPECT_LE(display_width(plain[0]), std::max(width, 24));
    }
  }
}

TEST(Terminal, ShadesFollowTheWeights) {
  EXPECT_EQ(draw_terminal({{"a", "b"}, {"x", "y"}, {1, 0, 0.5f, 0.5f}, ""}, 80, false),
            "   b╮               \n"
            " a╮ │               \n"
            "x ██                \n"
            "y ▒▒▒▒              \n"
            "0   ░░▒▒▓▓██ 1      \n");
}

TEST(Picture, PngGrowsByItsCellsAndCutsNothing) {
  const std::string path = temporary("a.png");
  const auto size = [&](size_t sources, size_t targets) {
    draw(sample(std::vector<std::string>(sources, "a"), std::vector<std::string>(targets, "x")), path);
    return read_png(path);
  };
  // Cells are 28 units of two pixels; the title is at most 320 units wide, the colour bar at most 220 units high.
  EXPECT_EQ(size(15, 10).width - size(14, 10).width, 2 * 28);
  EXPECT_EQ(size(14, 12).height - size(14, 10).height, 2 * 2 * 28);
  for (const Alignment& a : {kannada(), numbered(1, 1), numbered(60, 3), numbered(3, 60)}) {
    draw(a, path);
    const Png png = read_png(path);
    EXPECT_TRUE(png.white_edge);
    EXPECT_GT(png.ink, 0.05);
    EXPECT_LT(png.ink, 0.95);
  }
  std::remove(path.c_str());
}

TEST(Picture, SvgHasTheWords) {
  const std::string path = temporary("a.svg");
  Alignment a = kannada();
  a.title = "<&> attention";
  a.source[0] = "<b>\x01\xff";
  draw(a, path);
  const std::string svg = read_file(path);
  EXPECT_TRUE(well_formed(svg));
  EXPECT_NE(svg.find("ಕೊಡಿ"), std::string::npos);
  EXPECT_NE(svg.find("&lt;&amp;&gt; attention"), std::string::npos);
  std::remove(path.c_str());
}

TEST(Picture, HugeSentencesStaySmall) {
  const Alignment a = numbered(2000, 2000);
  for (const char* ending : {".png", ".svg", ".html"}) {
    const std::string path = temporary("huge") + ending;
    draw(a, path);
    EXPECT_LT(read_file(path).size(), 2u << 20) << ending;
    EXPECT_LT(ending == std::string(".png") ? read_png(path).width : 0, 3200);
    std::remove(path.c_str());
  }
  EXPECT_LT(draw_terminal(a, 80, true).size(), 1u << 20);
}

}  // namespace
}  // namespace gamana::view
