// Parameters that are frozen, and rates of their own.
#include "gamana/train/optimizer.h"

#include <gtest/gtest.h>

#include "gamana/train/schedule.h"

namespace gamana {
namespace {

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
