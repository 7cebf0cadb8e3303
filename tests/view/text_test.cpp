#include "gamana/view/text.h"

#include <clocale>
#include <cmath>
#include <cwchar>
#include <set>

#include <glib.h>

#include "gamana/view/color.h"
#include "support.h"

namespace gamana::view {
namespace {

TEST(Text, WidthsAreThoseOfTheSystem) {
  if (!std::setlocale(LC_CTYPE, "C.UTF-8")) GTEST_SKIP() << "no UTF-8 locale";
  // Latin with combining marks, Devanagari to Kannada, Thai, kana and Chinese, Hangul syllables, emoji.
  const std::pair<gunichar, gunichar> ranges[] = {{0x20, 0x7E},     {0xC0, 0x36F},    {0x900, 0xCFF},
                                                  {0xE01, 0xE5B},   {0x3041, 0x30FF}, {0x4E00, 0x4FFF},
                                                  {0xAC00, 0xAD00}, {0x1F600, 0x1F64F}};
  for (const auto& [first, last] : ranges) {
    for (gunichar c = first; c <= last; ++c) {
      if (!g_unichar_isdefined(c)) continue;
      const int expected = wcwidth(static_cast<wchar_t>(c));
      if (expected < 0) continue;  // younger than the C library
      char bytes[6];
      EXPECT_EQ(display_width({bytes, static_cast<size_t>(g_unichar_to_utf8(c, bytes))}), expected) << std::hex << c;
    }
  }
  std::setlocale(LC_CTYPE, "C");
}

TEST(Text, BecomesPrintable) {
  EXPECT_EQ(printable("ಗಮನ"), "ಗಮನ");
  EXPECT_EQ(printable("a\nb\x7f\xff"), "a␊b␡\uFFFD");
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a\uFFFDb");
}

TEST(Text, FitsBetweenLetters) {
  EXPECT_EQ(fit("ab", 4, Align::left), "ab  ");
  EXPECT_EQ(fit("ab", 4, Align::right), "  ab");
  EXPECT_EQ(fit("abcdef", 4, Align::left), "abc…");
  EXPECT_EQ(fit("注意力", 4, Align::left), "注… ");
  EXPECT_EQ(fit("注意力", 4, Align::right), " 注…");
  EXPECT_EQ(fit("ಕಕೊಕೊ", 3, Align::left), "ಕ… ");  // a sign never loses its letter
  EXPECT_EQ(fit("abc", 1, Align::left), "…");
  EXPECT_EQ(fit("abc", 0, Align::left), "");
}

// Lightness of CIE 1976.
double lightness(Color c) {
  const auto linear = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
  const double y = 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
  return y > 0.008856 ? 116 * std::cbrt(y) - 16 : 903.3 * y;
}

TEST(Color, LightnessIsEven) {
  for (Theme theme : {Theme::light, Theme::dark}) {
    const double whole = lightness(heat_color(1, theme)) - lightness(heat_color(0, theme));
    EXPECT_GT(std::abs(whole), 60);
    for (int i = 0; i < 16; ++i) {
      const double step = lightness(heat_color((i + 1) / 16.0, theme)) - lightness(heat_color(i / 16.0, theme));
      EXPECT_NEAR(step / whole * 16, 1, 0.25) << i;
    }
  }
  // Hues of one lightness, or 0.12 of OKLCh more, are about 45 to 80 of CIE's: they show on both papers.
  for (int i = 0; i < 12; ++i) {
    EXPECT_NEAR(lightness(hue_color(i, 12, Theme::light)), 51, 12) << i;
    EXPECT_NEAR(lightness(hue_color(i, 12, Theme::dark)), 69, 12) << i;
    EXPECT_NE(hex(hue_color(i, 12)), hex(hue_color((i + 1) % 12, 12)));
  }
  EXPECT_EQ(hex(heat_color(-1)), hex(heat_color(0)));
  for (const int count : {7, 8, 20}) {
    std::set<std::string> colors;
    for (int i = 0; i < count; ++i) colors.insert(hex(palette(i, count)));
    EXPECT_EQ(std::ssize(colors), count);
  }
  EXPECT_EQ(hex({1, 0, 0.5}), "ff0080");
}

}  // namespace
}  // namespace gamana::view
