#pragma once
// How operations leave a gradient that they hold already.
#include <algorithm>
#include <utility>

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

// The same, `gradient` going through a dropout's mask first.
inline void add_gradient(Context& c, const Tensor& x, const float* gradient, DropoutMask mask) {
  if (mask.rate == 0) return add_gradient(c, x, gradient);
  if (!x.node().has_grad) return c.kernels.dropout(x.size(), gradient, mask, grad_slot(c.arena, x).data);
  const Scratch<float> kept(c.arena, x.size());
  c.kernels.dropout(x.size(), gradient, mask, kept);
  add_gradient(c, x, kept);
}

// The gradient of x grows by that of y, which nobody asks for again: where it is the first, its memory becomes that of x.
inline void hand_gradient(Context& c, const Tensor& y, const Tensor& x) {
  Node &from = y.node(), &to = x.node();
  if (to.grad || !to.arena) return add_gradient(c, x, from.grad);
  to.grad = std::exchange(from.grad, nullptr);
  to.has_grad = std::exchange(from.has_grad, false);
}

// The gradient of x, zeros if none has arrived.
inline float* gradient_or_zeros(Context& c, const Tensor& x) {
  if (!x.node().has_grad) std::fill_n(grad_slot(c.arena, x).data, x.size(), 0.0f);
  return x.node().grad;
}

}  // namespace gamana
