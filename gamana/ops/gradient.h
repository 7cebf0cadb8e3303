#pragma once
// How operations leave a gradient that they hold already.
#include <algorithm>

#include "gamana/tensor/context.h"

namespace gamana {

// The gradient of x grows by `gradient` [x.size()].
inline void add_gradient(Context& c, const Tensor& x, const float* gradient) {
  const GradSlot slot = grad_slot(c.arena, x);
  if (slot.add)
    c.kernels.add(x.size(), gradient, slot.data);
  else
    c.kernels.dropout(x.size(), gradient, {}, slot.data);  // without a mask: a copy
}

// The gradient of x, zeros if none has arrived.
inline float* gradient_or_zeros(Context& c, const Tensor& x) {
  if (!x.node().has_grad) std::fill_n(grad_slot(c.arena, x).data, x.size(), 0.0f);
  return x.node().grad;
}

}  // namespace gamana
