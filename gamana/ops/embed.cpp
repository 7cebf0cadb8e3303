#include "gamana/ops/ops.h"

#include <numeric>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"

namespace gamana {
namespace {

// Ids and positions come from files and texts: one outside of its table must not be read.
void check_rows(std::span<const int32_t> ids, int64_t rows, const char* what) {
  for (const int32_t id : ids)
    if (id < 0 || id >= rows) fail("{} {} is outside of the model's {}", what, id, rows);
}

// The rows of a table that is kept in its packed form alone.
Tensor unpacked_rows(Context& c, std::span<const int32_t> ids, const Tensor& table) {
  const Tensor rows = c.tensor(static_cast<int64_t>(ids.size()), table.cols(), false);
  parallel_for(rows.rows(), 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) table.node().packed->unpack(ids[i], ids[i] + 1, rows.data() + i * table.cols());
  });
  return rows;
}

}  // namespace

Tensor embed(Context& c, std::span<const int32_t> ids, const Tensor& table, float scale,
             std::span<const int32_t> position, const Tensor& positions, float rate, int first_position) {
  const int64_t rows = static_cast<int64_t>(ids.size()), cols = table.cols();
  GAMANA_DCHECK(!positions || static_cast<int64_t>(position.size()) == rows);
  check_rows(ids, table.rows(), "token");
  if (positions) check_rows(position, positions.rows() - first_position, "position");
  if (!table.node().data) {
    const Tensor words = unpacked_rows(c, ids, table);
    std::vector<int32_t> each(ids.size());
    std::iota(each.begin(), each.end(), 0);
    return embed(c, each, words, scale, position, positions, rate, first_position);
  }
  const bool records = positions ? c.records(table, positions) : c.records(table);
  const DropoutMask mask = c.next_mask(rate);
  const Tensor y = c.tensor(rows, cols, records);
  const int64_t skipped = first_position * cols;
  c.kernels.embed(rows, cols, ids.data(), table.data(), scale, positions ? position.data() : nullptr,
                  positions ? positions.data() + skipped : nullptr, mask, y.data());
  if (!records) return y;
  // The caller's batch outlives the step, so the spans are kept as they are.
  c.tape->record({y}, [&c, ids, table, scale, position, positions, mask, y, rows, cols, skipped] {
    float* d_y = y.node().grad;
    if (mask.rate > 0) c.kernels.dropout(rows * cols, d_y, mask, d_y);
    if (table.wants_grad()) c.kernels.embed_backward(rows, cols, ids.data(), d_y, scale, grad_slot(c.arena, table).data);
    if (positions.wants_grad())
      c.kernels.embed_backward(rows, cols, position.data(), d_y, 1.0f, grad_slot(c.arena, positions).data + skipped);
  });
  return y;
}

}  // namespace gamana
