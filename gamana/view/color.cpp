#include "gamana/view/color.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace gamana::view {
namespace {

double to_srgb(double linear) {
  linear = std::clamp(linear, 0.0, 1.0);
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
}

// Ottosson 2020, "A perceptual color space for image processing"; hue in degrees.
Color from_oklch(double lightness, double chroma, double hue) {
  const double angle = hue * std::numbers::pi / 180, a = chroma * std::cos(angle), b = chroma * std::sin(angle);
  const auto cube = [](double x) { return x * x * x; };
  const double l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
  const double m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
  const double s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
  return {to_srgb(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
          to_srgb(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
          to_srgb(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

int byte(double x) { return static_cast<int>(std::lround(std::clamp(x, 0.0, 1.0) * 255)); }

}  // namespace

Color heat_color(double value, Theme theme) {
  const double v = std::clamp(value, 0.0, 1.0), hue = 255;
  // The chroma stays inside sRGB at every lightness, so that no step is flattened by clamping.
  if (theme == Theme::light) return from_oklch(0.975 - 0.675 * v, 0.010 + 0.130 * std::sin(2.4 * v), hue);
  return from_oklch(0.255 + 0.685 * v, 0.020 + 0.115 * std::sin(2.95 * v), hue);
}

Color palette(int index, int count) {
  static constexpr Color kColors[] = {{0.000, 0.447, 0.698}, {0.835, 0.369, 0.000}, {0.000, 0.620, 0.451},
                                      {0.800, 0.475, 0.655}, {0.902, 0.624, 0.000}, {0.337, 0.706, 0.914},
                                      {0.250, 0.250, 0.250}};
  return count <= 7 ? kColors[index % 7] : hue_color(index, count);
}

Color hue_color(int index, int count, Theme theme) {
  const double hue = 255 + 360.0 * index / std::max(count, 1);
  const double lightness = (theme == Theme::light ? 0.50 : 0.66) + 0.12 * (index % 2);
  return from_oklch(lightness, 0.125, hue);
}

Color ink_on(Color background) {
  const auto linear = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
  const double luminance =
      0.2126 * linear(background.red) + 0.7152 * linear(background.green) + 0.0722 * linear(background.blue);
  constexpr double kEven = 0.179;  // where (L + 0.05) / 0.05 = 1.05 / (L + 0.05)
  return luminance > kEven ? Color{0, 0, 0} : Color{1, 1, 1};
}

std::string hex(Color color) {
  return fmt::format("{:02x}{:02x}{:02x}", byte(color.red), byte(color.green), byte(color.blue));
}

std::string terminal_background(Color color) {
  return fmt::format("\x1b[48;2;{};{};{}m", byte(color.red), byte(color.green), byte(color.blue));
}

std::string terminal_ink(Color color) {
  return fmt::format("\x1b[38;2;{};{};{}m", byte(color.red), byte(color.green), byte(color.blue));
}

}  // namespace gamana::view
