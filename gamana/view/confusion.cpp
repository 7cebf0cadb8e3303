#include "gamana/view/confusion.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "gamana/base/check.h"
#include "gamana/view/alignment.h"
#include "gamana/view/canvas.h"
#include "gamana/view/chart.h"
#include "gamana/view/text.h"

namespace gamana::view {
namespace {

constexpr size_t kMostPairs = 10;
constexpr double kLongestLabel = 200, kLeastWithCounts = 26;  // pixels; of a cell

std::vector<int64_t> row_totals(const Confusion& c) {
  std::vector<int64_t> totals(c.labels.size());
  for (size_t i = 0; i < c.counts.size(); ++i) totals[i / c.labels.size()] += c.counts[i];
  return totals;
}

// Of its row; 0 where the row is empty.
std::vector<double> shares_of(const Confusion& c) {
  const std::vector<int64_t> totals = row_totals(c);
  std::vector<double> shares;
  for (size_t i = 0; i < c.counts.size(); ++i) {
    const int64_t total = std::max<int64_t>(1, totals[i / c.labels.size()]);
    shares.push_back(static_cast<double>(c.counts[i]) / static_cast<double>(total));
  }
  return shares;
}

std::string percent(double share) { return fmt::format("{:.0f}%", share * 100); }

// White on the dark half of the colours, dark on the other.
Color ink_on(double share) { return share > 0.55 ? Color{1, 1, 1} : kInk; }

void draw_cells(Canvas& canvas, const Confusion& c, double cell) {
  const size_t labels = c.labels.size();
  const std::vector<double> shares = shares_of(c);
  const double gap = cell >= 16 ? 1 : 0, size = std::min(13.0, cell * 0.3);
  for (size_t i = 0; i < c.counts.size(); ++i) {
    const double x = static_cast<double>(i % labels) * cell, y = static_cast<double>(i / labels) * cell;
    canvas.rectangle(x, y, cell - gap, cell - gap, heat_color(shares[i]));
    if (cell < kLeastWithCounts || c.counts[i] == 0) continue;
    const TextStyle style{.size = size, .color = ink_on(shares[i]), .across = Side::middle, .width = cell};
    const double middle = (cell - gap) / 2, apart = cell >= 44 ? size * 0.65 : 0;
    canvas.text(fmt::format("{}", c.counts[i]), x + middle, y + middle - apart, style);
    if (apart > 0) canvas.text(percent(shares[i]), x + middle, y + middle + apart, style);
  }
}

void draw_labels(Canvas& canvas, const Confusion& c, double cell) {
  const double whole = static_cast<double>(c.labels.size()) * cell, size = std::clamp(cell * 0.62, 8.0, 13.0);
  const bool slanted = cell >= 24;
  TextStyle left{.size = size, .across = Side::end, .width = kLongestLabel}, above = left;
  above.across = Side::start, above.angle = -(slanted ? 50 : 90) * std::numbers::pi / 180;
  const std::vector<int64_t> totals = row_totals(c);
  double widest = 0, tallest = 0;
  for (size_t i = 0; i < c.labels.size(); ++i) {
    const double at = (static_cast<double>(i) + 0.5) * cell;
    canvas.text(c.labels[i], -8, at, left), canvas.text(c.labels[i], at, -8, above);
    const Point extent = canvas.text_size(c.labels[i], left);
    widest = std::max(widest, extent.x), tallest = std::max(tallest, extent.x * std::sin(-above.angle) + extent.y);
    canvas.text(fmt::format("{}", totals[i]), whole + 10, at, {.size = size, .color = kFaintInk});
  }
  const TextStyle faint{.size = kLabelSize, .color = kFaintInk, .across = Side::middle, .down = Side::end};
  TextStyle turned = faint;
  turned.angle = -std::numbers::pi / 2;
  canvas.text("predicted", whole / 2, -14 - tallest, faint);
  canvas.text("right", -16 - widest, whole / 2, turned);
  if (c.title.empty()) return;
  canvas.text(c.title, -24 - widest, -38 - tallest,
              {.size = 15, .bold = true, .down = Side::end, .width = std::max(whole + widest, 320.0), .wrap = true});
}

// A line for each label: number and name, cells, total. Empty where that takes more than `width` columns.
std::string table(const Confusion& c, int width, bool color, bool with_shares) {
  const int labels = static_cast<int>(c.labels.size()), digits = static_cast<int>(fmt::format("{}", labels).size());
  const std::vector<double> shares = shares_of(c);
  const std::vector<int64_t> totals = row_totals(c);
  std::vector<std::string> cells;
  int name = 5, cell = digits + 2, total = 5;  // columns
  for (size_t i = 0; i < c.counts.size(); ++i) {
    cells.push_back(fmt::format("{}{}", c.counts[i], with_shares ? fmt::format(" {:>4}", percent(shares[i])) : ""));
    cell = std::max(cell, static_cast<int>(cells.back().size()) + 2);
  }
  for (int r = 0; r < labels; ++r) {
    name = std::max(name, display_width(printable(c.labels[r])));
    total = std::max(total, static_cast<int>(fmt::format("{}", totals[r]).size()));
  }
  name = std::min(name, width / 3);
  if (digits + 1 + name + labels * cell + 2 + total > width) return "";
  std::string out = fit("right", digits + 1 + name, Align::left);
  for (int i = 1; i <= labels; ++i) out += fmt::format("{:>{}} ", i, cell - 1);
  out += fmt::format("  {:>{}}\n", "total", total);
  for (int r = 0; r < labels; ++r) {
    out += fmt::format("{:>{}} ", r + 1, digits) + fit(printable(c.labels[r]), name, Align::left);
    for (int i = r * labels; i < (r + 1) * labels; ++i) {
      const std::string text = fmt::format("{:>{}} ", cells[i], cell - 1);
      const std::string colors = terminal_background(heat_color(shares[i])) + terminal_ink(ink_on(shares[i]));
      out += color ? colors + text + kTerminalPlain : text;
    }
    out += fmt::format("  {:>{}}\n", totals[r], total);
  }
  return out;
}

std::string shades(const Confusion& c, int width, bool color) {
  const std::vector<double> shares = shares_of(c);
  std::string out = draw_terminal({c.labels, c.labels, {shares.begin(), shares.end()}, ""}, width, color);
  std::vector<size_t> order;
  for (size_t i = 0; i < c.counts.size(); ++i)
    if (i / c.labels.size() != i % c.labels.size() && c.counts[i] > 0) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return c.counts[a] > c.counts[b]; });
  order.resize(std::min(order.size(), kMostPairs));
  for (const size_t i : order) {
    const std::string &right = c.labels[i / c.labels.size()], &predicted = c.labels[i % c.labels.size()];
    const std::string line =
        printable(fmt::format("{} of {} ({}) taken for {}", c.counts[i], right, percent(shares[i]), predicted));
    out += fit(line, std::min(width, display_width(line)), Align::left) + "\n";
  }
  return out;
}

}  // namespace

