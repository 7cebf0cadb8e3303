// A run whose numbers leave their range says where that began, and leaves what it kept alone. What has ended stays as it is.
#include "gamana/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "gamana/ops/losses.h"
#include "gamana/ops/recompute.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

constexpr int64_t kWidth = 4, kTokens = 3;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Two layers of attention. Example i is the text of its number; `poison` may spoil what enters layer `layer` (2: the loss).
struct Toy {
  Linear qkv[2] = {{{3 * kWidth, kWidth, Init::normal, 0.3f, {}}, {1, 3 * kWidth, Init::zeros, 0, {}}},
                   {{3 * kWidth, kWidth, Init::normal, 0.3f, {}}, {1, 3 * kWidth, Init::zeros, 0, {}}}};
  std::function<void(int layer, int32_t example, Tensor& x)> poison = [](int, int32_t, Tensor&) {};
  ParameterStore store{[this](const ParameterVisitor& v) {
    for (int i = 0; i < 2; ++i) {
      v("layer." + std::to_string(i) + ".weight", qkv[i].weight);
      v("layer." + std::to_string(i) + ".bias", qkv[i].bias);
    }
  }};
  std::vector<float> input = std::vector<float>(kTokens * kWidth, 0.5f), target = std::vector<float>(kTokens * kWidth, 0.1f);
  std::vector<int32_t> offsets{0, kTokens};

  Toy() { store.initialise(1); }

  LossSum loss(Context& c, std::span<const int32_t> examples, float scale) {
    Tensor x = Tensor::borrow(input.data(), kTokens, kWidth);
    for (int i = 0; i < 2; ++i) {
      poison(i, examples[0], x);
      x = recompute(c, {x}, [this, &c, i](const std::vector<Tensor>& t) {
        const AttentionOptions options{.heads = 2, .name = "encoder." + std::to_string(i)};
        return std::vector<Tensor>{self_attention(c, linear(c, t[0], qkv[i]), offsets, options)};
      })[0];
    }
    poison(2, examples[0], x);
    return squared_error(c, x, target, scale);
  }

  TrainTask task() {
    TrainTask t;
    t.parameters = &store;
    t.plan = [](int64_t) { return std::vector<std::vector<int32_t>>{{0}, {1}, {2}, {3}}; };
    t.labels = [](std::span<const int32_t>) { return kTokens; };
    t.tokens = t.labels;
    t.loss = [this](Context& c, std::span<const int32_t> e, float scale) { return loss(c, e, scale); };
    return t;
  }
};

struct Fault {
  std::string what, hint;
};

Fault fault_of(Toy& toy, TrainerSettings settings = {}) {
  settings.epochs = 1, settings.save_steps = 1, settings.schedule.name = "constant";
  Trainer trainer(settings, toy.task(), {});
  try {
    trainer.run(std::atomic<bool>(false));
  } catch (const Error& error) {
    return {error.what(), error.hint()};
  }
  return {};
}

TEST(Trainer, SaysInWhichLayerALossStopsBeingFinite) {
  const char* const places[] = {"before the attention of encoder.0", "between the attention of encoder.0 and that of encoder.1",
                                "after the attention of encoder.1"};
  for (int layer = 0; layer < 3; ++layer)
    for (const bool recompute : {false, true}) {
      Toy toy;
      toy.poison = [layer](int at, int32_t example, Tensor& x) {
        if (at == layer && example == 2) std::fill_n(x.data(), x.size(), kInfinity);
        else if (at == 0) std::fill_n(x.data(), x.size(), 0.5f);
      };
      TrainerSettings settings;
      settings.recompute = recompute;
      EXPECT_EQ(fault_of(toy, settings).what,
                std::string("the loss is no longer finite at step 3; it began ") + places[layer]);
    }
}

TEST(Trainer, SaysWhichWeightsStopBeingFinite) {
  Toy toy;
  toy.store.weights()[toy.store.find("layer.1.bias")->offset] = kInfinity;
  EXPECT_EQ(fault_of(toy).what, "the loss is no longer finite at step 1; it began in the weights layer.1.bias");
}

