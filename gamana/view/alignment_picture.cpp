// Attention as a picture, after figure 3 of Bahdanau et al. 2015, "Neural Machine Translation by Jointly Learning to
// Align and Translate".
#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "gamana/base/check.h"
#include "gamana/view/alignment.h"
#include "gamana/view/canvas.h"
#include "gamana/view/chart.h"

namespace gamana::view {
namespace {

constexpr int kMostWords = 400;      // of a side
constexpr size_t kMostCells = 4096;  // drawn one by one; more are one image
constexpr double kSide = 1280;       // pixels the longer side of the map aims at
constexpr double kGap = 7;           // between words and cells
constexpr double kLongestWord = 260;

struct Plan {
  double cell, width, height;
  TextStyle across, down;  // words above, words at the left
  int step;                // every step-th word is written
  double end;              // weight of the strongest colour
};

Plan make_plan(const Alignment& a) {
  const double columns = static_cast<double>(a.source.size()), rows = static_cast<double>(a.target.size());
  Plan p;
  p.cell = std::clamp(std::floor(kSide / std::max(columns, rows)), 3.0, 28.0);
  p.width = columns * p.cell, p.height = rows * p.cell;
  p.down.size = p.across.size = std::clamp(p.cell * 0.62, 9.0, 14.0);
  p.down.across = Side::end;
  p.down.width = p.across.width = kLongestWord;
  // Slanted words are easier to read than upright ones, where lines of their height fit between the columns.
  const bool slanted = p.cell >= 24;
  p.across.angle = -(slanted ? 50 : 90) * std::numbers::pi / 180;
  p.step = static_cast<int>(std::ceil(p.across.size * 1.3 / p.cell));
  p.end = scale_end(a.weights);
  return p;
}

void draw_words(Canvas& canvas, const Alignment& a, const Plan& p) {
  for (size_t t = 0; t < a.target.size(); t += p.step) {
    canvas.text(a.target[t], -kGap, (t + 0.5) * p.cell, p.down);
  }
  for (size_t s = 0; s < a.source.size(); s += p.step) {
    canvas.text(a.source[s], (s + 0.5) * p.cell, -kGap, p.across);
  }
}

void draw_cells(Canvas& canvas, const Alignment& a, const Plan& p) {
  const size_t columns = a.source.size();
  if (a.weights.size() > kMostCells) {
    std::vector<Color> pixels;
    for (float w : a.weights) pixels.push_back(heat_color(w / p.end));
    canvas.image(0, 0, p.width, p.height, pixels, static_cast<int>(columns));
  } else {
    const double gap = p.cell >= 16 ? 1 : 0;
    canvas.rectangle(0, 0, p.width - gap, p.height - gap, gap > 0 ? Color{1, 1, 1} : heat_color(0));
    for (size_t i = 0; i < a.weights.size(); ++i) {
      canvas.rectangle((i % columns) * p.cell, (i / columns) * p.cell, p.cell - gap, p.cell - gap,
                       heat_color(a.weights[i] / p.end));
    }
  }
}

void draw_title(Canvas& canvas, const Alignment& a, const Plan& p, const std::string& note) {
  double tallest = 0, left = 0;
  for (size_t s = 0; s < a.source.size(); s += p.step) {
    const Point size = canvas.text_size(a.source[s], p.across);
    tallest = std::max(tallest, size.x * std::sin(-p.across.angle) + size.y * std::cos(p.across.angle));
  }
  for (size_t t = 0; t < a.target.size(); t += p.step) left = std::max(left, canvas.text_size(a.target[t], p.down).x);
  const double x = -kGap - left, width = std::max(p.width - x + 60, 320.0);
  double y = -kGap - tallest - 10;
  if (!note.empty()) {
    const TextStyle style{.size = 11, .color = kFaintInk, .down = Side::end, .width = width, .wrap = true};
    canvas.text(note, x, y, style);
    y -= canvas.text_size(note, style).y + 2;
  }
  canvas.text(a.title, x, y, {.size = 15, .bold = true, .down = Side::end, .width = width, .wrap = true});
}

std::string describe(const Alignment& a) {
  std::string text = "Attention of the target words";
  for (const std::string& w : a.target) text += " " + w;
  text += " on the source words";
  for (const std::string& w : a.source) text += " " + w;
  return text;
}

void save(const Alignment& given, const std::string& path) {
  check(given);
  const Alignment a = shrink(given, kMostWords, kMostWords);
  std::string note;
  if (a.weights.size() < given.weights.size()) {
    note = fmt::format("{} target by {} source words; each cell joins neighbours", given.target.size(),
                       given.source.size());
  }
  const Plan plan = make_plan(a);
  save_picture(path, a.title, describe(a), [&](Canvas& canvas) {
    draw_cells(canvas, a, plan);
    draw_words(canvas, a, plan);
    draw_color_bar(canvas, plan.width + 22, 0, std::clamp(plan.height, 90.0, 220.0), plan.end);
    if (!a.title.empty() || !note.empty()) draw_title(canvas, a, plan, note);
  });
}

void require(const std::string& path, const char* ending) {
  if (extension(path) != ending) fail("{}: expected a name ending in {}", path, ending);
}

}  // namespace

void draw_png(const Alignment& alignment, const std::string& path) {
  require(path, ".png");
  save(alignment, path);
}

void draw_svg(const Alignment& alignment, const std::string& path) {
  require(path, ".svg");
  save(alignment, path);
}

}  // namespace gamana::view
