// Norms with what some models have instead of the usual: another epsilon, no bias.
#include <cmath>

#include "tests/ops/gradient.h"

namespace gamana::test {
namespace {

Tensor normed(Context& c, const std::vector<Tensor>& t, float epsilon, bool centred = true) {
  LayerNorm norm;
  norm.gain.tensor = t[1], norm.epsilon = epsilon, norm.centred = centred;
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

// Zhang and Sennrich 2019, equation 4, with a mean that a centred norm would take away; and with a residual.
TEST(LayerNorm, NotCentredDividesByTheRootMeanSquare) {
  std::vector<Matrix> inputs{random_matrix(4, 7, 1), random_matrix(1, 7, 2), random_matrix(4, 7, 3)};
  for (float& x : inputs[0].values) x += 2;
  const auto f = [](Context& c, const std::vector<Tensor>& t) { return normed(c, {t[0], t[1]}, 0.5f, false); };
  const auto g = [](Context& c, const std::vector<Tensor>& t) {
    LayerNorm norm;
    norm.gain.tensor = t[1], norm.epsilon = 0.5f, norm.centred = false;
    const auto [sum, y] = add_then_norm(c, t[0], t[2], norm, 0);
    return add(c, y, sum, 0);
  };
  const auto y = values_of(cpu_kernels(), inputs, f), z = values_of(cpu_kernels(), inputs, g);
  for (int64_t r = 0; r < 4; ++r) {
    const float *x = inputs[0].values.data() + r * 7, *residual = inputs[2].values.data() + r * 7;
    double squares = 0, squares_of_sums = 0;
    for (int64_t i = 0; i < 7; ++i) squares += x[i] * x[i] / 7;
    for (int64_t i = 0; i < 7; ++i) squares_of_sums += std::pow(x[i] + residual[i], 2) / 7;
    for (int64_t i = 0; i < 7; ++i) {
      const double gain = inputs[1].values[i], sum = x[i] + residual[i];
      EXPECT_NEAR(y[r * 7 + i], x[i] / std::sqrt(squares + 0.5) * gain, 1e-6);
      EXPECT_NEAR(z[r * 7 + i], sum / std::sqrt(squares_of_sums + 0.5) * gain + sum, 2e-6);
    }
  }
  expect_gradients({inputs[0], inputs[1]}, f);
  expect_gradients(inputs, g);
}

// The sum of x, dropped, and the residual: read by its norm alone, or by the next sum as well; each of the two is read by nobody
// else, by one more operation, or is the other.
TEST(AddNorm, GradientsWhoeverElseReads) {
  const std::vector<Matrix> inputs{random_matrix(4, 6, 1), random_matrix(4, 6, 2), random_matrix(1, 6, 3)};
  const auto sums = [](Context& c, const Tensor& x, const Tensor& residual, const Tensor& gain) {
    LayerNorm norm;
    norm.gain.tensor = gain;
    return add_then_norm(c, x, residual, norm, 0.3f);
  };
  const auto fresh = [](Context& c, const Tensor& t) { return dropout(c, t, 0.3f); };  // memory that may be taken
  const std::vector<Operation> operations{
      [&](Context& c, const std::vector<Tensor>& t) { return sums(c, fresh(c, t[0]), t[1], t[2]).normed; },
      [&](Context& c, const std::vector<Tensor>& t) {
        const auto [sum, y] = sums(c, fresh(c, t[0]), t[1], t[2]);
        return add(c, y, sum, 0.3f);
      },
      [&](Context& c, const std::vector<Tensor>& t) { return add(c, sums(c, fresh(c, t[0]), t[1], t[2]).normed, t[1], 0); },
      [&](Context& c, const std::vector<Tensor>& t) { return add(c, t[1], sums(c, fresh(c, t[0]), t[1], t[2]).normed, 0.3f); },
      [&](Context& c, const std::vector<Tensor>& t) { return add(c, sums(c, fresh(c, t[1]), t[1], t[2]).normed, t[0], 0); },
      [&](Context& c, const std::vector<Tensor>& t) {
        const Tensor once = add(c, t[0], t[1], 0.3f);
        return sums(c, fresh(c, once), once, t[2]).normed;
      },
  };
  for (const Operation& f : operations) {
    SCOPED_TRACE(&f - operations.data());
    expect_gradients(inputs, f, true);
  }
}

}  // namespace gamana::test
