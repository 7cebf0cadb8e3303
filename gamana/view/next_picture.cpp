// The text on the colours of its tokens, and below it what they cost and what was open.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gamana/view/chart.h"
#include "gamana/view/next_parts.h"
#include "gamana/view/text.h"

namespace gamana::view {
namespace {

constexpr double kWidth = 860, kHeight = 150, kLetters = 15;
constexpr double kLeastBar = 1.6;  // pixels; tokens that would be narrower share one

const Color kEntropyColor = palette(1);

struct Marked {
  std::string text;
  std::vector<TextMark> marks;
};

std::string label_of(const NextTokens& next, const NextPart& part) {
  const TokenSegment& at = part.at;
  if (at.begin == at.end) return printable(next.tokens[at.first].token);
  const std::string_view text = std::string_view(next.text).substr(at.begin, at.end - at.begin);
  if (is_unseen(text)) return code_points(text);
  std::string out;
  for (size_t from = 0;;) {
    const size_t end = text.find('\n', from);
    out += printable(text.substr(from, end - from));
    if (end == std::string_view::npos) return out;
    out += "↵\n", from = end + 1;
  }
}

Marked marked(const NextTokens& next) {
  Marked out;
  for (const NextPart& part : parts_of(next)) {
    const size_t begin = out.text.size();
    out.text += label_of(next, part);
    if (!part.scored) continue;
    const Color color = heat_color(surprise(part.bits));
    out.marks.push_back({begin, out.text.size(), color, ink_on(color)});
  }
  return out;
}

void draw_scale(Canvas& canvas, double y) {
  constexpr double kStep = 46, kTall = 12;
  const TextStyle small{.size = kTickSize, .color = kFaintInk, .across = Side::middle, .down = Side::start};
  canvas.text("probability", 0, y + kTall / 2, {.size = kLabelSize, .color = kFaintInk});
  std::vector<Color> pixels;
  for (int i = 0; i < 256; ++i) pixels.push_back(heat_color(i / 255.0));
  const double left = 86;
  canvas.image(left, y, 4 * kStep, kTall, pixels, 256);
  const char* const labels[] = {"100 %", "10 %", "1 %", "0.1 %", "≤ 0.01 %"};
  for (int i = 0; i < 5; ++i) canvas.text(labels[i], left + i * kStep, y + kTall + 2, small);
}

// Means over bars, of what the model said something of.
struct Bars {
  double wide = 0;                    // pixels
  std::vector<double> bits, entropy;  // NaN: nothing
};

Bars bars_of(const NextTokens& next) {
  const size_t n = next.tokens.size(), most = static_cast<size_t>(kWidth / kLeastBar), per = (n + most - 1) / most;
  Bars bars{kWidth * static_cast<double>(per) / static_cast<double>(n), {}, {}};
  for (size_t begin = 0; begin < n; begin += per) {
    double bits = 0, entropy = 0, count = 0;
    for (size_t i = begin; i < std::min(n, begin + per); ++i)
      if (next.rank[i] > 0) bits += next.bits[i], entropy += next.entropy[i], ++count;
    bars.bits.push_back(bits / count), bars.entropy.push_back(entropy / count);
  }
  return bars;
}

void draw_bars(Canvas& canvas, const NextTokens& next, double y) {
  const Bars bars = bars_of(next);
  double most = 1;
  for (size_t i = 0; i < bars.bits.size(); ++i)
    if (std::isfinite(bars.bits[i])) most = std::max({most, bars.bits[i], bars.entropy[i]});
  const Frame frame{0, y, kWidth, kHeight};
  const Axis up{0, most * 1.04, y + kHeight, y};
  draw_values(canvas, frame, up, "bits");
  std::vector<Point> line;
  for (size_t i = 0; i < bars.bits.size(); ++i) {
    if (!std::isfinite(bars.bits[i])) continue;
    const double left = static_cast<double>(i) * bars.wide, wide = std::min(bars.wide, kWidth - left),
                 top = up.at(bars.bits[i]);
    // Never as pale as paper.
    canvas.rectangle(left, top, wide * 0.86, y + kHeight - top, heat_color(0.25 + 0.75 * surprise(bars.bits[i])));
    line.push_back({left + wide / 2, up.at(bars.entropy[i])});
  }
  canvas.line(line, {.color = kEntropyColor, .width = 1.5});
  draw_base(canvas, frame, {0, static_cast<double>(next.tokens.size()), 0, kWidth}, "token");
  draw_legend(canvas, 60, y - 16, kWidth - 60,
              {{"surprisal of each token", heat_color(0.6)}, {"entropy of what was expected", kEntropyColor}});
}

}  // namespace

void draw_next_picture(const NextTokens& next, const std::string& path) {
  const Marked text = marked(next);
  const std::string summary = summary_text(next);
  save_picture(path, next.title, summary, [&](Canvas& canvas) {
    double y = 0;
    if (!next.title.empty()) {
      const TextStyle style{.size = 15, .bold = true, .down = Side::start, .width = kWidth, .wrap = true};
      canvas.text(next.title, 0, y, style);
      y += canvas.text_size(next.title, style).y + 4;
    }
    canvas.text(summary, 0, y, {.size = kLabelSize, .color = kFaintInk, .down = Side::start});
    y += 28;
    draw_scale(canvas, y);
    y += 42;
    y += canvas.marked_text(text.text, text.marks, 0, y, kWidth, kLetters);
    draw_bars(canvas, next, y + 48);
  });
}

}  // namespace gamana::view
