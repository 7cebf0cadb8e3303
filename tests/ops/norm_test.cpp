// Norms with what some models have instead of the usual: another epsilon, no bias.
#include <cmath>

#include "tests/ops/gradient.h"

namespace gamana::test {
namespace {

Tensor normed(Context& c, const std::vector<Tensor>& t, float epsilon) {
  LayerNorm norm;
  norm.gain.tensor = t[1], norm.epsilon = epsilon;
  if (t.size() > 2) norm.bias.tensor = t[2];
  return layer_norm(c, t[0], norm);
}

}  // namespace

TEST(LayerNorm, WithoutBiasAndWithItsOwnEpsilon) {
  const std::vector<Matrix> inputs{random_matrix(4, 6, 1), random_matrix(1, 6, 2)};
  const auto f = [](Context& c, const std::vector<Tensor>& t) { return normed(c, t, 0.5f); };
  const auto y = values_of(cpu_kernels(), inputs, f);
  for (int64_t r = 0; r < 4; ++r) {
    double mean = 0, variance = 0;
    const float* x = inputs[0].values.data() + r * 6;
    for (int64_t i = 0; i < 6; ++i) mean += x[i] / 6.0;
    for (int64_t i = 0; i < 6; ++i) variance += (x[i] - mean) * (x[i] - mean) / 6.0;
    for (int64_t i = 0; i < 6; ++i)
      EXPECT_NEAR(y[r * 6 + i], (x[i] - mean) / std::sqrt(variance + 0.5) * inputs[1].values[i], 1e-6);
  }
  expect_gradients(inputs, f);
}

TEST(LayerNorm, GradientWithBias) {
  expect_gradients({random_matrix(3, 5, 1), random_matrix(1, 5, 2), random_matrix(1, 5, 3)},
                   [](Context& c, const std::vector<Tensor>& t) { return normed(c, t, 0.5f); });
}

}  // namespace gamana::test
