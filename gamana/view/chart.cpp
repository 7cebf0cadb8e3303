#include "gamana/view/chart.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace gamana::view {

std::vector<double> round_ticks(double low, double high, int most) {
  const double rough = (high - low) / std::max(most, 1);
  if (!(rough > 0) || !std::isfinite(rough)) return {low};
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= rough * (1 - 1e-9)) step = factor * power;
  }
  std::vector<double> ticks;
  const double first = std::ceil(low / step - 1e-9), last = std::floor(high / step + 1e-9);
  for (double i = first; i <= last; ++i) ticks.push_back(i * step);
  return ticks;
}

std::string tick_text(double value, double step) {
  const double size = std::max(std::abs(value), step);
  if (value == 0) return "0";
  const double last_digit = std::floor(std::log10(step) + 1e-9);
  if (size < 1e-3) {
    const double digits = std::floor(std::log10(std::abs(value)) + 1e-9) - last_digit;
    return fmt::format("{:.{}e}", value, std::max(0, static_cast<int>(digits)));
  }
  if (size >= 1e9) return fmt::format("{:.4g}", value);
  if (size >= 1e4 || step >= 1e3) {
    const bool millions = size >= 1e6;
    return fmt::format("{:g}{}", value / (millions ? 1e6 : 1e3), millions ? "M" : "k");
  }
  return fmt::format("{:.{}f}", value, std::max(0, static_cast<int>(-last_digit)));
}

void part_equal(double& low, double& high) {
  if (low < high) return;
  const double around = low == 0 ? 1 : std::abs(low) * 0.1;
  low -= around, high += around;
}

Axis padded_axis(double low, double high, double from, double to) {
  part_equal(low, high);
  const double pad = (high - low) * 0.04;
  return {low - pad, high + pad, from, to};
}

void draw_values(Canvas& canvas, const Frame& frame, const Axis& axis, const std::string& label) {
  const std::vector<double> ticks = round_ticks(axis.low, axis.high, 8);
  const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : 1;
  for (double tick : ticks) {
    const double y = axis.at(tick);
    canvas.line({{frame.x, y}, {frame.x + frame.width, y}}, {.color = kGrid});
    canvas.text(tick_text(tick, step), frame.x - 7, y, {.size = kTickSize, .color = kFaintInk, .across = Side::end});
  }
  canvas.text(label, frame.x, frame.y - 8, {.size = kLabelSize, .bold = true, .down = Side::end});
}

void draw_base(Canvas& canvas, const Frame& frame, const Axis& axis, const std::string& label) {
  const double bottom = frame.y + frame.height;
  canvas.line({{frame.x, bottom}, {frame.x + frame.width, bottom}}, {.color = kFaintInk});
  const std::vector<double> ticks = round_ticks(axis.low, axis.high, 6);
  const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : 1;
  for (double tick : ticks) {
    const double x = axis.at(tick);
    canvas.line({{x, bottom}, {x, bottom + 4}}, {.color = kFaintInk});
    canvas.text(tick_text(tick, step), x, bottom + 6,
                {.size = kTickSize, .color = kFaintInk, .across = Side::middle, .down = Side::start});
  }
  canvas.text(label, frame.x + frame.width / 2, bottom + 24,
              {.size = kLabelSize, .color = kFaintInk, .across = Side::middle, .down = Side::start});
}

void draw_color_bar(Canvas& canvas, double x, double y, double height, double end) {
  constexpr int kSteps = 64;
  constexpr double kWidth = 12;
  std::vector<Color> pixels;
  for (int i = 0; i < kSteps; ++i) pixels.push_back(heat_color(1 - i / (kSteps - 1.0)));
  canvas.image(x, y, kWidth, height, pixels, 1);
  for (int i = 0; i <= 4; ++i) {
    const double at = y + height * (1 - i / 4.0);
    canvas.line({{x + kWidth, at}, {x + kWidth + 4, at}}, {.color = kFaintInk});
    canvas.text(fmt::format("{:.3g}", end * i / 4), x + kWidth + 8, at, {.size = kTickSize, .color = kFaintInk});
  }
}

double draw_legend(Canvas& canvas, double x, double y, double width, const std::vector<LegendEntry>& entries) {
  constexpr double kSample = 26, kBetween = 20, kRow = 20;
  const TextStyle style{.size = kLabelSize, .width = std::max(width - kSample - 6, 40.0)};
  double at = 0, row = 0;
  for (const LegendEntry& entry : entries) {
    const double needed = kSample + 6 + canvas.text_size(entry.text, style).x;
    if (at > 0 && at + needed > width) at = 0, row += kRow;
    const double left = x + at, middle = y + row;
    canvas.line({{left, middle}, {left + kSample, middle}}, {.color = entry.color, .width = 2, .dash = entry.dash});
    if (entry.dots) canvas.dot({left + kSample / 2, middle}, 3, entry.color);
    canvas.text(entry.text, left + kSample + 6, middle, style);
    at += needed + kBetween;
  }
  return row + kRow;
}

}  // namespace gamana::view
