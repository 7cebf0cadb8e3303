#include "gamana/ops/pool.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "gamana/base/parallel.h"
#include "gamana/ops/gradient.h"

namespace gamana {
namespace {

constexpr int64_t kPoolGrain = 4;  // sequences

// What token i counts in a sum over the tokens from `skip` to n.
float share(Pooling pooling, int64_t i, int64_t skip, int64_t n) {
  const auto number = [](int64_t k) { return static_cast<float>(k); };
  switch (pooling) {
    case Pooling::first: return i == skip ? 1.0f : 0.0f;
    case Pooling::last: return i == n - 1 ? 1.0f : 0.0f;
    case Pooling::mean: return 1.0f / number(n - skip);
    case Pooling::mean_sqrt: return 1.0f / std::sqrt(number(n - skip));
    case Pooling::weighted_mean: return 2.0f * number(i + 1) / (number(n) * number(n + 1) - number(skip) * number(skip + 1));
    case Pooling::max: break;
  }
  return 0;
}

// y = sum of share(i) x[i] over the rows [begin + skip, end) of x.
void pool_sum(Pooling pooling, const Tensor& x, int64_t begin, int64_t end, int64_t skip, float* y) {
  const int64_t cols = x.cols();
  std::fill_n(y, cols, 0.0f);
  for (int64_t r = begin + skip; r < end; ++r) {
    const float factor = share(pooling, r - begin, skip, end - begin);
    const float* row = x.data() + r * cols;
    for (int64_t i = 0; factor != 0 && i < cols; ++i) y[i] += factor * row[i];
  }
}

// y = the largest of each column, and the row it stands in.
void pool_max(const Tensor& x, int64_t begin, int64_t end, float* y, int32_t* from) {
  const int64_t cols = x.cols();
  std::fill_n(y, cols, 0.0f), std::fill_n(from, cols, -1);
  for (int64_t r = begin; r < end; ++r)
    for (int64_t i = 0; i < cols; ++i) {
      const float value = x.data()[r * cols + i];
      if (from[i] < 0 || value > y[i]) y[i] = value, from[i] = static_cast<int32_t>(r);
    }
}

}  // namespace

Tensor pool(Context& c, const Tensor& x, const std::vector<int32_t>& offsets, Pooling pooling, int32_t skip) {
  const int64_t sequences = static_cast<int64_t>(offsets.size()) - 1, cols = x.cols();
  GAMANA_DCHECK(offsets.back() == x.rows());
  const bool records = c.records(x), largest = pooling == Pooling::max;
  const Tensor y = c.tensor(sequences, cols, records);
  const auto from = std::make_shared<std::vector<int32_t>>(largest ? sequences * cols : 0);
  parallel_for(sequences, kPoolGrain, [&](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s) {
      float* row = y.data() + s * cols;
      if (largest) pool_max(x, offsets[s] + skip, offsets[s + 1], row, from->data() + s * cols);
      else pool_sum(pooling, x, offsets[s], offsets[s + 1], skip, row);
    }
  });
  if (!records) return y;
  c.tape->record({y}, [&c, x, offsets, y, from, pooling, skip, largest, sequences, cols] {
    const GradSlot slot = grad_slot(c.arena, x);
    if (!slot.add) std::fill_n(slot.data, x.size(), 0.0f);
    parallel_for(sequences, kPoolGrain, [&](int64_t begin, int64_t end) {
      for (int64_t s = begin; s < end; ++s) {
        const float* d = y.node().grad + s * cols;
        const int32_t* rows = from->data() + s * cols;
        for (int64_t i = 0; largest && i < cols; ++i)
          if (rows[i] >= 0) slot.data[rows[i] * cols + i] += d[i];
        for (int64_t r = offsets[s] + skip; !largest && r < offsets[s + 1]; ++r) {
          const float factor = share(pooling, r - offsets[s], skip, offsets[s + 1] - offsets[s]);
          for (int64_t i = 0; factor != 0 && i < cols; ++i) slot.data[r * cols + i] += factor * d[i];
        }
      }
    });
  });
  return y;
}

Tensor normalize(Context& c, const Tensor& x) {
  const int64_t rows = x.rows(), cols = x.cols();
  const bool records = c.records(x);
  const Tensor y = c.tensor(rows, cols, records), inverse = c.tensor(rows, 1, false);
  for (int64_t r = 0; r < rows; ++r) {
    const float *in = x.data() + r * cols;
    double squares = 0;
    for (int64_t i = 0; i < cols; ++i) squares += static_cast<double>(in[i]) * in[i];
    const float factor = static_cast<float>(1 / std::max(std::sqrt(squares), 1e-12));
    for (int64_t i = 0; i < cols; ++i) y.data()[r * cols + i] = factor * in[i];
    inverse.data()[r] = factor;
  }
  // d_x = (d_y - y (y · d_y)) / |x|
  if (records)
    c.tape->record({y}, [&c, x, y, inverse, rows, cols] {
      float* d = y.node().grad;
      for (int64_t r = 0; r < rows; ++r) {
        const float* out = y.data() + r * cols;
        float* row = d + r * cols;
        double along = 0;
        for (int64_t i = 0; i < cols; ++i) along += static_cast<double>(out[i]) * row[i];
        for (int64_t i = 0; i < cols; ++i) row[i] = inverse.data()[r] * (row[i] - static_cast<float>(along) * out[i]);
      }
      add_gradient(c, x, d);
    });
  return y;
}

}  // namespace gamana
