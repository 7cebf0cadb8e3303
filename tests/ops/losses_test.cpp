// Losses and poolings: values against their formulas, gradients against central differences.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "gamana/base/rng.h"
#include "gamana/ops/losses.h"
#include "gamana/ops/pool.h"

namespace gamana {
namespace {

// A parameter with random values and a gradient.
struct Input {
  Input(int64_t rows, int64_t cols, uint64_t seed) : values(rows * cols), node(std::make_shared<Node>()) {
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(normal(seed, i));
    node->rows = rows, node->cols = cols, node->data = values.data(), node->wants_grad = true;
  }
  Tensor tensor() const { return Tensor(node); }
  std::vector<float> values;
  std::shared_ptr<Node> node;
};

using Loss = std::function<double(Context&, const Tensor&)>;

// d loss / d x of the tape equals central differences of the loss.
void expect_gradient(Input& x, const Loss& loss) {
  Arena arena;
  Tape tape;
  Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape};
  loss(c, x.tensor());
  tape.backward();
  const std::vector<float> gradient(x.node->grad, x.node->grad + x.values.size());
  Context plain{.kernels = cpu_kernels(), .arena = arena};
  const float step = 1.0f / 256;
  for (size_t i = 0; i < x.values.size(); ++i) {
    const float value = x.values[i];
    x.values[i] = value + step;
    const double above = loss(plain, x.tensor());
    x.values[i] = value - step;
    const double below = loss(plain, x.tensor());
    x.values[i] = value;
    EXPECT_NEAR(gradient[i], (above - below) / (2 * step), 2e-3) << "place " << i;
  }
}

TEST(Losses, CrossEntropyWithWeightsAndRowsThatCountNothing) {
  Input x(4, 3, 1);
  const std::vector<int32_t> targets = {2, kNoTarget, 0, 2};
  const std::vector<float> weights = {0.5f, 1, 2};
  expect_gradient(x, [&](Context& c, const Tensor& t) { return cross_entropy(c, t, targets, weights, 1).loss; });
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  double expected = 0;
  for (const int r : {0, 2, 3}) {
    double sum = 0;
    for (int k = 0; k < 3; ++k) sum += std::exp(x.values[r * 3 + k]);
    expected += weights[targets[r]] * (std::log(sum) - x.values[r * 3 + targets[r]]);
  }
  EXPECT_NEAR(cross_entropy(c, x.tensor(), targets, weights, 1).loss, expected, 1e-6);
  const LossSum plain = cross_entropy(c, x.tensor(), targets, {}, 1);
  EXPECT_EQ(plain.nll, plain.loss);
  EXPECT_EQ(plain.nll, cross_entropy(c, x.tensor(), targets, weights, 1).nll);  // not weighted
  const std::vector<int32_t> none(4, kNoTarget);
  const LossSum nothing = cross_entropy(c, x.tensor(), none, {}, 1);
  EXPECT_EQ(nothing.loss, 0);
  EXPECT_EQ(nothing.correct, 0);
}

TEST(Losses, OfLogitsFarFromZero) {
  Input x(1, 3, 1);
  x.values = {-2000, -2001, -2002};
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  const double expected = 1 + std::log(1 + std::exp(-1.0) + std::exp(-2.0));
  EXPECT_NEAR(cross_entropy(c, x.tensor(), std::vector<int32_t>{1}, {}, 1).loss, expected, 1e-9);
  EXPECT_NEAR(binary_cross_entropy(c, x.tensor(), std::vector<float>{1, 0, 1}, 1).loss, (2000 + 2002) / 3.0, 1e-9);
  for (float& v : x.values) v = -v;
  EXPECT_NEAR(binary_cross_entropy(c, x.tensor(), std::vector<float>{1, 0, 1}, 1).loss, 2001 / 3.0, 1e-9);
}

TEST(Losses, BinaryCrossEntropy) {
  Input x(3, 2, 2);
  const std::vector<float> targets = {1, 0, 0, 1, 1, 1};
  expect_gradient(x, [&](Context& c, const Tensor& t) { return binary_cross_entropy(c, t, targets, 1).loss; });
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  x.values = {1, 1, -1, 1, 1, 1};  // a row is right where all of it is
  EXPECT_EQ(binary_cross_entropy(c, x.tensor(), targets, 1).correct, 2);
}

TEST(Losses, SquaredError) {
  Input x(3, 2, 3);
  const std::vector<float> targets = {1, -2, 0.5f, 0, 3, 1};
  expect_gradient(x, [&](Context& c, const Tensor& t) { return squared_error(c, t, targets, 1).loss; });
}

TEST(Losses, SoftmaxOverRowsOfGroups) {
  Input x(7, 2, 4);
  const std::vector<int32_t> offsets = {0, 3, 4, 7}, targets = {1, 2, 0, kNoTarget, 2, 0};
  expect_gradient(x, [&](Context& c, const Tensor& t) { return group_cross_entropy(c, t, offsets, targets, 1).loss; });
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  x.values = {0, 0, 9, 0, 0, 9, 1, 1, 0, 9, 0, 0, 9, 0};
  EXPECT_EQ(group_cross_entropy(c, x.tensor(), offsets, targets, 1).correct, 3);
  x.values[0] = 99;  // of the first group the start is wrong, the end is right
  EXPECT_EQ(group_cross_entropy(c, x.tensor(), offsets, targets, 1).correct, 2);
}

TEST(Losses, DistillationVanishesWhereBothAgree) {
  Input x(3, 4, 5), teacher(3, 4, 6);
  Loss loss = [&](Context& c, const Tensor& t) { return distillation_loss(c, t, teacher.tensor(), 2, 1).loss; };
  teacher.node->wants_grad = false;
  expect_gradient(x, loss);
  teacher.values = x.values;
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  EXPECT_NEAR(loss(c, x.tensor()), 0, 1e-6);  // sums in f32
}

TEST(Losses, Cosine) {
  Input x(3, 5, 7), y(3, 5, 8);
  y.node->wants_grad = false;
  expect_gradient(x, [&](Context& c, const Tensor& t) { return cosine_loss(c, t, y.tensor(), 1).loss; });
  Arena arena;
  Tape tape;
  Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape};
  Input zeros(3, 5, 7);
  zeros.values.assign(15, 0);
  EXPECT_EQ(cosine_loss(c, zeros.tensor(), y.tensor(), 1).loss, 3);  // at right angles to all, as PyTorch has it
  tape.backward();
  for (int i = 0; i < 15; ++i) EXPECT_TRUE(std::isfinite(zeros.node->grad[i]));
}

