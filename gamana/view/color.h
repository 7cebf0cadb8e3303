#pragma once
// Colours: a one-hue map for weights, and a palette that colour-blind readers can tell apart.
#include <string>

namespace gamana::view {

struct Color {
  double red = 0, green = 0, blue = 0;  // sRGB, 0..1
};

enum class Theme { light, dark };

// Blue of even steps of lightness: `value` 0 is next to the paper (white, or near black when dark), 1 is the strongest.
// Made in OKLCh (Ottosson 2020), whose lightness follows the eye. Values outside [0, 1] are clamped.
Color heat_color(double value, Theme theme = Theme::light);

// The colours of Okabe and Ito (2008) that show on white, in an order that keeps neighbours apart. Where
// there are more than these 7, hue_color's.
Color palette(int index, int count = 7);

// Colour `index` of `count`: hues evenly around the circle, neighbours of unlike lightness.
Color hue_color(int index, int count, Theme theme = Theme::light);

Color ink_on(Color background);  // black or white, whichever reads better (WCAG 2's contrast)

std::string hex(Color color);  // "rrggbb"

// What makes the text that follows stand on a colour, or in it, in a terminal of 24 bits; and what ends that.
std::string terminal_background(Color color);
std::string terminal_ink(Color color);
inline constexpr const char* kTerminalPlain = "\x1b[0m";

}  // namespace gamana::view
