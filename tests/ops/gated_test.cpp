#include "tests/ops/gradient.h"

namespace gamana::test {

TEST(Gated, FirstHalfGatesTheSecond) {
  const auto f = [](Context& c, const std::vector<Tensor>& t) { return gated(c, t[0], Activation::relu); };
  EXPECT_EQ(values_of(cpu_kernels(), {{2, 4, {-1, 2, 3, 5, 4, -0.5f, 7, 9}}}, f), (std::vector<float>{0, 10, 28, 0}));
}

TEST(Gated, Gradient) {
  for (const auto activation : {Activation::gelu, Activation::silu, Activation::tanh})
    expect_gradients({random_matrix(3, 10, 1)},
                     [=](Context& c, const std::vector<Tensor>& t) { return gated(c, t[0], activation); });
}

}  // namespace gamana::test
