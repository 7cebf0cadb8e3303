// Embeddings: gradients, through dropout too, and rows that a table has not.
#include <gtest/gtest.h>

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/base/rng.h"
#include "gamana/ops/ops.h"

namespace gamana {
namespace {

struct Tables {
  Parameter words{4, 8, Init::normal, 1, {}}, places{5, 8, Init::normal, 1, {}};
  ParameterStore store{[this](const ParameterVisitor& v) { v("words", words), v("places", places); }};
  Tables() { store.initialise(1), store.require_gradients(); }
};

// A result is linear in the tables, so that its sum is the product of the gradient and the tables: exactly, but for
// rounding. Rows nobody reads get nothing.
TEST(Embed, GradientsThroughDropout) {
  const std::vector<int32_t> ids = {3, 0, 3, 1}, position = {0, 2, 1, 0};
  for (const float rate : {0.0f, 0.5f}) {
    Tables t;
    Arena arena;
    Tape tape;
    Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape, .training = true};
    const Tensor y = embed(c, ids, t.words.tensor, 3, position, t.places.tensor, rate, 2);
    const GradSlot d_y = grad_slot(arena, y);
    double sum = 0, product = 0;
    for (int64_t i = 0; i < y.size(); ++i) {
      d_y.data[i] = static_cast<float>(normal(2, static_cast<uint64_t>(i)));
      sum += double{y.data()[i]} * d_y.data[i];
    }
    tape.backward();
    for (int64_t i = 0; i < t.store.size(); ++i) product += double{t.store.weights()[i]} * t.store.gradients()[i];
    EXPECT_NEAR(product, sum, 1e-4);
    const auto is_empty = [](const Parameter& p, int row) {
      const float* d = p.tensor.node().grad + row * p.cols;
      return std::all_of(d, d + p.cols, [](float v) { return v == 0; });
    };
    for (const int row : {0, 1, 3}) EXPECT_FALSE(is_empty(t.words, row));
    EXPECT_TRUE(is_empty(t.words, 2));
    for (const int row : {0, 1}) EXPECT_TRUE(is_empty(t.places, row));  // the first position is row 2
    for (const int row : {2, 3, 4}) EXPECT_FALSE(is_empty(t.places, row));
  }
}

TEST(Embed, RefusesRowsThatATableHasNot) {
  Tables t;
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  const auto fault = [&](std::vector<int32_t> ids, std::vector<int32_t> position) {
    try {
      embed(c, ids, t.words.tensor, 1, position, t.places.tensor, 0, 2);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(fault({0, 3}, {0, 2}), "");
  EXPECT_EQ(fault({0, 4}, {0, 2}), "token 4 is outside of the model's 4");
  EXPECT_EQ(fault({-1, 3}, {0, 2}), "token -1 is outside of the model's 4");
  EXPECT_EQ(fault({0, 3}, {0, 3}), "position 3 is outside of the model's 3");
}

}  // namespace
}  // namespace gamana