TEST(Losses, TripletsWithRowsThatAreFarEnough) {
  Input a(4, 3, 12), p(4, 3, 13), n(4, 3, 14);
  for (int i = 0; i < 3; ++i) n.values[3 + i] = 40, p.values[6 + i] = a.values[6 + i];  // far enough; no distance
  const std::vector<Input*> inputs = {&a, &p, &n};
  for (Input* x : inputs) {
    for (Input* other : inputs) other->node->wants_grad = other == x;
    if (x == &a) p.values[6] += 1;  // a difference across 0 has no slope
    expect_gradient(*x, [&](Context& c, const Tensor&) { return triplet_loss(c, a.tensor(), p.tensor(), n.tensor(), 2, 1).loss; });
  }
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  a.values.assign(12, 0), p.values.assign(12, 0), n.values.assign(12, 0);
  p.values[0] = 3, p.values[1] = 4, n.values[2] = 6;  // 5 - 6 + 2, and 0 - 0 + 2 in three rows
  const LossSum sum = triplet_loss(c, a.tensor(), p.tensor(), n.tensor(), 2, 1);
  EXPECT_DOUBLE_EQ(sum.loss, 1 + 3 * 2);
  EXPECT_EQ(sum.correct, 1);
}

// Of each pooling, through a loss that weighs its channels differently.
TEST(Pool, GradientsOfAllPoolings) {
  const std::vector<int32_t> offsets = {0, 4, 5, 5, 8};  // one is empty
  std::vector<float> targets(4 * 3);
  for (size_t i = 0; i < targets.size(); ++i) targets[i] = static_cast<float>(i) / 7;
  for (const Pooling pooling : {Pooling::first, Pooling::last, Pooling::mean, Pooling::mean_sqrt, Pooling::weighted_mean, Pooling::max}) {
    SCOPED_TRACE(static_cast<int>(pooling));
    Input x(8, 3, 9);
    for (const int skip : {0, 2})
      expect_gradient(x, [&](Context& c, const Tensor& t) { return squared_error(c, pool(c, t, offsets, pooling, skip), targets, 1).loss; });
  }
}

TEST(Pool, Values) {
  Input x(3, 1, 10);
  x.values = {1, -4, 6};
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  const auto value = [&](Pooling p) { return pool(c, x.tensor(), {0, 3}, p).data()[0]; };
  EXPECT_FLOAT_EQ(value(Pooling::first), 1);
  EXPECT_FLOAT_EQ(value(Pooling::last), 6);
  EXPECT_FLOAT_EQ(value(Pooling::mean), 1);
  EXPECT_FLOAT_EQ(value(Pooling::mean_sqrt), 3 / std::sqrt(3.0f));
  EXPECT_FLOAT_EQ(value(Pooling::weighted_mean), (1 - 8 + 18) / 6.0f);
  EXPECT_FLOAT_EQ(value(Pooling::max), 6);
  const auto after_first = [&](Pooling p) { return pool(c, x.tensor(), {0, 3}, p, 1).data()[0]; };
  EXPECT_FLOAT_EQ(after_first(Pooling::first), -4);
  EXPECT_FLOAT_EQ(after_first(Pooling::last), 6);
  EXPECT_FLOAT_EQ(after_first(Pooling::mean), 1);
  EXPECT_FLOAT_EQ(after_first(Pooling::mean_sqrt), 2 / std::sqrt(2.0f));
  EXPECT_FLOAT_EQ(after_first(Pooling::weighted_mean), (-8 + 18) / 5.0f);
  EXPECT_FLOAT_EQ(after_first(Pooling::max), 6);
}

// Two poolings of one input, and rows of no length.
TEST(Pool, GradientsAddUp) {
  const std::vector<int32_t> offsets = {0, 2, 3};
  for (const Pooling second : {Pooling::mean, Pooling::max}) {
    Input x(3, 2, 15);
    expect_gradient(x, [&](Context& c, const Tensor& t) {
      const std::vector<float> targets(4, 1);
      return squared_error(c, pool(c, t, offsets, Pooling::first), targets, 1).loss + squared_error(c, pool(c, t, offsets, second), targets, 1).loss;
    });
  }
  Input zeros(1, 3, 1);
  zeros.values.assign(3, 0);
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  const Tensor y = normalize(c, zeros.tensor());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(y.data()[i], 0);
}

TEST(Pool, NormalizedRows) {
  Input x(2, 4, 11);
  std::vector<float> targets(8, 0.25f);
  expect_gradient(x, [&](Context& c, const Tensor& t) { return squared_error(c, normalize(c, t), targets, 1).loss; });
}

}  // namespace
}  // namespace gamana
