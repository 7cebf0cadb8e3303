// Attention in a terminal: one row a target word, two columns (or one) a source word.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gamana/view/alignment.h"
#include "gamana/view/color.h"
#include "gamana/view/text.h"

namespace gamana::view {
namespace {

constexpr int kLeastMapWidth = 24, kMostRows = 200;
constexpr const char* kBlocks[] = {" ", "░", "▒", "▓", "█"};

struct Layout {
  int label, cell;  // columns of a target's label, and of a source word
};

int widest(const std::vector<std::string>& words) {
  int width = 0;
  for (const std::string& w : words) width = std::max(width, display_width(printable(w)));
  return width;
}

std::string repeat(const char* text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

std::string block(double value, int columns, bool color) {
  if (!color) return repeat(kBlocks[std::min(4, static_cast<int>(value * 5))], columns);
  return terminal_background(heat_color(value)) + repeat(" ", columns) + kTerminalPlain;
}

// Source words on steps: each ends in a corner above its column, and from there a line leads down to the cells.
std::string step(const Alignment& a, const Layout& layout, int i) {
  const int count = static_cast<int>(a.source.size()), gap = layout.cell - 1;
  std::string out = fit(printable(a.source[i]), layout.label + 1 + i * layout.cell, Align::right);
  out += "╮" + repeat(" ", gap);
  for (int later = i + 1; later < count; ++later) out += "│" + repeat(" ", gap);
  return out;
}

std::string row(const Alignment& a, const Layout& layout, int t, double end, bool color) {
  const int count = static_cast<int>(a.source.size());
  std::string out = fit(printable(a.target[t]), layout.label, Align::right) + " ";
  for (int s = 0; s < count; ++s) {
    out += block(a.weights[static_cast<size_t>(t) * count + s] / end, layout.cell, color);
  }
  return out;
}

std::string legend(double end, int width, bool color) {
  std::string bar;
  for (int i = 0; i < 5; ++i) bar += block(color ? i / 4.0 : i / 5.0 + 0.1, 2, color);
  return "0 " + bar + fit(fmt::format(" {:.3g}", end), width - 12, Align::left);
}

}  // namespace

std::string draw_terminal(const Alignment& given, int width, bool color) {
  check(given);
  width = std::max(width, kLeastMapWidth);
  Layout layout{std::min(widest(given.target), std::max(8, width / 4)), 2};
  const int room = width - layout.label - 1;
  if (2 * static_cast<int>(given.source.size()) > room) layout.cell = 1;
  const Alignment a = shrink(given, room, kMostRows);
  const int count = static_cast<int>(a.source.size()), drawn = layout.label + 1 + count * layout.cell;
  const std::string title = printable(a.title);
  const int total = std::max({drawn, 20, std::min(width, display_width(title))});
  const std::string rest(static_cast<size_t>(total - drawn), ' ');
  const double end = scale_end(a.weights);

  std::string out = title.empty() ? "" : fit(title, total, Align::left) + "\n";
  for (int i = count - 1; i >= 0; --i) out += step(a, layout, i) + rest + "\n";
  for (int t = 0; t < static_cast<int>(a.target.size()); ++t) out += row(a, layout, t, end, color) + rest + "\n";
  return out + legend(end, total, color) + "\n";
}

}  // namespace gamana::view