void check(const Confusion& c) {
  const std::string name = c.title.empty() ? "confusion" : printable(c.title);
  const size_t labels = c.labels.size();
  if (labels < 1 || labels > kMostConfusionLabels) fail("{}: expected 1 to {} labels, found {}", name, kMostConfusionLabels, labels);
  if (c.counts.size() != labels * labels) {
    fail("{}: expected {} x {} counts (right x predicted), found {}", name, labels, labels, c.counts.size());
  }
  for (size_t i = 0; i < c.counts.size(); ++i) {
    if (c.counts[i] >= 0) continue;
    fail("{}: expected counts of 0 or more, found {} for {} taken for {}", name, c.counts[i],
         printable(c.labels[i / labels]), printable(c.labels[i % labels]));
  }
}

void draw_confusion(const Confusion& c, const std::string& path) {
  check(c);
  const double cell = std::clamp(std::floor(1200.0 / static_cast<double>(c.labels.size())), 12.0, 60.0);
  std::string description = "How often the right labels (rows) were taken for the predicted ones (columns):";
  for (const std::string& label : c.labels) description += " " + label;
  save_picture(path, c.title, description, [&](Canvas& canvas) {
    draw_cells(canvas, c, cell);
    draw_labels(canvas, c, cell);
    if (cell < kLeastWithCounts) draw_color_bar(canvas, static_cast<double>(c.labels.size()) * cell + 64, 0, 220, 1);
  });
}

std::string draw_confusion_terminal(const Confusion& c, int width, bool color) {
  check(c);
  std::string out = table(c, width, color, true);
  if (out.empty()) out = table(c, width, color, false);
  if (out.empty()) out = shades(c, width, color);
  const std::string title = printable(c.title);
  return title.empty() ? out : fit(title, std::min(std::max(width, 1), display_width(title)), Align::left) + "\n" + out;
}

}  // namespace gamana::view
