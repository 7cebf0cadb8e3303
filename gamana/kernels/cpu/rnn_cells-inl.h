// One step of one sequence: gates, new state and their gradients. Included once per instruction set.
#if defined(GAMANA_KERNELS_CPU_RNN_CELLS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GAMANA_KERNELS_CPU_RNN_CELLS_INL_H_
#undef GAMANA_KERNELS_CPU_RNN_CELLS_INL_H_
#else
#define GAMANA_KERNELS_CPU_RNN_CELLS_INL_H_
#endif

#include <cstdint>

#include <hwy/highway.h>

#include "gamana/kernels/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

// x [3H] in: input products, out: r z n. product [3H]: with the state, bias included. state [H] is replaced.
HWY_INLINE void gru_step(int64_t H, float* x, const float* product, float* state, float* out, float* side) {
  each_vector(H, [&](int64_t i, int64_t n) GAMANA_INLINE_BODY {
    const Vec hidden = load(product + 2 * H + i, n);
    const Vec reset = sigmoid(hn::Add(load(x + i, n), load(product + i, n)));
    const Vec update = sigmoid(hn::Add(load(x + H + i, n), load(product + H + i, n)));
    const Vec fresh = tanh(hn::MulAdd(reset, hidden, load(x + 2 * H + i, n)));
    const Vec next = hn::MulAdd(update, hn::Sub(load(state + i, n), fresh), fresh);
    store(reset, x + i, n), store(update, x + H + i, n), store(fresh, x + 2 * H + i, n);
    store(hidden, side + i, n), store(next, state + i, n), store(next, out + i, n);
  });
}

// x [4H] in: input products, out: i f g o. cell: c_{t-1} or null for zeros.
HWY_INLINE void lstm_step(int64_t H, float* x, const float* product, const float* cell, float* state, float* out,
                          float* side) {
  each_vector(H, [&](int64_t i, int64_t n) GAMANA_INLINE_BODY {
    const auto sum = [&](int gate) GAMANA_INLINE_BODY {
      return hn::Add(load(x + gate * H + i, n), load(product + gate * H + i, n));
    };
    const Vec in = sigmoid(sum(0)), forget = sigmoid(sum(1)), fresh = tanh(sum(2)), open = sigmoid(sum(3));
    const Vec kept = cell ? hn::Mul(forget, load(cell + i, n)) : hn::Zero(FloatTag());
    const Vec next_cell = hn::MulAdd(in, fresh, kept), next = hn::Mul(open, tanh(next_cell));
    store(in, x + i, n), store(forget, x + H + i, n), store(fresh, x + 2 * H + i, n), store(open, x + 3 * H + i, n);
    store(next_cell, side + i, n), store(next, state + i, n), store(next, out + i, n);
  });
}

// y (1 - y), the derivative of the sigmoid.
HWY_INLINE Vec sigmoid_slope(Vec y) { return hn::NegMulAdd(y, y, y); }
HWY_INLINE Vec tanh_slope(Vec y) { return hn::NegMulAdd(y, y, hn::Set(FloatTag(), 1.0f)); }

// x [3H] in: r z n, out: gradients of the input products; side [H] in: h W_hn + b_hn, out: its gradient; carry [H] in:
// gradient of the state from later steps, out: of the state before, around the product; d_product [3H] out. previous:
// state before.
HWY_INLINE void gru_step_grad(int64_t H, float* x, float* side, const float* d_state, const float* previous,
                              float* carry, float* d_product) {
  const Vec one = hn::Set(FloatTag(), 1.0f);
  each_vector(H, [&](int64_t i, int64_t n) GAMANA_INLINE_BODY {
    const Vec reset = load(x + i, n), update = load(x + H + i, n), fresh = load(x + 2 * H + i, n);
    const Vec d_next = hn::Add(load(d_state + i, n), load(carry + i, n));
    const Vec d_fresh = hn::Mul(hn::Mul(d_next, hn::Sub(one, update)), tanh_slope(fresh));
    const Vec d_update = hn::Mul(hn::Mul(d_next, hn::Sub(load(previous + i, n), fresh)), sigmoid_slope(update));
    const Vec d_reset = hn::Mul(hn::Mul(d_fresh, load(side + i, n)), sigmoid_slope(reset));
    const Vec d_hidden = hn::Mul(d_fresh, reset);
    store(d_reset, x + i, n), store(d_update, x + H + i, n), store(d_fresh, x + 2 * H + i, n);
    store(d_reset, d_product + i, n), store(d_update, d_product + H + i, n), store(d_hidden, d_product + 2 * H + i, n);
    store(d_hidden, side + i, n), store(hn::Mul(d_next, update), carry + i, n);
  });
}

// x [4H] in: i f g o, out: gradients. cell: c_t; previous_cell: c_{t-1} or null; carry and carry_cell [H]: gradients of
// state and cell, in from later steps, out for the step before (carry: 0).
HWY_INLINE void lstm_step_grad(int64_t H, float* x, const float* cell, const float* previous_cell, const float* d_state,
                               float* carry, float* carry_cell, float* d_product) {
  const FloatTag d;
  each_vector(H, [&](int64_t i, int64_t n) GAMANA_INLINE_BODY {
    const Vec in = load(x + i, n), forget = load(x + H + i, n), fresh = load(x + 2 * H + i, n),
              open = load(x + 3 * H + i, n);
    const Vec y = tanh(load(cell + i, n)), before = previous_cell ? load(previous_cell + i, n) : hn::Zero(d);
    const Vec d_next = hn::Add(load(d_state + i, n), load(carry + i, n));
    const Vec d_cell = hn::MulAdd(hn::Mul(d_next, open), tanh_slope(y), load(carry_cell + i, n));
    const Vec gradient[4] = {hn::Mul(hn::Mul(d_cell, fresh), sigmoid_slope(in)),
                             hn::Mul(hn::Mul(d_cell, before), sigmoid_slope(forget)),
                             hn::Mul(hn::Mul(d_cell, in), tanh_slope(fresh)),
                             hn::Mul(hn::Mul(d_next, y), sigmoid_slope(open))};
    for (int gate = 0; gate < 4; ++gate)
      store(gradient[gate], x + gate * H + i, n), store(gradient[gate], d_product + gate * H + i, n);
    store(hn::Mul(d_cell, forget), carry_cell + i, n), store(hn::Zero(d), carry + i, n);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#endif
