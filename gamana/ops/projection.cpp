#include "gamana/ops/projection.h"

#include "gamana/ops/product.h"

namespace gamana {
namespace {

constexpr int64_t kLarge = 1 << 22;  // numbers of a weight that comes from memory each time

bool is_packed(const Context& c, const Tensor& hidden) { return c.packs && hidden.cols() % 2 == 0; }

}  // namespace

void prepare_projection(Context& c, const Tensor& hidden, const Tensor& weight) {
  const bool half = c.precision == Precision::bf16;
  if (half) c.half(hidden);
  if (is_packed(c, hidden)) c.packed(weight);
  else if (half) c.half(weight);
}

void project_part(Context& c, const Tensor& hidden, const Tensor& weight, const Tensor& bias, int64_t begin, int64_t end,
                  float* logits) {
  const int64_t rows = hidden.rows(), cols = hidden.cols(), n = end - begin;
  const Operand x = operand(c, hidden);
  if (is_packed(c, hidden))
    return c.packed(weight).multiply(rows, x.data, cols, x.half, cols, bias ? bias.data() : nullptr, begin, end, logits, n);
  product(c, rows, n, cols, x, operand(c, weight, true).from_row(begin), logits, n, false);
  if (bias) c.kernels.bias_activation(rows, n, logits, bias.data() + begin, Activation::none, logits);
}

bool bound_projection(Context& c, const Tensor& hidden, const Tensor& weight, const Tensor& bias, float* low, float* high) {
  if (!is_packed(c, hidden) || weight.rows() * weight.cols() < kLarge) return false;
  const CoarseWeight& coarse = c.coarse(weight, bias);
  if (c.precision != Precision::bf16) return coarse.bound(hidden.rows(), hidden.data(), hidden.cols(), low, high), true;
  const Scratch<float> rounded(c.arena, hidden.size());
  c.kernels.from_bf16(hidden.size(), c.half(hidden), rounded);
  coarse.bound(hidden.rows(), rounded, hidden.cols(), low, high);
  return true;
}

}  // namespace gamana
