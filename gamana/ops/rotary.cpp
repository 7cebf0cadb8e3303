#include <utility>

#include "gamana/ops/ops.h"

namespace gamana {

Tensor rotary(Context& c, const Tensor& qkv, std::span<const int32_t> positions, const RotaryOptions& o) {
  const int64_t rows = qkv.rows(), cols = qkv.cols(), channels = cols / 3;
  GAMANA_DCHECK(static_cast<int64_t>(positions.size()) == rows && cols % (3 * o.heads) == 0);
  GAMANA_DCHECK(o.width % 2 == 0 && o.width <= channels / o.heads);
  // Queries and keys stand side by side, as 2 * heads heads.
  const Rotation rotation{2 * o.heads, static_cast<int>(channels / o.heads), o.width, o.interleaved, o.theta};
  const bool records = c.records(qkv);
  const Tensor y = take_values(qkv, records);
  c.kernels.rotate(rows, rotation, positions.data(), false, {y.data(), cols});
  if (records)
    c.tape->record([&c, qkv, y, positions, rotation, rows, cols] {
      // The gradient of turning is turning back. Nobody else reads qkv, so the gradient of y becomes that of qkv.
      Node &from = y.node(), &to = qkv.node();
      GAMANA_DCHECK(!to.has_grad && !to.grad);
      c.kernels.rotate(rows, rotation, positions.data(), true, {from.grad, cols});
      to.grad = std::exchange(from.grad, nullptr), to.has_grad = true;
    });
  return y;
}

}  // namespace gamana
