#include "gamana/view/curves.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "gamana/view/chart.h"

namespace gamana::view {
namespace {

constexpr double kPlotWidth = 400, kPlotHeight = 240;  // of a plotting area
constexpr double kLeft = 64, kAbove = 34, kBelow = 58;  // room for labels
const std::vector<double> kDashed = {5, 3};
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

bool is_measure(const std::string& key) {
  if (key == "loss" || key == "learning_rate") return true;
  return key.starts_with("eval_") && !key.ends_with("_per_second") && !key.ends_with("runtime") &&
         !key.ends_with("_time") && key != "eval_step" && key != "eval_epoch";
}

std::string label_of(const std::string& name) {
  if (name == "bleu" || name == "ter") return name == "bleu" ? "BLEU" : "TER";
  if (name == "chrf") return "chrF";
  std::string label = name;
  std::replace(label.begin(), label.end(), '_', ' ');
  if (!label.empty() && label[0] >= 'a' && label[0] <= 'z') label[0] = static_cast<char>(label[0] - 32);
  return label;
}

// Several points in one pixel become their mean.
std::vector<std::vector<Point>> strokes(const Series& series, const Axis& x, const Axis& y) {
  std::vector<std::vector<Point>> out(1);
  double column = kMissing, sum = 0;
  int count = 0;
  const auto flush = [&] {
    if (count > 0) out.back().push_back({column, sum / count});
    sum = count = 0;
  };
  for (size_t i = 0; i < series.x.size(); ++i) {
    if (!std::isfinite(series.y[i]) || !std::isfinite(series.x[i])) {
      flush();
      if (!out.back().empty()) out.emplace_back();
      continue;
    }
    const double here = x.at(series.x[i]);
    if (count > 0 && std::abs(here - column) >= 1) flush();
    if (count == 0) column = here;
    sum += y.at(series.y[i]), ++count;
  }
  flush();
  return out;
}

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void add(double v) {
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  }
};

void draw_series(Canvas& canvas, const Series& series, const Axis& x, const Axis& y, Color color, bool evaluation) {
  const std::vector<double> dash = evaluation ? kDashed : std::vector<double>{};
  for (const std::vector<Point>& stroke : strokes(series, x, y)) {
    canvas.line(stroke, {.color = color, .width = 1.6, .dash = dash});
    if (evaluation || stroke.size() == 1) {
      for (const Point& p : stroke) canvas.dot(p, stroke.size() > 40 ? 1.8 : 2.8, color);
    }
  }
}

// `steps` are those of all panels, so that what stands under another happened at the same time.
void draw_panel(Canvas& canvas, const std::vector<TrainingRun>& runs, const Panel& panel, const Range& steps,
                const Frame& frame, const std::string& x_label) {
  Range up;
  const auto each = [&](const auto& body) {
    for (size_t r = 0; r < runs.size(); ++r) {
      for (const std::string& prefix : {std::string(), std::string("eval_")}) {
        const auto found = runs[r].series.find(prefix + panel.name);
        if (found != runs[r].series.end()) body(static_cast<int>(r), found->second, !prefix.empty());
      }
    }
  };
  each([&](int, const Series& s, bool) {
    for (double v : s.y) up.add(v);
  });
  const Axis x = padded_axis(steps.low, steps.high, frame.x, frame.x + frame.width);
  const Axis y = padded_axis(up.low, up.high, frame.y + frame.height, frame.y);
  draw_values(canvas, frame, y, panel.label);
  draw_base(canvas, frame, x, x_label);
  const int count = static_cast<int>(runs.size());
  each([&](int r, const Series& s, bool evaluation) { draw_series(canvas, s, x, y, palette(r, count), evaluation); });
}

bool any_series(const std::vector<TrainingRun>& runs, const std::string& name) {
  return std::any_of(runs.begin(), runs.end(), [&](const TrainingRun& run) {
    const auto found = run.series.find(name);
    return found != run.series.end() &&
           std::any_of(found->second.y.begin(), found->second.y.end(), [](double v) { return std::isfinite(v); });
  });
}

std::vector<LegendEntry> legend_of(const std::vector<TrainingRun>& runs, const std::vector<Panel>& panels) {
  std::vector<LegendEntry> entries;
  const int count = static_cast<int>(runs.size());
  for (int r = 0; r < count; ++r) entries.push_back({runs[r].name, palette(r, count)});
  const bool evaluated =
      std::any_of(panels.begin(), panels.end(), [&](const Panel& p) { return any_series(runs, "eval_" + p.name); });
  if (evaluated && any_series(runs, "loss")) {  // lines of both kinds, so they are told apart
    entries.push_back({"training", kFaintInk});
    entries.push_back({"validation", kFaintInk, kDashed, true});
  }
  return entries;
}

}  // namespace

