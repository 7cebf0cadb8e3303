#include "gamana/view/curves.h"

#include <cmath>
#include <limits>
#include <regex>
#include <set>

#include "gamana/base/file.h"
#include "gamana/view/by_length.h"
#include "gamana/view/chart.h"
#include "gamana/view/text.h"
#include "support.h"

namespace gamana::view {
namespace {

TrainingRun sample(const std::string& name, int points) {
  TrainingRun run{name, {}};
  for (int i = 1; i <= points; ++i) {
    run.series["loss"].x.push_back(i * 10), run.series["loss"].y.push_back(8.0 / i);
    if (i % 5) continue;
    run.series["eval_bleu"].x.push_back(i * 10), run.series["eval_bleu"].y.push_back(30 - 40.0 / i);
  }
  return run;
}

TEST(Chart, TicksAreRound) {
  EXPECT_EQ(round_ticks(0, 10, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(round_ticks(0.7, 3.1, 5), (std::vector<double>{1, 1.5, 2, 2.5, 3}));
  EXPECT_EQ(round_ticks(-120, 90, 4), (std::vector<double>{-100, 0}));
  EXPECT_EQ(round_ticks(3, 3, 5).size(), 1u);
  EXPECT_EQ(tick_text(0.15, 0.05), "0.15");
  EXPECT_EQ(tick_text(20000, 5000), "20k");
  EXPECT_EQ(tick_text(5000, 5000), "5k");
  EXPECT_EQ(tick_text(1500000, 500000), "1.5M");
  EXPECT_EQ(tick_text(0.0005, 0.0001), "5e-04");
  EXPECT_EQ(tick_text(0, 0.1), "0");
  EXPECT_EQ(tick_text(500e6, 100e6), "500M");
  EXPECT_EQ(tick_text(1.4e30, 2e29), "1.4e+30");
}

TEST(Curves, ReadsTrainerState) {
  const std::string folder = temporary("run");
  make_directory(folder);
  write_file(join_path(folder, "trainer_state.json"),
             R"({"log_history": [{"step": 10, "epoch": 0.5, "loss": 3.5, "learning_rate": 1e-4, "tokens_per_second": 9},
                                 {"step": 20, "epoch": 1, "loss": null, "learning_rate": 2e-4},
                                 {"step": 20, "epoch": 1, "eval_loss": 3, "eval_bleu": 12.5, "eval_runtime": 4}]})");
  for (const std::string& path : {folder, folder + "/", folder + "/trainer_state.json"}) {
    const TrainingRun run = read_run(path);
    ASSERT_EQ(run.series.size(), 4u);
    EXPECT_EQ(run.series.at("eval_bleu").x, std::vector<double>{20});
    EXPECT_EQ(run.series.at("eval_bleu").y, std::vector<double>{12.5});
    EXPECT_EQ(run.series.at("learning_rate").y, (std::vector<double>{1e-4, 2e-4}));
    EXPECT_TRUE(std::isnan(run.series.at("loss").y[1]));
  }
  EXPECT_EQ(read_run(folder + "/").name, "run");
  std::vector<std::string> labels;
  for (const Panel& p : panels_of({read_run(folder)})) labels.push_back(p.label);
  EXPECT_EQ(labels, (std::vector<std::string>{"Loss", "Learning rate", "BLEU"}));
}

TEST(Curves, SaysWhatIsWrong) {
  const std::string path = temporary("state.json");
  write_file(path, "{}");
  EXPECT_EQ(error_of([&] { read_run(path); }), path + ": expected a list \"log_history\", found none");
  write_file(path, R"({"log_history": [{"loss": 1}]})");
  EXPECT_EQ(error_of([&] { read_run(path); }),
            path + ": expected a \"step\" in each entry of \"log_history\", found {\"loss\":1}");
  EXPECT_NE(error_of([&] { read_run("/nowhere"); }), "");
  EXPECT_EQ(error_of([&] { draw_curves({}, "", "a.png"); }), "a.png: expected runs with numbers to draw, found none");
  EXPECT_EQ(error_of([&] { draw_curves({sample("a", 9)}, "", "a.x"); }), "a.x: expected a name ending in .png or .svg");
  TrainingRun uneven = sample("a", 9);
  uneven.series["loss"].x.pop_back();
  const std::string lengths = "a, loss: expected as many x as y, found 8 and 9";
  EXPECT_EQ(error_of([&] { draw_curves({uneven}, "", "a.png"); }), lengths);
  EXPECT_EQ(error_of([&] { draw_curves_terminal({uneven}, 80, false); }), lengths);
  EXPECT_NE(error_of([&] { draw_curves_terminal({}, 80, false); }), "");
  std::remove(path.c_str());
}

TEST(Curves, DrawsEveryRun) {
  TrainingRun gaps = sample("gaps", 30);
  for (int i : {0, 4, 5, 29}) gaps.series["loss"].y[i] = std::numeric_limits<double>::quiet_NaN();
  const std::string png = temporary("curves.png"), svg = temporary("curves.svg");
  draw_curves({sample("ಒಂದು & <one>", 1), gaps, sample("long", 100000)}, "A title", png);
  const Png picture = read_png(png);
  EXPECT_TRUE(picture.white_edge);
  EXPECT_GT(picture.ink, 0.01);
  EXPECT_GT(picture.width, 2 * 2 * 400);  // two panels of 400 units of two pixels
  draw_curves({sample("ಒಂದು & <one>", 1), gaps, sample("long", 100000)}, "A title", svg);
  EXPECT_TRUE(well_formed(read_file(svg)));
  EXPECT_NE(read_file(svg).find("ಒಂದು &amp; &lt;one&gt;"), std::string::npos);
  EXPECT_LT(read_file(svg).size(), 400000u);  // points of one pixel are joined
  std::remove(png.c_str()), std::remove(svg.c_str());
}

TEST(Curves, EveryRunHasAColorOfItsOwn) {
  std::vector<TrainingRun> runs;
  for (int i = 0; i < 9; ++i) runs.push_back(sample("run " + std::to_string(i), 20));
  const std::string svg = temporary("colors.svg");
  const auto colors = [](const std::string& text, const std::regex& form) {
    return std::set<std::string>(std::sregex_token_iterator(text.begin(), text.end(), form), {});
  };
  EXPECT_EQ(colors(draw_curves_terminal(runs, 80, true), std::regex("\x1b\\[38[0-9;]*m")).size(), 9u);
  const std::regex stroke("stroke[:=]\"?rgb\\([^)]*\\)");
  draw_curves({runs[0]}, "", svg);
  const size_t of_one = colors(read_file(svg), stroke).size();
  draw_curves(runs, "", svg);
  EXPECT_EQ(colors(read_file(svg), stroke).size(), of_one + 8);
  std::remove(svg.c_str());
}

TEST(Curves, LegendTellsKindsOfLinesApartWhereThereAreTwo) {
  const Series line{{1, 2}, {2, 1}};
  const std::string svg = temporary("legend.svg");
  const auto dashed_lines = [&](const TrainingRun& run) {
    draw_curves({run}, "", svg);
    const std::string text = read_file(svg);
    int count = 0;
    for (size_t at = 0; (at = text.find("stroke-dasharray", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  EXPECT_EQ(dashed_lines({"run", {{"loss", line}, {"eval_loss", line}}}), 2);  // validation, and its entry
  EXPECT_EQ(dashed_lines({"run", {{"eval_seconds", line}}}), 1);
  std::remove(svg.c_str());
}

TEST(Curves, TerminalLinesAreEquallyWide) {
  TrainingRun flat{"ಸಮ", {{"loss", {{1}, {2}}}}};
  for (int width : {0, 40, 100}) {
    for (bool color : {false, true}) {
      for (const std::string& line : lines_of(draw_curves_terminal({sample("one", 50), flat}, width, color))) {
        EXPECT_EQ(display_width(without_colors(line)), std::max(width, 24)) << line;
      }
    }
  }
}

TEST(Curves, TerminalDotsFollowTheLine) {
  const TrainingRun rising{"a", {{"loss", {{0, 1}, {0, 1}}}}};
  const std::vector<std::string> lines = lines_of(draw_curves_terminal({rising}, 25, false));
  EXPECT_EQ(lines[1].substr(lines[1].size() - 3), "⠊");  // ends at the top right
  EXPECT_EQ(lines[8].find("└⡠"), lines[8].find("└"));      // begins at the bottom left
}

TEST(Curves, TerminalNumbersAreWhole) {
  const auto ends = [](std::vector<double> y) {
    const std::vector<std::string> lines = lines_of(draw_curves_terminal({{"a", {{"loss", {{1, 2}, std::move(y)}}}}}, 40, false));
    return std::pair(lines[1].substr(0, lines[1].find("│")), lines[8].substr(0, lines[8].find("└")));
  };
  EXPECT_EQ(ends({1e-4, 1e-4}), std::pair(std::string(" 0.00011"), std::string("   9e-05")));  // a constant rate
  EXPECT_EQ(ends({1.2345e-12, 4.5678e9}), std::pair(std::string("4.57e+09"), std::string("1.23e-12")));
  EXPECT_EQ(ends({-1.2345e-12, 0.99904}), std::pair(std::string("   0.999"), std::string("-1.2e-12")));
  EXPECT_EQ(ends({0.999, 0.99904}), std::pair(std::string(" 0.99904"), std::string("   0.999")));
}

TEST(Curves, TerminalTellsValidationFromTraining) {
  const Series line{{0, 1}, {0, 1}};
  const auto drawn = [](const TrainingRun& run) { return draw_curves_terminal({run}, 80, false); };
  const std::string training = drawn({"a", {{"loss", line}}}), alone = drawn({"a", {{"eval_loss", line}}});
  EXPECT_EQ(training, alone);
  EXPECT_EQ(training.find("validation"), std::string::npos);
  const Series above{{0, 1}, {1, 1}};
  const std::string both = drawn({"a", {{"loss", above}, {"eval_loss", line}}});
  EXPECT_NE(both.find("── training  ╌╌ validation"), std::string::npos);
  EXPECT_NE(lines_of(both)[4], lines_of(training)[4]);  // broken
}

TEST(ByLength, DrawsModelsAndCounts) {
  const std::vector<LengthCurve> curves = {{"ಒಂದು", {{1, 5, 40, 30, 28, 32}, {6, 10, 70, 25, 22, 27}}},
                                           {"two", {{1, 5, 40, 20, 18, 22}, {51, 0, 3, 10, 2, 25}}}};
  const std::string png = temporary("length.png"), svg = temporary("length.svg");
  draw_by_length(curves, "BLEU", "", png);
  EXPECT_TRUE(read_png(png).white_edge);
  EXPECT_GT(read_png(png).ink, 0.02);
  draw_by_length(curves, "BLEU", "By length", svg);
  EXPECT_NE(read_file(svg).find("BLEU by source words: ಒಂದು two 1–5 6–10 51+"), std::string::npos);
  EXPECT_TRUE(well_formed(read_file(svg)));
  EXPECT_EQ(error_of([&] { draw_by_length({}, "BLEU", "", "a.png"); }),
            "a.png: expected scores of at least one length, found none");
  EXPECT_EQ(error_of([&] { draw_by_length({{"m", {{1, 5, 1, NAN, 0, 0}}}}, "BLEU", "", "a.png"); }),
            "m: expected finite scores, found nan (0 to 0) for sentences of 1 words");
  std::remove(png.c_str()), std::remove(svg.c_str());
}

}  // namespace
}  // namespace gamana::view
