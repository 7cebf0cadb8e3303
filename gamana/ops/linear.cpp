#include "gamana/ops/low_rank.h"
#include "gamana/ops/ops.h"
#include "gamana/ops/product.h"

namespace gamana {

namespace {

Tensor packed_linear(Context& c, const Tensor& x, const Linear& layer, Activation activation) {
  const Tensor &w = layer.weight.tensor, &b = layer.bias.tensor;
  const Tensor y = c.tensor(x.rows(), w.rows(), false);
  const uint16_t* half = c.precision == Precision::bf16 ? c.half(x) : nullptr;
  c.packed(w).multiply(x.rows(), x.data(), x.cols(), half, x.cols(), b ? b.data() : nullptr, 0, w.rows(), y.data(), w.rows());
  add_low_rank(c, x, layer.low_rank, y);
  if (activation != Activation::none)
    c.kernels.bias_activation(x.rows(), w.rows(), y.data(), nullptr, activation, y.data());
  return y;
}

}  // namespace

Tensor linear(Context& c, const Tensor& x, const Linear& layer, Activation activation) {
  const Tensor &w = layer.weight.tensor, &b = layer.bias.tensor;
  GAMANA_DCHECK(x.cols() == w.cols());
  const bool records = c.records(x, w, b) || (c.tape && !layer.low_rank.empty());
  if (c.packs && !records && x.cols() % 2 == 0) return packed_linear(c, x, layer, activation);
  const int64_t rows = x.rows(), in = w.cols(), out = w.rows();
  Tensor pre = c.tensor(rows, out, records);
  product(c, rows, out, in, operand(c, x), WeightOperand(c, w).transposed(), pre.data(), out, false);
  std::vector<LowRankKept> kept = add_low_rank(c, x, layer.low_rank, pre);
  const bool keeps_pre = records && slope_is_of_input(activation);
  const Tensor y = keeps_pre ? c.tensor(rows, out, true) : pre;
  c.kernels.bias_activation(rows, out, pre.data(), b ? b.data() : nullptr, activation, y.data());
  if (!records) return y;
  x.node().drop_half();  // backward makes it again: half the memory of what is kept
  if (keeps_pre)
    y.node().remake = [&c, pre, activation, rows, out](float* data) {
      c.kernels.bias_activation(rows, out, pre.data(), nullptr, activation, data);
    };
  else pre = Tensor();
  c.tape->record({y}, [&c, x, w, b, parts = layer.low_rank, kept = std::move(kept), y, pre, activation, rows, in, out] {
    float* d_y = y.node().grad;
    if (activation != Activation::none)
      c.kernels.activation_backward(rows, out, d_y, pre ? pre.data() : y.data(), activation, d_y);
    const HalfScratch half(c, d_y, rows * out);
    if (b && b.wants_grad()) c.kernels.add_column_sums(rows, out, d_y, grad_slot(c.arena, b).data);
    low_rank_backward(c, x, parts, kept, {d_y, half.get(), out, false});
    if (w.wants_grad()) {
      const GradSlot d_w = grad_slot(c.arena, w);
      product(c, out, in, rows, {d_y, half.get(), out, true}, operand(c, x), d_w.data, in, d_w.add);
    }
    if (x.wants_grad()) {
      const GradSlot d_x = grad_slot(c.arena, x);
      product(c, rows, in, out, {d_y, half.get(), out, false}, WeightOperand(c, w).plain(), d_x.data, in, d_x.add);
    }
  });
  return y;
}

}  // namespace gamana
