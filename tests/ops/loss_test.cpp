// What the loss counts beside its sums. (Values and gradients are tested with the kernels and the models.)
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "gamana/base/rng.h"
#include "gamana/ops/losses.h"
#include "gamana/ops/ops.h"

namespace gamana {
namespace {

TEST(Loss, CountsTheRowsItGetsRight) {
  const int64_t rows = 300, width = 8, vocabulary = 50;  // more rows than a chunk has
  std::vector<float> x(rows * width), w(vocabulary * width), b(vocabulary);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(normal(1, i));
  for (size_t i = 0; i < w.size(); ++i) w[i] = static_cast<float>(normal(2, i));
  for (size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(2 * normal(3, i));
  std::vector<int32_t> targets(rows);
  int64_t correct = 0;
  for (int64_t r = 0; r < rows; ++r) {
    std::vector<double> logits(vocabulary);
    for (int64_t v = 0; v < vocabulary; ++v) {
      logits[v] = b[v];
      for (int64_t i = 0; i < width; ++i) logits[v] += double{x[r * width + i]} * w[v * width + i];
    }
    const auto likeliest = static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
    targets[r] = r % 3 == 0 ? static_cast<int32_t>(mix(static_cast<uint64_t>(r)) % vocabulary) : likeliest;
    correct += targets[r] == likeliest;
  }
  ASSERT_LT(correct, rows);
  Arena arena;
  Context c{cpu_kernels(), arena};
  const Tensor weight = Tensor::borrow(w.data(), vocabulary, width), bias = Tensor::borrow(b.data(), 1, vocabulary);
  const Tensor hidden = Tensor::borrow(x.data(), rows, width);
  for (const float smoothing : {0.0f, 0.1f})
    for (const float scale : {1.0f, 0.01f})
      EXPECT_EQ(projected_cross_entropy(c, hidden, weight, bias, targets, smoothing, scale).correct, correct);
  std::fill(w.begin(), w.end(), 0.0f), std::fill(b.begin(), b.end(), 1.0f);  // nothing is likelier than the target
  EXPECT_EQ(projected_cross_entropy(c, hidden, weight, bias, targets, 0, 1).correct, rows);
}

// In chunks as whole, with the gradients of a teacher of another width.
TEST(Loss, DistillationInChunksIsThatOfWholeLogits) {
  const int64_t rows = 300, width = 8, wide = 12, vocabulary = 50;  // more rows than a chunk has
  const auto numbers = [](int64_t n, uint64_t seed) {
    std::vector<float> out(n);
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<float>(normal(seed, i));
    return out;
  };
  struct Gradients {
    double loss;
    std::vector<float> x, weight, bias;
  };
  const auto run = [&](bool in_chunks) {
    Arena arena;
    Tape tape;
    Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape};
    const auto tensor = [&](int64_t r, int64_t k, uint64_t seed, bool wants_grad) {
      const Tensor t = c.tensor(r, k, wants_grad);
      const std::vector<float> values = numbers(r * k, seed);
      std::copy(values.begin(), values.end(), t.data());
      return t;
    };
    const Tensor x = tensor(rows, width, 1, true), w = tensor(vocabulary, width, 2, true), b = tensor(1, vocabulary, 3, true);
    const Tensor tx = tensor(rows, wide, 4, false), tw = tensor(vocabulary, wide, 5, false), tb = tensor(1, vocabulary, 6, false);
    for (const Tensor& t : {w, b}) std::fill_n(grad_slot(arena, t).data, t.size(), 0.0f);  // as those of parameters are
    const auto linear = [&](const Tensor& in, const Tensor& weight, const Tensor& bias) {
      return gamana::linear(c, in, {Parameter{.rows = weight.rows(), .cols = weight.cols(), .tensor = weight},
                                    Parameter{.rows = 1, .cols = bias.cols(), .tensor = bias}});
    };
    const double loss = in_chunks ? projected_distillation(c, {x, w, b}, {tx, tw, tb}, 2, 0.1f).loss
                                  : distillation_loss(c, linear(x, w, b), linear(tx, tw, tb), 2, 0.1f).loss;
    tape.backward();
    const auto gradient = [](const Tensor& t) { return std::vector<float>(t.node().grad, t.node().grad + t.size()); };
    return Gradients{loss, gradient(x), gradient(w), gradient(b)};
  };
  const Gradients chunks = run(true), whole = run(false);
  EXPECT_NEAR(chunks.loss, whole.loss, 1e-4 * whole.loss);
  const auto expect_near = [](const std::vector<float>& a, const std::vector<float>& b) {
    for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-4) << i;
  };
  expect_near(chunks.x, whole.x), expect_near(chunks.weight, whole.weight), expect_near(chunks.bias, whole.bias);
}

}  // namespace
}  // namespace gamana
