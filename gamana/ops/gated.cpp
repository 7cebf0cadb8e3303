#include "gamana/ops/ops.h"

namespace gamana {

Tensor gated(Context& c, const Tensor& x, Activation activation) {
  const int64_t rows = x.rows(), cols = x.cols() / 2;
  GAMANA_DCHECK(x.cols() % 2 == 0);
  const bool records = c.records(x);
  const Tensor y = c.tensor(rows, cols, records);
  c.kernels.gated(rows, cols, x.data(), activation, y.data());
  c.keep_in_half(x);
  if (!records) return y;
  y.node().remake = [&c, x, activation, rows, cols](float* data) { c.kernels.gated(rows, cols, x.data(), activation, data); };
  c.tape->record({y}, [&c, x, y, activation, rows, cols] {
    const GradSlot d = grad_slot(c.arena, x);
    GAMANA_DCHECK(!d.add);  // the projection feeds this gate alone
    c.kernels.gated_backward(rows, cols, y.node().grad, x.data(), activation, d.data);
  });
  return y;
}

}  // namespace gamana
