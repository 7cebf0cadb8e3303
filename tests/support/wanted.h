#pragma once
// Hidden states of a few tokens alone against those of all.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "gamana/models/text_model.h"
#include "gamana/ops/losses.h"

namespace gamana {

// What head i reads of the batch, from all hidden states or from its own alone.
inline Tensor read_some(Context& c, const TextModel& model, int i, const Batch& batch, const SomeTokens& wanted, bool alone) {
  return alone ? model.read(c, i, batch, wanted) : model.read(c, i, model.hidden(c, batch), batch, wanted);
}

inline std::vector<float> gradients_of(TextModel& model, int i, const Batch& batch, const SomeTokens& wanted, bool alone, bool recompute) {
  ParameterStore& store = model.parameters();
  store.require_gradients(), store.zero_gradients();
  Arena arena;
  Tape tape;
  Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape};
  c.recompute = recompute;
  const Tensor values = model.project(c, i, read_some(c, model, i, batch, wanted, alone));
  squared_error(c, values, std::vector<float>(values.size(), 0.5f), 1);
  tape.backward();
  return {store.gradients(), store.gradients() + store.size()};
}

// Computing the wanted tokens alone gives their bits, and the gradients.
inline void expect_wanted_alone(TextModel& model, const Batch& batch) {
  std::vector<int32_t> wanted;  // the last token of each text, and one token twice
  for (int64_t s = 0; s < batch.sequences(); ++s) wanted.push_back(batch.offsets[s + 1] - 1);
  wanted.push_back(1), wanted.push_back(1);
  for (int i = 0; i < model.heads(); ++i) {
    Arena arena;
    Context c{.kernels = cpu_kernels(), .arena = arena};
    c.packs = true;
    const Tensor all = read_some(c, model, i, batch, wanted, false), alone = read_some(c, model, i, batch, wanted, true);
    ASSERT_EQ(all.rows(), alone.rows());
    EXPECT_EQ(std::memcmp(all.data(), alone.data(), all.size() * sizeof(float)), 0) << "head " << i;
    const std::vector<float> expected = gradients_of(model, i, batch, wanted, false, false);
    float largest = 0;
    for (const float x : expected) largest = std::max(largest, std::abs(x));
    EXPECT_GT(largest, 0);
    for (const bool recompute : {false, true}) {
      const std::vector<float> found = gradients_of(model, i, batch, wanted, true, recompute);
      for (size_t k = 0; k < expected.size(); ++k)
        ASSERT_NEAR(found[k], expected[k], 2e-6f * std::max(1.0f, largest)) << "head " << i << " number " << k;
    }
  }
}

}  // namespace gamana
