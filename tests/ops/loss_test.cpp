// What the loss counts beside its sums. (Values and gradients are tested with the kernels and the models.)
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "gamana/base/rng.h"
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
}

}  // namespace
}  // namespace gamana
