// What validations lead to: the best weights, a lower rate, the end of a run; and that a run which is stopped and resumed
// goes on as if nothing had been.
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "tests/support/temporary.h"
#include "tests/train/line.h"

namespace gamana {
namespace {

using namespace test;

std::string folder(const std::string& name) {
  const std::string path = temporary(name);
  make_directory(path);
  return path;
}

struct Told {
  std::vector<double> rates;        // of each step
  std::vector<int64_t> best, saved; // after which steps
  std::string note;
  bool ended = false;
};

// A run that is validated after each of its steps, with these results.
Told told(TrainerSettings settings, const std::vector<double>& metric) {
  Line line;
  Told told;
  TrainTask task = line.task();
  size_t at = 0;
  task.validate = [&]() -> std::map<std::string, double> { return {{"score", metric.at(at++)}, {"loss", 0.5}}; };
  settings.metric = "score", settings.eval_steps = 1, settings.epochs = 0, settings.max_steps = std::ssize(metric);
  TrainerEvents events;
  events.step = [&](const StepReport& r) { told.rates.push_back(r.rate); };
  events.validated = [&](int64_t step, const std::map<std::string, double>&, bool best) {
    if (best) told.best.push_back(step);
  };
  events.note = [&](const std::string& text) { told.note = text; };
  task.save_model = [&](const std::string&, const float*) { told.saved.push_back(std::ssize(told.rates)); };
  told.ended = Trainer(settings, task, events).run(std::atomic<bool>(false));
  return told;
}

TEST(Validation, KeepsTheBestWeights) {
  TrainerSettings settings = descent();
  settings.directory = folder("best");
  const Told least = told(settings, {3, 2, 2, 4, 1});
  EXPECT_EQ(least.best, (std::vector<int64_t>{1, 2, 5}));
  EXPECT_EQ(least.saved, least.best);
  Json state = read_json(join_path(settings.directory, "trainer_state.json"));
  EXPECT_EQ(state.at("best_metric"), 1);
  settings.greater_is_better = true, settings.directory = folder("greatest");
  EXPECT_EQ(told(settings, {-3, -2, -2, -4, -1}).best, least.best);
  state = read_json(join_path(settings.directory, "trainer_state.json"));
  EXPECT_EQ(state.at("best_metric"), -1);
}

TEST(Validation, EndsARunThatNoLongerImproves) {
  TrainerSettings settings = descent();
  settings.early_stopping = 2;
  const Told stopped = told(settings, {3, 4, 2, 2, 3, 1});
  EXPECT_EQ(stopped.rates.size(), 5u);
  EXPECT_TRUE(stopped.ended);
  EXPECT_EQ(stopped.note, "no better score for 2 validations: stopped at step 5");
  settings.early_stopping = 0;
  EXPECT_EQ(told(settings, {3, 4, 4, 4, 4, 4}).rates.size(), 6u);
  settings.early_stopping = 1, settings.directory = folder("ended");
  EXPECT_EQ(told(settings, {3, 4, 4}).rates.size(), 2u);
  Line line;
  Trainer again(settings, line.task(), {});
  EXPECT_TRUE(again.resume());
  EXPECT_TRUE(again.run(std::atomic<bool>(false)));
  EXPECT_EQ(again.step(), 2);
}

TEST(Validation, LowersTheRateOfAPlateau) {
  TrainerSettings settings = descent();
  settings.schedule = {.name = "plateau", .peak = 1, .factor = 0.25, .patience = 2};
  const std::vector<double> metric = {5, 6, 5, 4, 4, 4, 4, 4, 3};
  EXPECT_EQ(told(settings, metric).rates, (std::vector<double>{1, 1, 1, 0.25, 0.25, 0.25, 0.0625, 0.0625, 0.015625}));
  settings.schedule.name = "constant";
  EXPECT_EQ(told(settings, metric).rates, std::vector<double>(9, 1));
}

TEST(Validation, AsksForAMetricThatIsThere) {
  Line line;
  TrainTask task = line.task();
  task.validate = [] { return std::map<std::string, double>{{"loss", 1}}; };
  TrainerSettings settings = descent();
  settings.metric = "bleu";
  EXPECT_THROW(Trainer(settings, task, {}).run(std::atomic<bool>(false)), Error);
}

struct Result {
  Numbers weights, kept;  // of the end; of the best validation
  Json log;
  std::vector<int64_t> validated;
};

// Updates of five epochs, stopped and resumed behind each of the steps named.
Result run_in_parts(TrainerSettings settings, const std::string& name, std::vector<int64_t> stops) {
  settings.directory = folder(name), settings.epochs = 5, settings.max_grad_norm = 1;
  Result result;
  for (stops.push_back(INT64_MAX); !stops.empty(); stops.erase(stops.begin())) {
    Line line;
    TrainTask task = line.task();
    task.validate = [&]() -> std::map<std::string, double> {  // worse for a while, then better
      const Numbers n = line.numbers();
      return {{"loss", std::abs(n[0] + 0.5) + std::abs(n[7])}};
    };
    task.save_model = [&](const std::string&, const float* weights) { result.kept = line.numbers(weights); };
    std::atomic<bool> stop = false;
    TrainerEvents events;
    events.step = [&](const StepReport& r) { stop = r.step == stops[0]; };
    events.validated = [&](int64_t step, const std::map<std::string, double>&, bool) { result.validated.push_back(step); };
    Trainer trainer(settings, task, events);
    trainer.resume();
    EXPECT_EQ(trainer.run(stop), stops.size() == 1);
    result.weights = line.numbers();
  }
  Line line;  // what has ended can be opened, and does nothing more
  Trainer again(settings, line.task(), {.step = [](const StepReport&) { ADD_FAILURE(); }});
  EXPECT_TRUE(again.resume());
  EXPECT_TRUE(again.run(std::atomic<bool>(false)));
  EXPECT_EQ(line.numbers(), result.weights);
  result.log = read_json(join_path(settings.directory, "trainer_state.json")).at("log_history");
  for (Json& entry : result.log) entry.erase("tokens_per_second");
  return result;
}

TEST(Resume, GoesOnAsIfNothingHadBeen) {
  struct Kind {
    const char* optimizer;
    double ema;
    int64_t eval_steps;
    const char* schedule;
    int average;
  };
  for (const Kind& kind : {Kind{"adamw", 0, 0, "cosine", 0}, {"sgd", 0.5, 3, "plateau", 2}, {"adadelta", 0, 1, "constant", 2},
                           {"adam", 0.9, 4, "inverse_sqrt", 0}}) {
    SCOPED_TRACE(kind.optimizer);
    TrainerSettings settings = descent();
    settings.optimizer = {.name = kind.optimizer, .epsilon = 1e-6, .weight_decay = 0.01}, settings.ema = kind.ema;
    settings.schedule = {.name = kind.schedule, .peak = 0.2, .warmup = 2, .patience = 1};
    settings.eval_steps = kind.eval_steps, settings.save_steps = 2, settings.average_checkpoints = kind.average;
    const std::string name = kind.optimizer;
    const Result whole = run_in_parts(settings, name, {});
    EXPECT_EQ(whole.validated.size(), (kind.eval_steps ? (10 + kind.eval_steps - 1) / kind.eval_steps : 5) + (kind.average ? 1 : 0));
    for (const std::vector<int64_t>& stops : {std::vector<int64_t>{1}, {2}, {3, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9}}) {
      const Result parts = run_in_parts(settings, name + std::to_string(stops.size()) + "-" + std::to_string(stops[0]), stops);
      EXPECT_EQ(parts.weights, whole.weights);
      EXPECT_EQ(parts.kept, whole.kept);
      EXPECT_EQ(parts.log, whole.log);
      EXPECT_EQ(parts.validated, whole.validated);
    }
  }
}

std::string event_files(const std::string& directory) {
  std::string bytes;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    if (entry.path().filename().string().starts_with("events.")) bytes += read_file(entry.path());
  return bytes;
}

TEST(Resume, SaysSoInTheEventFile) {
  TrainerSettings settings = descent();
  const std::string start = "\x3a\x02\x08\x01";  // session_log {status: START}
  run_in_parts(settings, "whole_run", {});
  EXPECT_EQ(event_files(temporary("whole_run")).find(start), std::string::npos);
  run_in_parts(settings, "resumed_run", {3});
  EXPECT_NE(event_files(temporary("resumed_run")).find(start), std::string::npos);
}

TEST(Resume, BeginsWhereThereIsNothingAndRefusesOtherData) {
  Line line;
  TrainerSettings settings = descent();
  settings.directory = folder("shorter");
  EXPECT_FALSE(Trainer(settings, line.task(), {}).resume());
  std::atomic<bool> stop = false;
  settings.accumulation = 1;
  EXPECT_FALSE(Trainer(settings, line.task(), {.step = [&](const StepReport& r) { stop = r.step == 2; }}).run(stop));
  Line other;
  TrainTask task = other.task();
  task.plan = [](int64_t) { return Batches{{0}, {1}}; };
  try {
    Trainer(settings, task, {}).resume();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), settings.directory + ": the checkpoint was saved in batch 3 of epoch 1, which this run has not");
  }
}

