#pragma once
// What line charts share: axes with round ticks, frames, legends.
#include <string>
#include <vector>

#include "gamana/view/canvas.h"

namespace gamana::view {

// The round values (1, 2 or 5 times a power of ten apart, `most` or fewer of them) inside [low, high].
std::vector<double> round_ticks(double low, double high, int most);

// "20k", "1.5M", "2e+12", "0.05", "5e-05": as short as tells neighbours, `step` apart, from each other.
std::string tick_text(double value, double step);

// A scale from values to pixels.
struct Axis {
  double low = 0, high = 1;  // values
  double from = 0, to = 1;   // pixels
  double at(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

// Moves equal ends apart, by a tenth of what they are.
void part_equal(double& low, double& high);

// An axis over [low, high] and a little more; over something if they are equal.
Axis padded_axis(double low, double high, double from, double to);

struct Frame {
  double x = 0, y = 0, width = 0, height = 0;  // of the plotting area
};

constexpr double kTickSize = 11, kLabelSize = 12;

// Horizontal grid lines with their values at the left, and `label` above the frame.
void draw_values(Canvas& canvas, const Frame& frame, const Axis& axis, const std::string& label);

// The base line, with ticks and their values below it, and `label` under them.
void draw_base(Canvas& canvas, const Frame& frame, const Axis& axis, const std::string& label);

// The colours of a heat map from 0, below, to `end`, with five values at the right; its upper left corner at (x, y).
void draw_color_bar(Canvas& canvas, double x, double y, double height, double end);

struct LegendEntry {
  std::string text;
  Color color;
  std::vector<double> dash = {};
  bool dots = false;
};

// Entries from left to right in rows of `width` at most, the first row's middle at y. Returns the height used.
double draw_legend(Canvas& canvas, double x, double y, double width, const std::vector<LegendEntry>& entries);

}  // namespace gamana::view
