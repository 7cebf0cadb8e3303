// Optimizers and schedules beside PyTorch's and transformers'; parameters that are frozen, and rates of their own.
#include "gamana/train/optimizer.h"

#include <cmath>

#include <gtest/gtest.h>

#include "gamana/base/json.h"
#include "gamana/ops/ops.h"
#include "gamana/train/schedule.h"

namespace gamana {
namespace {

const Json& golden() {
  static const Json json = read_json(GAMANA_SOURCE_DIR "/tests/golden/optimizers.json");
  return json;
}

TEST(Optimizer, StepsAsPyTorchDoes) {
  for (const auto& [name, g] : golden().at("optimizers").items()) {
    SCOPED_TRACE(name);
    Parameter matrix{2, 3, Init::zeros, 0, {}}, vector{1, 3, Init::zeros, 0, {}};
    ParameterStore store([&](const ParameterVisitor& v) { v("matrix", matrix), v("vector", vector); });
    store.require_gradients();
    for (int i = 0; i < 6; ++i) matrix.tensor.data()[i] = golden().at("matrix")[i];
    for (int i = 0; i < 3; ++i) vector.tensor.data()[i] = golden().at("vector")[i];
    OptimizerSettings settings;
    settings.name = name;
    settings.beta1 = g.value("beta1", 0.0), settings.beta2 = g.value("beta2", 0.0), settings.epsilon = g.value("epsilon", 0.0);
    settings.momentum = g.value("momentum", 0.0), settings.rho = g.value("rho", 0.0), settings.weight_decay = g.value("weight_decay", 0.0);
    Optimizer optimizer(settings, store);
    EXPECT_EQ(optimizer.state().size(), name == "sgd" ? 1u : 2u);
    const Json& gradients = golden().at("gradients");
    for (size_t step = 0; step < gradients.size(); ++step) {
      constexpr double kScale = 0.25;  // clipping
      const int64_t second = store.find("vector")->offset;
      for (int i = 0; i < 9; ++i) store.gradients()[i < 6 ? i : second + i - 6] = gradients[step][i].get<float>() / kScale;
      optimizer.update(cpu_kernels(), g.at("rate"), kScale, static_cast<int64_t>(step) + 1);
      for (int i = 0; i < 9; ++i)
        EXPECT_NEAR(i < 6 ? matrix.tensor.data()[i] : vector.tensor.data()[i - 6], g.at("weights")[step][i].get<float>(), 2e-6)
            << "step " << step + 1 << ", number " << i;  // some roundings of numbers around 1
    }
  }
}

// Copies of a weight in other forms are made anew.
TEST(Optimizer, ForgetsPackedWeights) {
  Linear layer{{2, 2, Init::ones, 0, {}}, {}};
  ParameterStore store([&](const ParameterVisitor& v) { v("weight", layer.weight); });
  store.initialise(1);
  store.require_gradients();
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena, .packs = true};
  float x[] = {1, 1};
  const auto y = [&] { return linear(c, Tensor::borrow(x, 1, 2), layer).data()[0]; };
  EXPECT_EQ(y(), 2);
  store.gradients()[0] = 1;
  Optimizer({.name = "sgd"}, store).update(cpu_kernels(), 0.5, 1, 1);
  EXPECT_EQ(y(), 1.5);
}

// Three matrices [2, 2] of ones; b is frozen, c learns at half the rate.
struct Three {
  Parameter a{2, 2, Init::ones, 0, {}}, b{2, 2, Init::ones, 0, {}}, c{2, 2, Init::ones, 0, {}};
  ParameterStore store;

  Three() : store([this](const ParameterVisitor& v) { v("a", a), v("b", b), v("c", c); }) {
    store.initialise(1);
    b.frozen = true, c.rate = 0.5f;
    store.require_gradients();
  }
};

TEST(Optimizer, LeavesFrozenParametersAloneAndHeedsTheirRates) {
  for (const double decay : {0.0, 0.25}) {
    Three three;
    for (int64_t i = 0; i < three.store.size(); ++i) three.store.gradients()[i] = 2;
    Optimizer optimizer({.name = "sgd", .weight_decay = decay, .momentum = 0}, three.store);
    optimizer.update(cpu_kernels(), 0.125, 1, 1);
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(three.a.tensor.data()[i], 1 - 0.125f * (2 + decay));
      EXPECT_EQ(three.b.tensor.data()[i], 1);
      EXPECT_EQ(three.c.tensor.data()[i], 1 - 0.0625f * (2 + decay));
    }
  }
}

