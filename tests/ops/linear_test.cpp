// Projections with low-rank parts beside their weight.
#include "tests/ops/gradient.h"

namespace gamana::test {
namespace {

// Inputs: x [5, 6], W [7, 6], b [1, 7], and A and B of two parts, beside rows 0 to 2 and 4 to 6.
std::vector<Matrix> problem() {
  return {random_matrix(5, 6, 1), random_matrix(7, 6, 2), random_matrix(1, 7, 3), random_matrix(2, 6, 4),
          random_matrix(3, 2, 5), random_matrix(2, 6, 6), random_matrix(3, 2, 7)};
}

Parameter parameter(const Tensor& t) { return {t.rows(), t.cols(), Init::zeros, 0, t}; }

Operation with_parts(Activation activation, float dropout) {
  return [=](Context& c, const std::vector<Tensor>& t) {
    Linear layer{parameter(t[1]), parameter(t[2])};
    layer.low_rank.push_back({parameter(t[3]), parameter(t[4]), 0, 0.5f, dropout});
    layer.low_rank.push_back({parameter(t[5]), parameter(t[6]), 4, 1.5f, dropout});
    return linear(c, t[0], layer, activation);
  };
}

TEST(LowRank, AddsTheProductToItsRows) {
  const auto p = problem();
  for (const Kernels* kernels : {&ref_kernels(), &cpu_kernels()}) {
    const auto y = values_of(*kernels, p, with_parts(Activation::relu, 0));
    for (int n = 0; n < 5; ++n)
      for (int o = 0; o < 7; ++o) {
        double sum = p[2].values[o];
        for (int i = 0; i < 6; ++i) {
          double w = p[1].values[o * 6 + i];
          for (int r = 0; r < 2; ++r) {
            if (o < 3) w += 0.5 * p[4].values[o * 2 + r] * p[3].values[r * 6 + i];
            if (o >= 4) w += 1.5 * p[6].values[(o - 4) * 2 + r] * p[5].values[r * 6 + i];
          }
          sum += w * p[0].values[n * 6 + i];
        }
        EXPECT_NEAR(y[n * 7 + o], std::max(0.0, sum), 1e-4);  // of sums up to 30
      }
  }
}

TEST(LowRank, Gradient) {
  expect_gradients(problem(), with_parts(Activation::none, 0));
  expect_gradients(problem(), with_parts(Activation::none, 0.3f), true);
}

}  // namespace
}  // namespace gamana::test
