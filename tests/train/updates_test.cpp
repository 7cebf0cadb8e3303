// The training loop on a model of eight numbers, beside the same updates worked out plainly in double.
#include <algorithm>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "tests/support/temporary.h"
#include "tests/train/line.h"

namespace gamana {
namespace {

using namespace test;

// The same, plainly: a step of gradient descent on the mean over all examples of an update.
struct Plain {
  Numbers w;
  double loss = 0, norm = 0;

  void step(const std::vector<int32_t>& examples, double rate, double longest) {
    Numbers d{};
    loss = 0;
    for (const int32_t e : examples)
      for (int o = 0; o < kOut; ++o) {
        double error = w[kOut * kIn + o] - target(e, o);
        for (int i = 0; i < kIn; ++i) error += w[o * kIn + i] * input(e, i);
        loss += error * error / kOut / static_cast<double>(examples.size());
        const double slope = 2 * error / kOut / static_cast<double>(examples.size());
        for (int i = 0; i < kIn; ++i) d[o * kIn + i] += slope * input(e, i);
        d[kOut * kIn + o] += slope;
      }
    norm = 0;
    for (const double g : d) norm += g * g;
    norm = std::sqrt(norm);
    for (int i = 0; i < kNumbers; ++i) w[i] -= rate * d[i] * (longest > 0 && norm > longest ? longest / norm : 1);
  }
};

void expect_near(const Numbers& found, const Numbers& expected) {
  for (int i = 0; i < kNumbers; ++i) EXPECT_NEAR(found[i], expected[i], 2e-6) << i;  // some roundings of numbers around 1
}

void run(Line& line, const TrainerSettings& settings, const TrainerEvents& events = {}) {
  EXPECT_TRUE(Trainer(settings, line.task(), events).run(std::atomic<bool>(false)));
}

TEST(Updates, AreMeansOverAllExamplesOfTheirBatches) {
  for (const double longest : {0.0, 1.5}) {  // gradients are 1 to 2.5 long
    Line line;
    Plain plain{line.numbers()};
    TrainerSettings settings = descent();
    settings.max_grad_norm = longest;
    std::vector<StepReport> reports;
    bool clipped = false, whole = false;
    run(line, settings, {.step = [&](const StepReport& r) {
          ASSERT_LT(reports.size(), kUpdates.size());
          plain.step(kUpdates[reports.size()], 0.1, longest);
          EXPECT_NEAR(r.loss, plain.loss, 1e-5);
          EXPECT_NEAR(r.gradient_norm, plain.norm, 1e-5);
          (plain.norm > longest ? clipped : whole) = true;
          expect_near(line.numbers(), plain.w);
          reports.push_back(r);
        }});
    ASSERT_EQ(reports.size(), kUpdates.size());
    EXPECT_EQ(reports[1].epoch, 1);
    EXPECT_EQ(reports[1].total_steps, 4);
    EXPECT_EQ(reports[3].seconds_left, 0);
    EXPECT_TRUE(longest == 0 || (clipped && whole));
  }
}

TEST(Updates, AreAsManyAsStepsOrEpochsAllow) {
  Line line;
  TrainerSettings s;
  s.accumulation = 2;
  const auto planned = [&](double epochs, int64_t steps) {
    s.epochs = epochs, s.max_steps = steps;
    return planned_steps(s, line.task());
  };
  EXPECT_EQ(planned(0, 7), 7);
  EXPECT_EQ(planned(1, 0), 2);
  EXPECT_EQ(planned(2.25, 0), 5);
  EXPECT_EQ(planned(2, 3), 3);
  EXPECT_EQ(planned(2, 7), 4);
}

TEST(Updates, WarmUpForHalfOfAShortRun) {
  Line line;
  TrainerSettings settings = descent();
  settings.schedule.name = "linear", settings.schedule.warmup = -1, settings.epochs = 3;
  std::vector<double> rates;
  run(line, settings, {.step = [&](const StepReport& r) { rates.push_back(r.rate); }});
  ASSERT_EQ(rates.size(), 6u);
  EXPECT_NEAR(rates[1], 0.1 * 2 / 3, 1e-12);
  EXPECT_NEAR(rates[2], 0.1, 1e-12);
  EXPECT_NEAR(rates[4], 0.1 / 3, 1e-12);
}

// A moving average begins as the weights and follows them faster at first.
TEST(Updates, AreValidatedWithTheirMovingAverage) {
  Line line;
  Plain plain{line.numbers()};
  Numbers average = plain.w;
  TrainTask task = line.task();
  TrainerSettings settings = descent();
  settings.ema = 0.3, settings.eval_steps = 1;
  settings.directory = temporary("average");
  make_directory(settings.directory);
  int64_t step = 0;
  int saved = 0;
  task.validate = [&]() -> std::map<std::string, double> {
    plain.step(kUpdates[static_cast<size_t>(step++)], 0.1, 0);
    const double t = static_cast<double>(step), decay = std::min(0.3, (1 + t) / (10 + t));
    for (int i = 0; i < kNumbers; ++i) average[i] = decay * average[i] + (1 - decay) * plain.w[i];
    expect_near(line.numbers(), average);
    return {{"loss", -t}};
  };
  task.save_model = [&](const std::string&, const float* weights) { expect_near(line.numbers(weights), average), ++saved; };
  TrainerEvents events;
  events.validated = [&](int64_t, const std::map<std::string, double>&, bool best) {
    EXPECT_TRUE(best);
    expect_near(line.numbers(), plain.w);
  };
  Trainer(settings, task, events).run(std::atomic<bool>(false));
  EXPECT_EQ(step, 4);
  EXPECT_EQ(saved, 4);
}

// What is logged is the mean since the last time, over examples.
TEST(Updates, AreLoggedTogether) {
  Line line;
  Plain plain{line.numbers()};
  TrainTask task = line.task();
  task.validate = [] { return std::map<std::string, double>{{"loss", 1}}; };
  TrainerSettings settings = descent();
  settings.eval_steps = 2, settings.directory = temporary("logged");
  make_directory(settings.directory);
  Trainer(settings, task, {}).run(std::atomic<bool>(false));
  const Json log = read_json(join_path(settings.directory, "trainer_state.json")).at("log_history");
  ASSERT_EQ(log.size(), 4u);  // training and validation in turns
  for (size_t i = 0; i < 2; ++i) {
    double sum = 0, examples = 0;
    for (const std::vector<int32_t>& update : {kUpdates[2 * i], kUpdates[2 * i + 1]}) {
      plain.step(update, 0.1, 0);
      sum += plain.loss * static_cast<double>(update.size()), examples += static_cast<double>(update.size());
    }
    EXPECT_NEAR(log[2 * i].at("loss").get<double>(), sum / examples, 1e-5);
    EXPECT_EQ(log[2 * i + 1].at("eval_loss"), 1);
  }
}

TEST(Updates, HaveRandomStreamsOfTheirOwn) {
  Line line;
  TrainTask task = line.task();
  std::set<uint64_t> streams;
  task.loss = [&, loss = task.loss](Context& c, std::span<const int32_t> examples, float scale) {
    streams.insert(c.step);
    return loss(c, examples, scale);
  };
  Trainer(descent(), task, {}).run(std::atomic<bool>(false));
  EXPECT_EQ(streams.size(), 6u);  // batches
}

// Batches that find no room are cut in two, and say what they would have said; a limit that leaves none is refused.
TEST(Updates, AreTheSameInPartsWhereMemoryIsShort) {
  std::vector<Numbers> found;
  std::vector<double> losses;
  const auto run_with = [&](size_t memory, double ema) {
    Line line;
    TrainTask task = line.task();
    std::multiset<size_t> sizes;
    task.plan = [](int64_t) { return Batches{{0, 1, 2, 3, 4}}; };
    task.loss = [&, loss = task.loss](Context& c, std::span<const int32_t> examples, float scale) {
      if (&c.kernels == &cpu_kernels()) sizes.insert(examples.size());
      const Scratch<float> room(c.arena, std::ssize(examples) << 12);  // 16 KiB an example
      return loss(c, examples, scale);
    };
    TrainerSettings settings = descent();
    settings.max_memory = memory, settings.ema = ema, settings.epochs = 1;
    Trainer trainer(settings, task, {});
    trainer.run(std::atomic<bool>(false));
    found.push_back(line.numbers()), losses.push_back(trainer.last_loss());
    return sizes;
  };
  const int64_t block = Line().store.size() * int64_t{sizeof(float)};
  EXPECT_EQ(run_with(0, 0), std::multiset<size_t>{5});
  EXPECT_EQ(run_with(40 << 10, 0), (std::multiset<size_t>{2, 1, 2}));
  EXPECT_EQ(run_with(24 << 10, 0), (std::multiset<size_t>{1, 1, 1, 1, 1}));
  for (size_t i = 1; i < found.size(); ++i) {
    expect_near(found[i], found[0]);
    EXPECT_NEAR(losses[i], losses[0], 1e-6);
  }
  const auto fault = [&](size_t memory, double ema) {
    try {
      run_with(memory, ema);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(fault(4 << 10, 0), "one example of 1 tokens needs more memory than --max-memory allows, 0 MiB");
  const std::string nothing = "nothing is left for activations";
  EXPECT_NE(fault(static_cast<size_t>(4 * block), 0).find(nothing), std::string::npos);
  EXPECT_EQ(fault(static_cast<size_t>(5 * block), 0).find(nothing), std::string::npos);
  EXPECT_NE(fault(static_cast<size_t>(5 * block), 0.5).find(nothing), std::string::npos);
}

// The memory of the blocks that stay is taken off what activations may have.
TEST(Updates, CountTheWeightsToTheirMemory) {
  Line line;
  TrainTask task = line.task();
  const size_t block = static_cast<size_t>(line.store.size()) * sizeof(float), allowed = 64 << 10;
  task.plan = [](int64_t) { return Batches{{0, 1}}; };
  task.loss = [&, loss = task.loss](Context& c, std::span<const int32_t> examples, float scale) {
    const Scratch<float> room(c.arena, static_cast<int64_t>(allowed - 3 * block) / 4 * std::ssize(examples) / 2);
    return loss(c, examples, scale);
  };
  TrainerSettings settings = descent();
  settings.max_memory = allowed, settings.epochs = 1;
  Trainer trainer(settings, task, {});
  trainer.run(std::atomic<bool>(false));
  EXPECT_LE(trainer.peak_arena() + 4 * block, allowed);
}

}  // namespace
}  // namespace gamana
