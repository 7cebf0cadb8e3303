#include "gamana/view/confusion.h"

#include "gamana/base/file.h"
#include "gamana/view/color.h"
#include "gamana/view/text.h"
#include "support.h"

namespace gamana::view {
namespace {

Confusion sample() { return {"", {"negative", "ಸಕಾರ"}, {812, 98, 3, 808}}; }

Confusion numbered(size_t labels) {
  Confusion c{"Numbers", {}, {}};
  for (size_t i = 0; i < labels; ++i) c.labels.push_back(fmt::format("label {}", i));
  for (size_t i = 0; i < labels * labels; ++i)
    c.counts.push_back(i % labels == i / labels ? 900 : static_cast<int64_t>(i % 7));
  return c;
}

TEST(Confusion, TerminalSaysAsMuchAsFits) {
  EXPECT_EQ(draw_confusion_terminal(sample(), 80, false),
            "right             1         2   total\n"
            "1 negative 812  89%   98  11%     910\n"
            "2 ಸಕಾರ       3   0%  808 100%     811\n");
  EXPECT_EQ(draw_confusion_terminal(sample(), 32, false),
            "right        1    2   total\n"
            "1 negative 812   98     910\n"
            "2 ಸಕಾರ       3  808     811\n");
  const std::string narrow = draw_confusion_terminal(sample(), 25, false);
  EXPECT_NE(narrow.find("██"), std::string::npos) << narrow;
  EXPECT_NE(narrow.find("\n98 of negative (11%) tak…\n3 of ಸಕಾರ (0%) taken for…\n"), std::string::npos) << narrow;
  // An empty row has no shares.
  EXPECT_EQ(draw_confusion_terminal({"", {"a", "b"}, {0, 0, 0, 1}}, 80, false),
            "right        1       2   total\n"
            "1 a     0   0%  0   0%       0\n"
            "2 b     0   0%  1 100%       1\n");
  EXPECT_NE(draw_confusion_terminal({"", {"a"}, {7}}, 80, true).find(terminal_background(heat_color(1))),
            std::string::npos);
}

TEST(Confusion, TerminalLinesFit) {
  for (const Confusion& c : {sample(), numbered(1), numbered(12), numbered(100)}) {
    for (int width : {24, 40, 80, 200}) {
      const std::string plain = draw_confusion_terminal(c, width, false);
      if (plain.find("█") == std::string::npos) {
        EXPECT_EQ(without_colors(draw_confusion_terminal(c, width, true)), plain);
      }
      for (const std::string& line : lines_of(plain)) EXPECT_LE(display_width(line), width) << line;
    }
  }
}

TEST(Confusion, PictureHasItsLabels) {
  const std::string png = temporary("confusion.png"), svg = temporary("confusion.svg");
  for (Confusion c : {sample(), numbered(1), numbered(100)}) {
    c.labels[0] = "<&>\x01\xff " + std::string(80, 'x');
    draw_confusion(c, png);
    EXPECT_TRUE(read_png(png).white_edge);
    EXPECT_LT(read_png(png).width, 3600);
    draw_confusion(c, svg);
    EXPECT_TRUE(well_formed(read_file(svg)));
  }
  EXPECT_NE(read_file(svg).find("label 99"), std::string::npos);
  // Sixty labels have no room for counts: colours alone tell.
  Confusion other = numbered(60);
  draw_confusion(other, png);
  const std::string before = read_file(png);
  std::swap(other.counts[1], other.counts[2]);  // the totals stay
  draw_confusion(other, png);
  EXPECT_TRUE(read_file(png) != before);
  std::remove(png.c_str()), std::remove(svg.c_str());
}

TEST(Confusion, SaysWhatIsWrong) {
  EXPECT_EQ(error_of([] { check(Confusion{}); }), "confusion: expected 1 to 100 labels, found 0");
  EXPECT_EQ(error_of([] { check(numbered(101)); }), "Numbers: expected 1 to 100 labels, found 101");
  Confusion c = sample();
  c.counts[1] = -1;
  EXPECT_EQ(error_of([&] { draw_confusion_terminal(c, 80, false); }),
            "confusion: expected counts of 0 or more, found -1 for negative taken for ಸಕಾರ");
  c.counts.pop_back();
  EXPECT_EQ(error_of([&] { draw_confusion(c, "a.png"); }),
            "confusion: expected 2 x 2 counts (right x predicted), found 3");
  EXPECT_EQ(error_of([&] { draw_confusion(sample(), "a.html"); }), "a.html: expected a name ending in .png or .svg");
}

}  // namespace
}  // namespace gamana::view
