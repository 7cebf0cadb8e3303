#pragma once
// The gradients that a job leaves against the loss that it says.
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "gamana/jobs/text_job.h"

namespace gamana::test {

// Along the gradient the loss changes by the gradient's length; gradients are those of `scale` times the loss. Central
// differences of step 0.01 err by its square, and sums in f32 by 1e-6 of the loss.
inline void expect_slope(TextJob& job, TextModel& model, std::span<const int32_t> examples, float scale = 0.5f) {
  ParameterStore& store = model.parameters();
  store.require_gradients(), store.zero_gradients();
  Arena arena;
  Tape tape;
  Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape};
  job.loss(c, model, examples, scale);
  tape.backward();
  const std::vector<float> gradient(store.gradients(), store.gradients() + store.size());
  const std::vector<float> weights(store.weights(), store.weights() + store.size());
  double squares = 0;
  for (const float g : gradient) squares += double{g} * g;
  const double length = std::sqrt(squares);
  const auto loss_at = [&](double step) {
    for (size_t i = 0; i < weights.size(); ++i) store.weights()[i] = static_cast<float>(weights[i] + step * gradient[i] / length);
    store.weights_changed();
    Context plain{.kernels = cpu_kernels(), .arena = arena};
    return job.loss(plain, model, examples, scale).loss;
  };
  constexpr double kStep = 0.01;
  const double slope = (loss_at(kStep) - loss_at(-kStep)) / (2 * kStep);
  loss_at(0);
  EXPECT_GT(length, 0);
  EXPECT_NEAR(slope * scale, length, 0.02 * length);
}

}  // namespace gamana::test
