#pragma once
// How training went: line charts of one or several runs.
//   draw_curves({read_run("first"), read_run("second")}, "Two schedules", "curves.svg");
#include <map>
#include <string>
#include <vector>

namespace gamana::view {

struct Series {
  std::vector<double> x, y;  // equally long; a y that is not finite is a gap
};

struct TrainingRun {
  std::string name;
  std::map<std::string, Series> series;  // by their names in log_history: "loss", "learning_rate", "eval_bleu"…
};

// The log_history of `folder`/trainer_state.json (or of that file itself): x is "step", each other number a series, but
// for epochs and speeds. Throws Error if the file is missing, is not JSON or has no such list.
TrainingRun read_run(const std::string& folder);

// A chart: the series "eval_" + name, dashed with dots, lie in the panel of `name`.
struct Panel {
  std::string name;   // "loss"
  std::string label;  // "Loss"
};

// The panels for which any run has a series: loss, learning rate, then what evaluations measured.
std::vector<Panel> panels_of(const std::vector<TrainingRun>& runs);

// Throws Error where x and y are not equally long.
void check(const std::vector<TrainingRun>& runs);

// All panels as one picture, .png or .svg, one colour a run; `x_label` says what steps count. Throws Error without runs or numbers, and as save_picture
// does.
void draw_curves(const std::vector<TrainingRun>& runs, const std::string& title, const std::string& path,
                 const std::string& x_label = "step");

// The same in Braille dots, a panel under the other, lines of equal display width; at least 24 columns. Validation is a
// broken line where it stands beside training.
std::string draw_curves_terminal(const std::vector<TrainingRun>& runs, int width, bool color);

}  // namespace gamana::view