TEST(Optimizer, AdamOfAFrozenParameterHasNoDecayEither) {
  Three three;
  Optimizer optimizer({.name = "adamw", .weight_decay = 0.1}, three.store);
  optimizer.update(cpu_kernels(), 0.1, 1, 1);
  EXPECT_EQ(three.b.tensor.data()[0], 1);
  EXPECT_NEAR(three.a.tensor.data()[0], 0.99, 1e-6);
  EXPECT_NEAR(three.c.tensor.data()[0], 0.995, 1e-6);
}

TEST(Parameters, WhatIsTrainedIsStretchesOfTheBlock) {
  Three three;
  EXPECT_FALSE(three.b.tensor.wants_grad());
  EXPECT_EQ(three.store.count(), 12);
  EXPECT_EQ(three.store.trainable_count(), 8);
  const auto ranges = three.store.trainable();
  ASSERT_EQ(ranges.size(), 2u);
  EXPECT_EQ(ranges[0].offset, 0);
  EXPECT_EQ(ranges[0].size, 16);  // with what aligns the next one
  EXPECT_EQ(ranges[1].offset, 32);
  EXPECT_EQ(ranges[1].rate, 0.5f);
  three.b.frozen = false, three.c.rate = 1;
  EXPECT_EQ(three.store.trainable().size(), 1u);
}

void expect_rates(const Schedule& schedule, const Json& factors) {
  SCOPED_TRACE(schedule.name);
  for (size_t i = 0; i < factors.size(); ++i)
    EXPECT_NEAR(schedule.rate(static_cast<int64_t>(i) + 1), schedule.peak * factors[i].get<double>(), 1e-12) << i + 1;
}

TEST(Schedule, RatesAreThoseOfTransformers) {
  const Json& g = golden();
  Schedule s{.peak = 2, .warmup = g.at("warmup"), .total_steps = g.at("total")};
  for (const auto& [name, factors] : g.at("schedules").items()) s.name = name, expect_rates(s, factors);
  s.name = "cosine", s.floor = g.at("floor");
  expect_rates(s, g.at("cosine_to_floor"));
  s.warmup = 0, s.floor = 0;
  for (const auto& [name, factors] : g.at("without_warmup").items()) s.name = name, expect_rates(s, factors);
}

TEST(Schedule, FallWithTheRootOfTheSteps) {
  Schedule noam{.name = "noam", .peak = 2, .warmup = 4000, .width = 512};
  EXPECT_NEAR(noam.rate(4000), 2 * 0.000698771, 1e-9);  // 512^-0.5 4000^-0.5
  EXPECT_NEAR(noam.rate(1000), noam.rate(4000) / 4, 1e-15);
  EXPECT_NEAR(noam.rate(16000), noam.rate(4000) / 2, 1e-15);
  noam.warmup = 0;
  EXPECT_NEAR(noam.rate(4), 2 / std::sqrt(512.0) / 2, 1e-15);
  const Schedule inverse{.name = "inverse_sqrt", .peak = 1};  // as if the warm-up was the first step
  EXPECT_DOUBLE_EQ(inverse.rate(1), 1);
  EXPECT_DOUBLE_EQ(inverse.rate(4), 0.5);
  const Schedule plateau{.name = "plateau", .peak = 1, .warmup = 2, .factor = 0.2};
  EXPECT_DOUBLE_EQ(plateau.rate(1, 0), 0.5);
  EXPECT_DOUBLE_EQ(plateau.rate(3, 0), 1);
  EXPECT_NEAR(plateau.rate(3, 2), 0.04, 1e-15);
}

// All of a run may be its warm-up.
TEST(Schedule, ReachesItsPeakAtTheEndOfARunOfWarmup) {
  for (const char* name : {"linear", "cosine"})
    EXPECT_DOUBLE_EQ((Schedule{.name = name, .peak = 1, .warmup = 4, .total_steps = 4}.rate(4)), 1) << name;
}

// nanoGPT's: warm-up, then a cosine down to a tenth.
TEST(Schedule, EndsAtItsFloor) {
  Schedule s{.name = "cosine", .peak = 1e-3, .warmup = 100, .total_steps = 2000, .floor = 0.1};
  EXPECT_DOUBLE_EQ(s.rate(50), 5e-4);
  EXPECT_DOUBLE_EQ(s.rate(100), 1e-3);
  EXPECT_DOUBLE_EQ(s.rate(1050), 5.5e-4);
  EXPECT_DOUBLE_EQ(s.rate(2000), 1e-4);
  s.name = "linear";
  EXPECT_DOUBLE_EQ(s.rate(1050), 5.5e-4);
  EXPECT_DOUBLE_EQ(s.rate(2000), 1e-4);
  s.floor = 0;
  EXPECT_DOUBLE_EQ(s.rate(2000), 0);
}

}  // namespace
}  // namespace gamana