void check(const std::vector<TrainingRun>& runs) {
  for (const TrainingRun& run : runs) {
    for (const auto& [name, s] : run.series) {
      if (s.x.size() == s.y.size()) continue;
      fail("{}, {}: expected as many x as y, found {} and {}", run.name, name, s.x.size(), s.y.size());
    }
  }
}

TrainingRun read_run(const std::string& folder) {
  namespace fs = std::filesystem;
  const std::string path = fs::is_directory(folder) ? join_path(folder, "trainer_state.json") : folder;
  const Json state = read_json(path);
  if (!state.is_object() || !state.contains("log_history") || !state["log_history"].is_array()) {
    fail("{}: expected a list \"log_history\", found none", path);
  }
  TrainingRun run;
  const fs::path whole = fs::path(folder).lexically_normal();
  run.name = whole.has_filename() ? whole.filename().string() : whole.parent_path().filename().string();
  for (const Json& entry : state["log_history"]) {
    if (!entry.is_object() || !entry.contains("step") || !entry["step"].is_number()) {
      fail("{}: expected a \"step\" in each entry of \"log_history\", found {}", path, entry.dump().substr(0, 80));
    }
    for (const auto& [key, value] : entry.items()) {
      if (!is_measure(key) || !(value.is_number() || value.is_null())) continue;
      Series& series = run.series[key];
      series.x.push_back(entry["step"].get<double>());
      series.y.push_back(value.is_null() ? kMissing : value.get<double>());
    }
  }
  return run;
}

std::vector<Panel> panels_of(const std::vector<TrainingRun>& runs) {
  std::vector<Panel> panels;
  std::set<std::string> seen;
  const auto add = [&](const std::string& name) {
    if (!any_series(runs, name) && !any_series(runs, "eval_" + name)) return;
    if (seen.insert(name).second) panels.push_back({name, label_of(name)});
  };
  add("loss"), add("learning_rate"), add("bleu");
  for (const TrainingRun& run : runs) {
    for (const auto& [name, series] : run.series) add(name.starts_with("eval_") ? name.substr(5) : name);
  }
  return panels;
}

void draw_curves(const std::vector<TrainingRun>& runs, const std::string& title, const std::string& path,
                 const std::string& x_label) {
  check(runs);
  const std::vector<Panel> panels = panels_of(runs);
  if (panels.empty()) fail("{}: expected runs with numbers to draw, found none", path);
  const int count = static_cast<int>(panels.size()), columns = count <= 3 ? count : count == 4 ? 2 : 3;
  const std::vector<LegendEntry> entries = legend_of(runs, panels);
  Range steps;
  for (const TrainingRun& run : runs) {
    for (const auto& [name, series] : run.series) {
      for (double step : series.x) steps.add(step);
    }
  }
  std::string description;
  for (const Panel& p : panels) description += p.label + " by " + x_label + "; ";
  for (const TrainingRun& run : runs) description += run.name + " ";
  save_picture(path, title, description, [&](Canvas& canvas) {
    const double width = columns * (kLeft + kPlotWidth) - kLeft;
    double y = 0;
    if (!title.empty()) {
      const TextStyle style{.size = 15, .bold = true, .down = Side::start, .width = width + 40, .wrap = true};
      canvas.text(title, -40, 0, style);
      y += canvas.text_size(title, style).y + 14;
    }
    y += draw_legend(canvas, -40, y, width + 40, entries);
    for (int i = 0; i < count; ++i) {
      draw_panel(canvas, runs, panels[i], steps,
                 {(i % columns) * (kLeft + kPlotWidth), y + kAbove + (i / columns) * (kAbove + kPlotHeight + kBelow), kPlotWidth,
                  kPlotHeight},
                 x_label);
    }
  });
}

}  // namespace gamana::view
