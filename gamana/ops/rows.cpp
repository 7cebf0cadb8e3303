#include "gamana/ops/rows.h"

#include <algorithm>
#include <numeric>

#include "gamana/base/parallel.h"

namespace gamana {
namespace {

constexpr int64_t kRowsGrain = 64;  // rows

}  // namespace

Tensor concat(Context& c, std::vector<Tensor> parts) {
  const int64_t rows = parts.front().rows();
  int64_t cols = 0;
  bool records = false;
  for (const Tensor& part : parts) {
    GAMANA_DCHECK(part.rows() == rows);
    cols += part.cols(), records = records || c.records(part);
  }
  const Tensor y = c.tensor(rows, cols, records);
  parallel_for(rows, kRowsGrain, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      float* to = y.data() + r * cols;
      for (const Tensor& part : parts) to = std::copy_n(part.data() + r * part.cols(), part.cols(), to);
    }
  });
  if (records)
    c.tape->record({y}, [&c, parts = std::move(parts), y, rows, cols] {
      int64_t column = 0;
      for (const Tensor& part : parts) {
        const float* from = y.node().grad + column;
        column += part.cols();
        if (!part.wants_grad()) continue;
        const GradSlot slot = grad_slot(c.arena, part);
        parallel_for(rows, kRowsGrain, [&](int64_t begin, int64_t end) {
          for (int64_t r = begin; r < end; ++r)
            for (int64_t i = 0; i < part.cols(); ++i) {
              float& to = slot.data[r * part.cols() + i];
              to = (slot.add ? to : 0.0f) + from[r * cols + i];
            }
        });
      }
    });
  return y;
}

Tensor take(Context& c, const Tensor& x, std::vector<int32_t> rows, int64_t column, int64_t cols) {
  GAMANA_DCHECK(column + cols <= x.cols());
  const bool records = c.records(x);
  const Tensor y = c.tensor(static_cast<int64_t>(rows.size()), cols, records);
  for (size_t i = 0; i < rows.size(); ++i)
    std::copy_n(x.data() + rows[i] * x.cols() + column, cols, y.data() + static_cast<int64_t>(i) * cols);
  if (records)
    c.tape->record({y}, [&c, x, rows = std::move(rows), y, column, cols] {
      const GradSlot slot = grad_slot(c.arena, x);
      if (!slot.add) std::fill_n(slot.data, x.size(), 0.0f);
      for (size_t i = 0; i < rows.size(); ++i)
        for (int64_t j = 0; j < cols; ++j)
          slot.data[rows[i] * x.cols() + column + j] += y.node().grad[static_cast<int64_t>(i) * cols + j];
    });
  return y;
}

Tensor take(Context& c, const Tensor& x, std::optional<std::vector<int32_t>> rows) {
  return rows ? take(c, x, std::move(*rows), 0, x.cols()) : x;
}

Tensor rows_of(Context& c, const Tensor& x, int64_t first, int64_t count) {
  std::vector<int32_t> rows(count);
  std::iota(rows.begin(), rows.end(), static_cast<int32_t>(first));
  return take(c, x, std::move(rows), 0, x.cols());
}

}  // namespace gamana
