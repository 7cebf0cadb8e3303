#include <algorithm>
#include <numeric>
#include <vector>

#include "gamana/base/parallel.h"
#include "gamana/ops/ops.h"
#include "gamana/ops/product.h"

namespace gamana {
namespace {

constexpr int64_t kChunk = 256;  // rows of logits at a time
constexpr int64_t kCountGrain = 16;

// Rows whose target has the largest probability, told from the gradients that the kernel left: scale * (p - what the
// target distribution gives), of which the target's own share, 1 - smoothing, is put back.
int64_t count_correct(int64_t rows, int64_t vocabulary, const float* gradients, const int32_t* targets, float smoothing,
                      float scale) {
  std::vector<int64_t> correct((rows + kCountGrain - 1) / kCountGrain);
  parallel_for(rows, kCountGrain, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const float* row = gradients + r * vocabulary;
      const float own = row[targets[r]] + scale * (1 - smoothing);
      int64_t likelier = 0;
      for (int64_t v = 0; v < vocabulary; ++v) likelier += row[v] > own;
      correct[begin / kCountGrain] += likelier == 0;
    }
  });
  return std::accumulate(correct.begin(), correct.end(), int64_t{0});
}

}  // namespace

LossSum projected_cross_entropy(Context& c, const Tensor& x, const Tensor& weight, const Tensor& bias,
                                std::span<const int32_t> targets, float smoothing, float scale, float* nll_by_row) {
  const int64_t rows = x.rows(), cols = x.cols(), vocabulary = weight.rows();
  GAMANA_DCHECK(static_cast<int64_t>(targets.size()) == rows && weight.cols() == cols);
  const bool records = c.records(x, weight, bias);
  const Scratch<float> logits(c.arena, std::min(rows, kChunk) * vocabulary);
  std::vector<float> loss(rows), nll(rows);
  LossSum sum;
  const Operand hidden = operand(c, x);
  const WeightOperand table(c, weight);
  const Tensor d_x = records ? c.tensor(rows, cols, false) : Tensor();
  for (int64_t begin = 0; begin < rows; begin += kChunk) {
    const int64_t count = std::min(kChunk, rows - begin);
    const Operand chunk = hidden.from_row(begin);
    product(c, count, vocabulary, cols, chunk, table.transposed(), logits, vocabulary, false);
    c.kernels.cross_entropy(count, vocabulary, logits, bias ? bias.data() : nullptr, targets.data() + begin, smoothing,
                            scale, loss.data() + begin, nll.data() + begin);
    if (!records) {
      sum.correct += count_correct(count, vocabulary, logits, targets.data() + begin, smoothing, scale);
      continue;
    }
    const HalfScratch half(c, logits, count * vocabulary);
    product(c, count, cols, vocabulary, {logits, half.get(), vocabulary, false}, table.plain(), d_x.data() + begin * cols, cols,
            false);
    if (weight.wants_grad())
      product(c, vocabulary, cols, count, {logits, half.get(), vocabulary, true}, chunk,
              grad_slot(c.arena, weight).data, cols, true);
    if (bias && bias.wants_grad())
      c.kernels.add_column_sums(count, vocabulary, logits, grad_slot(c.arena, bias).data);
  }
  if (records)
    c.tape->record([&c, x, d_x] {
      const GradSlot slot = grad_slot(c.arena, x);
      if (slot.add)
        c.kernels.add(x.size(), d_x.data(), slot.data);
      else
        c.kernels.dropout(x.size(), d_x.data(), {}, slot.data);  // without a mask: a copy
    });
  for (int64_t r = 0; r < rows; ++r) sum.loss += loss[r], sum.nll += nll[r];
  if (nll_by_row) std::copy(nll.begin(), nll.end(), nll_by_row);
  return sum;
}

}  // namespace gamana
