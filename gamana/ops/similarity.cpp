#include "gamana/ops/similarity.h"

#include <utility>

#include "gamana/ops/gradient.h"

namespace gamana {
namespace {

void multiply(float* x, int64_t size, float factor) {
  for (int64_t i = 0; i < size; ++i) x[i] *= factor;
}

// d_x = d y, for d [x.rows(), y.rows()] as it is or transposed.
void add_product(Context& c, const Tensor& x, const float* d, bool transposed, int64_t stride, const Tensor& y) {
  if (!x.wants_grad()) return;
  const GradSlot slot = grad_slot(c.arena, x);
  c.kernels.gemm(transposed, false, x.rows(), x.cols(), y.rows(), d, stride, y.data(), y.cols(), slot.data, x.cols(),
                 slot.add);
}

}  // namespace

Tensor similarity(Context& c, const Tensor& a, const Tensor& b, float factor) {
  GAMANA_DCHECK(a.cols() == b.cols());
  const bool records = c.records(a, b);
  const Tensor y = c.tensor(a.rows(), b.rows(), records);
  c.kernels.gemm(false, true, a.rows(), b.rows(), a.cols(), a.data(), a.cols(), b.data(), b.cols(), y.data(), b.rows(),
                 false);
  multiply(y.data(), y.size(), factor);
  if (records)
    c.tape->record({y}, [&c, a, b, y, factor] {
      float* d = y.node().grad;
      multiply(d, y.size(), factor);
      add_product(c, a, d, false, y.cols(), b);
      add_product(c, b, d, true, y.cols(), a);
    });
  return y;
}

Tensor row_products(Context& c, const Tensor& a, const Tensor& b) {
  const int64_t rows = a.rows(), cols = a.cols();
  GAMANA_DCHECK(b.rows() == rows && b.cols() == cols);
  const bool records = c.records(a, b);
  const Tensor y = c.tensor(rows, 1, records);
  for (int64_t r = 0; r < rows; ++r) {
    double sum = 0;
    for (int64_t i = r * cols; i < (r + 1) * cols; ++i) sum += static_cast<double>(a.data()[i]) * b.data()[i];
    y.data()[r] = static_cast<float>(sum);
  }
  if (!records) return y;
  c.tape->record({y}, [&c, a, b, y, rows, cols] {
    const Tensor d = c.tensor(rows, cols, false);
    for (const auto& [x, other] : {std::pair{a, b}, {b, a}}) {
      if (!x.wants_grad()) continue;
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t i = r * cols; i < (r + 1) * cols; ++i) d.data()[i] = y.node().grad[r] * other.data()[i];
      add_gradient(c, x, d.data());
    }
  });
  return y;
}

}  // namespace gamana
