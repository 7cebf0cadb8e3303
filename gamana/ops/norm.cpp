#include "gamana/ops/gradient.h"
#include "gamana/ops/ops.h"

namespace gamana {
SumAndNorm add_then_norm(Context& c, const Tensor& x, const Tensor& residual, const LayerNorm& norm, float rate) {
  const int64_t rows = x.rows(), cols = x.cols();
  const Tensor &gain = norm.gain.tensor, &bias = norm.bias.tensor;
  const float epsilon = norm.epsilon;
  const bool centred = norm.centred;
  GAMANA_DCHECK(!residual || (residual.rows() == rows && residual.cols() == cols));
  const bool records = c.records(x, gain, bias, residual);
  const DropoutMask mask = c.next_mask(rate);
  const bool plain = !residual && mask.rate == 0;  // the sum is x itself
  const float* values = x.data();
  const Tensor sum = plain ? x : take_values(x, records);
  const Tensor y = c.tensor(rows, cols, records), stats = c.tensor(rows, 2, false);
  c.kernels.norm(rows, cols, values, residual ? residual.data() : nullptr, mask, gain.data(),
                 bias ? bias.data() : nullptr, centred, epsilon, sum.data(), y.data(), stats.data());
  if (!records) return {sum, y};
  // Post-norm: y is read by one sublayer and by the next sum. Then it is dropped and, for the weights' gradients, made again
  // from the sum that backward needs anyway.
  y.node().remake = [&c, sum, stats, gain, bias, centred, epsilon, rows, cols](float* data) {
    c.kernels.norm(rows, cols, sum.data(), nullptr, {}, gain.data(), bias ? bias.data() : nullptr, centred, epsilon,
                   sum.data(), data, stats.data());
  };
  if (residual) residual.node().drop_values();
  const std::vector<Tensor> outputs = plain ? std::vector{y} : std::vector{sum, y};
  c.tape->record(outputs, [&c, x, residual, sum, y, stats, gain, bias, centred, mask, plain, rows, cols] {
    float* d_gain = gain.wants_grad() ? grad_slot(c.arena, gain).data : nullptr;
    float* d_bias = bias.wants_grad() ? grad_slot(c.arena, bias).data : nullptr;
    const float* d_y = gradient_or_zeros(c, y);
    const auto backward = [&](float* d_sum, float* d_x) {
      c.kernels.norm_backward(rows, cols, d_y, sum.data(), stats.data(), gain.data(), centred, mask, d_sum, d_x, d_gain, d_bias);
    };
    // The sum flows into the residual unchanged and into x through the dropout mask; itself it went on, in pre-norm.
    const bool first = sum.wants_grad() && !sum.node().has_grad;
    const bool both = first && !plain && x.wants_grad();  // whose values are gone: nobody has read it since, so no gradient is there
    if (first) {
      backward(grad_slot(c.arena, sum).data, both ? grad_slot(c.arena, x).data : nullptr);
    } else {
      const Scratch<float> d_sum(c.arena, rows * cols);
      backward(d_sum, nullptr);
      if (sum.wants_grad()) add_gradient(c, sum, d_sum);
    }
    if (plain) return;
    if (x.wants_grad() && !both) add_gradient(c, x, sum.node().grad, mask);
    if (residual && residual.wants_grad()) hand_gradient(c, sum, residual);
  });
  return {sum, y};
}

Tensor layer_norm(Context& c, const Tensor& x, const LayerNorm& norm) {
  return add_then_norm(c, x, Tensor(), norm, 0).normed;
}

Tensor add_norm(Context& c, const Tensor& x, const Tensor& residual, const LayerNorm& norm, float rate) {
  return add_then_norm(c, x, residual, norm, rate).normed;
}

Tensor add(Context& c, const Tensor& x, const Tensor& residual, float rate) {
  const int64_t size = x.size();
  GAMANA_DCHECK(residual.size() == size);
  const bool records = c.records(x, residual);
  const DropoutMask mask = c.next_mask(rate);
  const Tensor y = c.tensor(x.rows(), x.cols(), records);
  c.kernels.dropout(size, x.data(), mask, y.data());
  c.kernels.add(size, residual.data(), y.data());
  if (records)
    c.tape->record({y}, [&c, x, residual, y, mask] {
      if (x.wants_grad()) add_gradient(c, x, y.node().grad, mask);
      if (residual.wants_grad()) hand_gradient(c, y, residual);
    });
  return y;
}

Tensor dropout(Context& c, const Tensor& x, float rate) {
  const DropoutMask mask = c.next_mask(rate);
  if (mask.rate == 0) return x;
  const bool records = c.records(x);
  const Tensor y = c.tensor(x.rows(), x.cols(), records);
  c.kernels.dropout(x.size(), x.data(), mask, y.data());
  if (records)
    c.tape->record({y}, [&c, x, y, mask] {
      float* d_y = y.node().grad;
      c.kernels.dropout(x.size(), d_y, mask, d_y);
      hand_gradient(c, y, x);
    });
  return y;
}

}  // namespace gamana