TEST(Trainer, KeepsTheLastGoodCheckpoint) {
  Toy toy;
  toy.poison = [](int layer, int32_t example, Tensor& x) {
    if (layer == 2 && example == 2) x.data()[0] = kInfinity;
  };
  const std::string folder = temporary("diverging");
  make_directory(folder);
  TrainerSettings settings;
  settings.directory = folder, settings.epochs = 1;
  EXPECT_EQ(fault_of(toy, settings).hint.find("the checkpoint of step 2 is kept; "), 0u);
  Toy again;
  Trainer trainer(settings, again.task(), {});
  EXPECT_TRUE(trainer.resume());
  EXPECT_EQ(trainer.step(), 2);
}

// A rate that leads out of the range of numbers in one update, though its gradient is finite.
TEST(Trainer, SavesNoWeightsThatAreNotFinite) {
  Toy toy;
  const std::string folder = temporary("overflowing");
  make_directory(folder);
  TrainerSettings settings;
  settings.directory = folder, settings.optimizer.name = "sgd", settings.schedule.peak = 3e38, settings.max_grad_norm = 0;
  toy.target.assign(toy.target.size(), -1e6f);
  EXPECT_EQ(fault_of(toy, settings).what.find("the loss is no longer finite at step 2; it began in the weights layer."), 0u);
  EXPECT_FALSE(file_exists(join_path(folder, "checkpoint")));
}

// The mean of the last weights is validated once, and its epoch is that of the run, also where a kill came in between.
TEST(Trainer, AveragesOnceHoweverOftenItIsResumed) {
  const std::string folder = temporary("averaged");
  make_directory(folder);
  TrainerSettings settings;
  settings.directory = folder, settings.epochs = 0.5, settings.eval_steps = 1, settings.average_checkpoints = 2;
  settings.metric = "loss", settings.greater_is_better = false;
  int validations = 0;
  bool killed = true;
  const auto go_on = [&] {
    Toy toy;
    TrainTask task = toy.task();
    task.validate = [&]() -> std::map<std::string, double> {
      if (++validations == 3 && killed) throw Error("killed");
      return {{"loss", 1.0}};
    };
    task.save_model = [](const std::string&, const float*) {};
    Trainer trainer(settings, task, {});
    trainer.resume();
    trainer.run(std::atomic<bool>(false));
  };
  EXPECT_THROW(go_on(), Error);
  killed = false;
  for (int i = 0; i < 3; ++i) go_on();
  EXPECT_EQ(validations, 4);  // two steps, and the mean twice: the first time it was killed
  const Json log = read_json(join_path(folder, "trainer_state.json")).at("log_history");
  ASSERT_EQ(log.size(), 5u);
  EXPECT_EQ(log[4].at("epoch"), 0.5);
}

// A metric may be no number at first: Pearson's of predictions that are all the same.
TEST(Trainer, TakesAnyNumberForBetterThanNone) {
  const std::string folder = temporary("no_number");
  make_directory(folder);
  TrainerSettings settings;
  settings.directory = folder, settings.epochs = 1, settings.eval_steps = 1, settings.greater_is_better = true;
  const double values[] = {NAN, NAN, 0.25, NAN};
  int validations = 0;
  std::atomic<bool> stop = false;
  for (const int stop_at : {1, 4}) {  // stopped and resumed where the best is no number
    Toy toy;
    TrainTask task = toy.task();
    task.validate = [&]() -> std::map<std::string, double> {
      stop = validations + 1 == stop_at;
      return {{"loss", values[validations++]}};
    };
    Trainer trainer(settings, task, {});
    trainer.resume();
    trainer.run(stop);
    stop = false;
  }
  EXPECT_EQ(validations, 4);
  const Json state = read_json(join_path(folder, "trainer_state.json"));
  EXPECT_EQ(state.at("best_global_step"), 3);
  EXPECT_EQ(state.at("best_metric"), 0.25);
}

}  // namespace
}  // namespace gamana
