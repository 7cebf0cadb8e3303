// Results that nobody reads: backward leaves out what made them.
#include "gamana/ops/gradient.h"
#include "gamana/ops/pool.h"
#include "gamana/ops/rows.h"
#include "gamana/ops/similarity.h"
#include "tests/ops/gradient.h"

namespace gamana::test {
namespace {

// The gradient of x [4, 12] where a read copy of it has the gradient 1 and `unread` makes something else of it.
std::vector<float> gradient_beside(const Operation& unread) {
  const std::vector<float> ones(4 * 12, 1.0f);
  const auto f = [&](Context& c, const std::vector<Tensor>& t) {
    const Tensor x = add(c, t[0], t[1], 0);
    const Tensor y = add(c, x, t[1], 0);
    unread(c, {x, t[2], t[3]});
    return y;
  };
  std::vector<Matrix> inputs{random_matrix(4, 12, 1), random_matrix(4, 12, 2), random_matrix(12, 12, 3),
                             random_matrix(1, 12, 4)};
  Arena arena;
  Tape tape;
  Context c{cpu_kernels(), arena};
  c.tape = &tape, c.training = true;
  std::vector<Tensor> tensors;
  for (const Matrix& m : inputs) {
    tensors.push_back(c.tensor(m.rows, m.cols, true));
    std::copy(m.values.begin(), m.values.end(), tensors.back().data());
  }
  const Tensor y = f(c, tensors);
  std::copy(ones.begin(), ones.end(), grad_slot(arena, y).data);
  tape.backward();
  const float* d = gradient_or_zeros(c, tensors[0]);
  return {d, d + ones.size()};
}

}  // namespace

TEST(Unread, ResultsOfEveryOperation) {
  static const std::vector<int32_t> offsets{0, 1, 4}, positions{0, 0, 1, 2};
  static const std::vector<float> frequencies{1.0f};
  const std::vector<Operation> operations{
      [](Context& c, const std::vector<Tensor>& t) {
        return linear(c, t[0], {{.tensor = t[1]}, {}}, Activation::gelu);
      },
      [](Context& c, const std::vector<Tensor>& t) { return layer_norm(c, t[0], {{.tensor = t[2]}, {}}); },
      [](Context& c, const std::vector<Tensor>& t) {
        return add_norm(c, dropout(c, t[0], 0.1f), t[0], {{.tensor = t[2]}, {}}, 0.1f);
      },
      [](Context& c, const std::vector<Tensor>& t) { return gated(c, t[0], Activation::silu); },
      [](Context& c, const std::vector<Tensor>& t) { return self_attention(c, t[0], offsets, {.heads = 2}); },
      [](Context& c, const std::vector<Tensor>& t) {
        return rotary(c, add(c, t[0], t[0], 0), positions, {.heads = 2, .width = 2, .frequencies = frequencies.data()});
      },
      [](Context& c, const std::vector<Tensor>& t) { return embed(c, positions, t[0], 1, {}, {}, 0); },
      [](Context& c, const std::vector<Tensor>& t) { return pool(c, t[0], offsets, Pooling::mean, 0); },
      [](Context& c, const std::vector<Tensor>& t) { return normalize(c, t[0]); },
      [](Context& c, const std::vector<Tensor>& t) { return concat(c, {t[0], t[0]}); },
      [](Context& c, const std::vector<Tensor>& t) { return take(c, t[0], {1, 1}, 2, 3); },
      [](Context& c, const std::vector<Tensor>& t) { return similarity(c, t[0], t[0], 1); },
      [](Context& c, const std::vector<Tensor>& t) { return row_products(c, t[0], t[0]); },
  };
  for (const Operation& unread : operations)
    EXPECT_EQ(gradient_beside(unread), std::vector<float>(4 * 12, 1.0f)) << &unread - operations.data();
}

// Pre-norm: the sum is read, its norm is not.
TEST(Unread, TheNormOfASumThatGoesOn) {
  expect_gradients({random_matrix(3, 5, 1), random_matrix(3, 5, 2), random_matrix(1, 5, 3)},
                   [](Context& c, const std::vector<Tensor>& t) {
                     return add_then_norm(c, t[0], t[1], {{.tensor = t[2]}, {}}, 0).sum;
                   });
}

}  // namespace gamana::test