// The mean of the last weights is validated as they were, and the run's own weights come back.
TEST(Average, IsTheMeanOfTheLastWeights) {
  for (const int count : {0, 1, 2, 3}) {
    Line line;
    std::vector<Numbers> seen;
    TrainTask task = line.task();
    task.validate = [&]() -> std::map<std::string, double> {
      seen.push_back(line.numbers());
      return {{"loss", 1.0 / static_cast<double>(seen.size())}};
    };
    Numbers kept;
    task.save_model = [&](const std::string&, const float* weights) { kept = line.numbers(weights); };
    TrainerSettings settings = descent();
    settings.directory = folder("average" + std::to_string(count));
    settings.eval_steps = 1, settings.average_checkpoints = count;
    Trainer(settings, task, {}).run(std::atomic<bool>(false));
    ASSERT_EQ(seen.size(), count > 1 ? 5u : 4u);
    EXPECT_EQ(file_exists(join_path(settings.directory, "snapshots")), count > 0);
    EXPECT_EQ(line.numbers(), seen[3]);
    EXPECT_EQ(kept, seen.back());
    for (int i = 0; i < kNumbers && count > 1; ++i) {
      double sum = 0;
      for (int k = 0; k < count; ++k) sum += seen[static_cast<size_t>(3 - k)][i];
      EXPECT_NEAR(seen[4][i], sum / count, 1e-6);
    }
  }
}

}  // namespace
}  // namespace gamana
