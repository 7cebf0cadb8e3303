// Curves in a terminal: each letter of the Braille block is a raster of two by four dots.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "gamana/base/check.h"
#include "gamana/view/chart.h"
#include "gamana/view/curves.h"
#include "gamana/view/text.h"

namespace gamana::view {
namespace {

constexpr int kRows = 8, kLabel = 8, kLeastWidth = 24;

class Raster {
 public:
  Raster(int columns, int rows, int owners)
      : columns_(columns), owner_count_(owners), dots_(columns * rows), owners_(columns * rows, -1) {}

  void set(int x, int y, int owner) {  // x, y in dots
    static constexpr int kBits[4][2] = {{0, 3}, {1, 4}, {2, 5}, {6, 7}};  // Unicode, "Braille Patterns"
    const int cell = y / 4 * columns_ + x / 2;
    dots_[cell] |= 1 << kBits[y % 4][x % 2];
    owners_[cell] = owner;
  }

  // `dash`: dots of a broken line so far, three of six are set; null: of a whole one.
  void line(Point a, Point b, int owner, int* dash) {
    const int steps = std::max(1, static_cast<int>(std::max(std::abs(b.x - a.x), std::abs(b.y - a.y))));
    for (int i = 0; i <= steps; ++i) {
      if (dash && (*dash)++ % 6 >= 3) continue;
      const double share = static_cast<double>(i) / steps;
      set(static_cast<int>(std::lround(a.x + share * (b.x - a.x))),
          static_cast<int>(std::lround(a.y + share * (b.y - a.y))), owner);
    }
  }

  std::string row(int y, bool color) const {
    std::string out;
    for (int x = 0; x < columns_; ++x) {
      const int cell = y * columns_ + x, code = 0x2800 + dots_[cell];
      const char braille[] = {static_cast<char>(0xE2), static_cast<char>(0x80 | (code >> 6 & 63)),
                              static_cast<char>(0x80 | (code & 63)), 0};  // UTF-8 of U+2800 and on
      if (!dots_[cell]) {
        out += " ";
      } else if (color) {
        out += paint(braille, owners_[cell], owner_count_);
      } else {
        out += braille;
      }
    }
    return out;
  }

  static std::string paint(const std::string& text, int owner, int owners) {
    return terminal_ink(palette(owner, owners)) + text + kTerminalPlain;
  }

 private:
  int columns_, owner_count_;
  std::vector<int> dots_, owners_;
};

struct Drawn {
  const Series* series;
  int run;
  bool validation;
};

std::vector<Drawn> series_of(const std::vector<TrainingRun>& runs, const Panel& panel, int only) {
  std::vector<Drawn> out;
  for (int r = 0; r < static_cast<int>(runs.size()); ++r) {
    for (const std::string& name : {panel.name, "eval_" + panel.name}) {
      const auto found = runs[r].series.find(name);
      if (found != runs[r].series.end() && (only < 0 || only == r)) out.push_back({&found->second, r, name != panel.name});
    }
  }
  return out;
}

// The axes over everything drawn, in dots; false if there is nothing to draw.
bool make_axes(const std::vector<Drawn>& drawn, int columns, Axis& x, Axis& y) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  x = {kFar, -kFar, 0, 2.0 * columns - 1}, y = {kFar, -kFar, 4.0 * kRows - 1, 0};
  for (const Drawn& d : drawn) {
    for (size_t i = 0; i < d.series->x.size(); ++i) {
      if (!std::isfinite(d.series->y[i]) || !std::isfinite(d.series->x[i])) continue;
      x.low = std::min(x.low, d.series->x[i]), x.high = std::max(x.high, d.series->x[i]);
      y.low = std::min(y.low, d.series->y[i]), y.high = std::max(y.high, d.series->y[i]);
    }
  }
  if (x.low == x.high) x.low -= 0.5, x.high += 0.5;
  part_equal(y.low, y.high);
  return x.low < kFar;
}

// The panel has both kinds of lines, so those of validation are broken.
bool tells_kinds_apart(const std::vector<Drawn>& drawn) {
  const auto is_training = [](const Drawn& d) { return !d.validation; };
  return std::any_of(drawn.begin(), drawn.end(), is_training) && !std::all_of(drawn.begin(), drawn.end(), is_training);
}

// Four digits, more where they tell an end of the axis from the other, fewer where they would be cut.
std::string number(double value, double other) {
  const auto text = [](double v, int digits) { return fmt::format("{:.{}g}", v, digits); };
  int digits = 4;
  while (digits < 6 && text(value, digits) == text(other, digits)) ++digits;
  while (digits > 1 && text(value, digits).size() > kLabel) --digits;
  return text(value, digits);
}

std::string draw_panel(const std::vector<TrainingRun>& runs, const Panel& panel, int only, int width, bool color) {
  const int columns = width - kLabel - 1;
  const std::vector<Drawn> drawn = series_of(runs, panel, only);
  Axis x, y;
  if (!make_axes(drawn, columns, x, y)) return "";
  const bool apart = tells_kinds_apart(drawn);
  Raster raster(columns, kRows, static_cast<int>(runs.size()));
  for (const Drawn& d : drawn) {
    bool begun = false;
    int dash = 0;
    Point last;
    for (size_t i = 0; i < d.series->x.size(); ++i) {
      const bool there = std::isfinite(d.series->y[i]) && std::isfinite(d.series->x[i]);
      if (there) {
        const Point here{x.at(d.series->x[i]), y.at(d.series->y[i])};
        raster.line(begun ? last : here, here, d.run, d.validation && apart ? &dash : nullptr);
        last = here;
      }
      begun = there;
    }
  }
  const std::string whose = only < 0 ? "" : ", " + runs[only].name;
  std::string out = fit(printable(panel.label + whose), width, Align::left) + "\n";
  for (int r = 0; r < kRows; ++r) {
    const std::string label = r == 0 ? number(y.high, y.low) : r == kRows - 1 ? number(y.low, y.high) : "";
    out += fit(label, kLabel, Align::right) + (r == kRows - 1 ? "└" : "│") + raster.row(r, color) + "\n";
  }
  const std::string first = fmt::format("{:{}} {:.0f}", "", kLabel, x.low), last = fmt::format(" {:.0f} steps", x.high);
  return out + fit(first + fit(last, width - display_width(first), Align::right), width, Align::left) + "\n";
}

}  // namespace

std::string draw_curves_terminal(const std::vector<TrainingRun>& runs, int width, bool color) {
  check(runs);
  width = std::max(width, kLeastWidth);
  const std::vector<Panel> panels = panels_of(runs);
  if (panels.empty()) fail("curves: expected runs with numbers to draw, found none");
  // Without colours runs could not be told apart: each has panels of its own.
  const bool apart = !color && runs.size() > 1;
  std::string out;
  for (const Panel& panel : panels) {
    if (!apart) out += draw_panel(runs, panel, -1, width, color);
    for (int r = 0; apart && r < static_cast<int>(runs.size()); ++r) out += draw_panel(runs, panel, r, width, color);
  }
  const int count = static_cast<int>(runs.size());
  for (int r = 0; color && r < count; ++r) {
    out += Raster::paint("━━━━", r, count) + " " + fit(printable(runs[r].name), width - 5, Align::left) + "\n";
  }
  const auto has_both = [&](const Panel& p) { return tells_kinds_apart(series_of(runs, p, -1)); };
  if (std::any_of(panels.begin(), panels.end(), has_both)) out += fit("── training  ╌╌ validation", width, Align::left) + "\n";
  return out;
}

}  // namespace gamana::view
