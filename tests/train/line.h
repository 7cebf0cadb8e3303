#pragma once
// A model of eight numbers for the training loop.
#include <array>
#include <atomic>
#include <string>
#include <vector>

#include "gamana/base/rng.h"
#include "gamana/ops/losses.h"
#include "gamana/train/trainer.h"

namespace gamana::test {

constexpr int kIn = 3, kOut = 2, kNumbers = kOut * kIn + kOut;
using Batches = std::vector<std::vector<int32_t>>;
using Numbers = std::array<double, kNumbers>;  // weights, then biases

inline double input(int example, int i) { return static_cast<float>(normal(1, static_cast<uint64_t>(example * kIn + i))); }
inline double target(int example, int o) { return static_cast<float>(normal(2, static_cast<uint64_t>(example * kOut + o))); }

// Each epoch has other batches, the last update of an epoch fewer of them.
inline Batches plan(int64_t epoch) {
  if (epoch % 2 == 0) return {{0, 1}, {2}, {3, 4}};
  return {{4, 2, 0}, {3}, {1}};
}

// y = W x + b, the squared error of y.
struct Line {
  Linear layer{{kOut, kIn, Init::normal, 0.5f, {}}, {1, kOut, Init::normal, 0.5f, {}}};
  ParameterStore store{[this](const ParameterVisitor& v) { v("weight", layer.weight), v("bias", layer.bias); }};
  std::vector<float> x, t;  // of the last loss

  Line() { store.initialise(3); }
  Numbers numbers(const float* block) const {
    Numbers n;
    for (int i = 0; i < kNumbers; ++i)
      n[i] = i < kOut * kIn ? block[i] : block[store.find("bias")->offset + i - kOut * kIn];
    return n;
  }
  Numbers numbers() const { return numbers(store.weights()); }

  TrainTask task() {
    TrainTask task;
    task.parameters = &store, task.plan = plan;
    task.labels = [](std::span<const int32_t> e) { return static_cast<int64_t>(e.size()); };
    task.tokens = task.labels;
    task.loss = [this](Context& c, std::span<const int32_t> examples, float scale) {
      x.clear(), t.clear();
      for (const int32_t e : examples) {
        for (int i = 0; i < kIn; ++i) x.push_back(static_cast<float>(input(e, i)));
        for (int o = 0; o < kOut; ++o) t.push_back(static_cast<float>(target(e, o)));
      }
      const Tensor in = Tensor::borrow(x.data(), std::ssize(examples), kIn);
      return squared_error(c, linear(c, in, layer), t, scale);
    };
    return task;
  }
};

// Gradient descent over two epochs, two batches an update.
inline TrainerSettings descent() {
  TrainerSettings s;
  s.optimizer.name = "sgd", s.optimizer.momentum = 0, s.schedule.name = "constant", s.schedule.peak = 0.1;
  s.epochs = 2, s.accumulation = 2, s.max_grad_norm = 0;
  return s;
}

// What the updates of two epochs see with two batches each.
inline const Batches kUpdates = {{0, 1, 2}, {3, 4}, {4, 2, 0, 3}, {1}};

}  // namespace gamana::test
