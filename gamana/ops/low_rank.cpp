#include "gamana/ops/low_rank.h"

#include "gamana/base/parallel.h"
#include "gamana/ops/gradient.h"

namespace gamana {
namespace {

constexpr int64_t kAddGrain = 1 << 14;

void scale_by(float factor, int64_t size, float* x) {
  parallel_for(size, kAddGrain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) x[i] *= factor;
  });
}

Tensor dropped(Context& c, const Tensor& x, const DropoutMask& mask) {
  if (mask.rate == 0) return x;
  const Tensor y = c.tensor(x.rows(), x.cols(), false);
  c.kernels.dropout(x.size(), x.data(), mask, y.data());
  return y;
}

// Columns of a matrix from `first` on.
Operand from_column(const Operand& x, int64_t first, bool transposed) {
  return {x.data ? x.data + first : nullptr, x.half ? x.half + first : nullptr, x.stride, transposed};
}

}  // namespace

std::vector<LowRankKept> add_low_rank(Context& c, const Tensor& x, const std::vector<LowRank>& parts, const Tensor& y) {
  std::vector<LowRankKept> kept;
  for (const LowRank& part : parts) {
    const Tensor &a = part.a.tensor, &b = part.b.tensor;
    const DropoutMask mask = c.next_mask(part.dropout);
    const Tensor narrow = c.tensor(x.rows(), a.rows(), false);
    product(c, x.rows(), a.rows(), x.cols(), operand(c, dropped(c, x, mask)), WeightOperand(c, a).transposed(), narrow.data(),
            a.rows(), false);
    scale_by(part.scale, narrow.size(), narrow.data());
    product(c, x.rows(), b.rows(), a.rows(), operand(c, narrow), WeightOperand(c, b).transposed(), y.data() + part.first_row,
            y.cols(), true);
    kept.push_back({narrow, mask});
  }
  return kept;
}

void low_rank_backward(Context& c, const Tensor& x, const std::vector<LowRank>& parts, const std::vector<LowRankKept>& kept,
                       const Operand& d_y) {
  const int64_t rows = x.rows(), in = x.cols();
  for (size_t i = 0; i < parts.size(); ++i) {
    const Tensor &a = parts[i].a.tensor, &b = parts[i].b.tensor;
    const int64_t rank = a.rows(), out = b.rows(), first = parts[i].first_row;
    const GradSlot d_b = grad_slot(c.arena, b), d_a = grad_slot(c.arena, a);
    product(c, out, rank, rows, from_column(d_y, first, true), operand(c, kept[i].narrow), d_b.data, rank, d_b.add);
    const Scratch<float> d_narrow(c.arena, rows * rank);
    product(c, rows, rank, out, from_column(d_y, first, false), WeightOperand(c, b).plain(), d_narrow, rank, false);
    scale_by(parts[i].scale, rows * rank, d_narrow);
    const HalfScratch half(c, d_narrow, rows * rank);
    product(c, rank, in, rows, {d_narrow, half.get(), rank, true}, operand(c, dropped(c, x, kept[i].mask)), d_a.data, in, d_a.add);
    if (!x.wants_grad()) continue;
    const Scratch<float> d_x(c.arena, rows * in);
    product(c, rows, in, rank, {d_narrow, half.get(), rank, false}, WeightOperand(c, a).plain(), d_x, in, false);
    if (kept[i].mask.rate > 0) c.kernels.dropout(rows * in, d_x, kept[i].mask, d_x);
    add_gradient(c, x, d_x);
  }
}

}  // namespace gamana
