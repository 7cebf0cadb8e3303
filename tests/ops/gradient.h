#pragma once
// Gradients of whole operations, through the tape, against central differences of the same operation with `ref`.
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "gamana/base/rng.h"
#include "gamana/ops/ops.h"

namespace gamana::test {

struct Matrix {
  int64_t rows, cols;
  std::vector<float> values;
};

inline Matrix random_matrix(int64_t rows, int64_t cols, uint64_t seed) {
  Matrix m{rows, cols, std::vector<float>(static_cast<size_t>(rows * cols))};
  for (size_t i = 0; i < m.values.size(); ++i) m.values[i] = static_cast<float>(normal(seed, i));
  return m;
}

using Operation = std::function<Tensor(Context&, const std::vector<Tensor>&)>;

// The values of f(inputs); each input is a tensor of the arena that f may take the memory of.
inline std::vector<float> values_of(const Kernels& kernels, const std::vector<Matrix>& inputs, const Operation& f,
                                    bool training = false) {
  Arena arena;
  Context c{kernels, arena};
  c.training = training;
  std::vector<Tensor> tensors;
  for (const Matrix& m : inputs) {
    tensors.push_back(c.tensor(m.rows, m.cols, false));
    std::copy(m.values.begin(), m.values.end(), tensors.back().data());
  }
  const Tensor y = f(c, tensors);
  return {y.data(), y.data() + y.size()};
}

// The gradients of sum(f(inputs) * d_y) by each input.
inline std::vector<std::vector<float>> gradients_of(const Kernels& kernels, const std::vector<Matrix>& inputs,
                                                    const Operation& f, const std::vector<float>& d_y,
                                                    bool training = false) {
  Arena arena;
  Tape tape;
  Context c{kernels, arena};
  c.tape = &tape, c.training = training;
  std::vector<Tensor> tensors;
  for (const Matrix& m : inputs) {
    tensors.push_back(c.tensor(m.rows, m.cols, true));
    std::copy(m.values.begin(), m.values.end(), tensors.back().data());
  }
  const Tensor y = f(c, tensors);
  std::copy(d_y.begin(), d_y.end(), grad_slot(arena, y).data);
  tape.backward();
  std::vector<std::vector<float>> out;
  for (const Tensor& t : tensors) out.emplace_back(t.node().grad, t.node().grad + t.size());
  return out;
}

// With numbers of size 1 in f32 a central difference of step 0.01 errs by 1e-4 for the curvature and 1e-7 / 0.01 for
// every result that moves.
inline void expect_gradients(std::vector<Matrix> inputs, const Operation& f, bool training = false) {
  const auto y = values_of(ref_kernels(), inputs, f, training);
  const auto d_y = random_matrix(1, static_cast<int64_t>(y.size()), 99).values;
  const auto gradients = gradients_of(ref_kernels(), inputs, f, d_y, training);
  const auto loss = [&] {
    const auto now = values_of(ref_kernels(), inputs, f, training);
    double sum = 0;
    for (size_t i = 0; i < now.size(); ++i) sum += double{now[i]} * d_y[i];
    return sum;
  };
  for (size_t which = 0; which < inputs.size(); ++which)
    for (size_t i = 0; i < inputs[which].values.size(); ++i) {
      float& x = inputs[which].values[i];
      const float before = x;
      x = before + 0.01f;
      const double above = loss();
      x = before - 0.01f;
      const double below = loss();
      x = before;
      ASSERT_NEAR(gradients[which][i], (above - below) / 0.02, 2e-3) << "input " << which << " element " << i;
    }
}

}  // namespace gamana::test
