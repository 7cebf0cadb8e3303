#include "gamana/ops/similarity.h"

#include <algorithm>
#include <cmath>
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

Tensor pair_features(Context& c, const Tensor& u, const Tensor& v, const PairParts& parts) {
  const int64_t rows = u.rows(), cols = u.cols(), width = parts.count() * cols;
  GAMANA_DCHECK(v.rows() == rows && v.cols() == cols && width > 0);
  const bool records = c.records(u, v);
  const Tensor y = c.tensor(rows, width, records);
  for (int64_t r = 0; r < rows; ++r) {
    const float *a = u.data() + r * cols, *b = v.data() + r * cols;
    float* to = y.data() + r * width;
    if (parts.rep) to = std::copy_n(b, cols, std::copy_n(a, cols, to));
    for (int64_t i = 0; parts.difference && i < cols; ++i) *to++ = std::abs(a[i] - b[i]);
    for (int64_t i = 0; parts.multiplication && i < cols; ++i) *to++ = a[i] * b[i];
  }
  if (!records) return y;
  c.tape->record({y}, [&c, u, v, y, parts, rows, cols, width] {
    const Tensor d = c.tensor(rows, cols, false);
    for (const bool first : {true, false}) {
      const Tensor &x = first ? u : v, &other = first ? v : u;
      if (!x.wants_grad()) continue;
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t i = 0; i < cols; ++i) {
          const float *from = y.node().grad + r * width + i, a = x.data()[r * cols + i], b = other.data()[r * cols + i];
          float sum = 0;
          if (parts.rep) sum += from[first ? 0 : cols], from += 2 * cols;
          if (parts.difference) sum += a > b ? *from : a < b ? -*from : 0, from += cols;  // 0 where equal, as in PyTorch
          if (parts.multiplication) sum += *from * b;
          d.data()[r * cols + i] = sum;
        }
      add_gradient(c, x, d.data());
    }
  });
  return y;
}

}  // namespace gamana
