#include <algorithm>
#include <numeric>
#include <vector>

#include "gamana/base/parallel.h"
#include "gamana/ops/gradient.h"
#include "gamana/ops/ops.h"
#include "gamana/ops/product.h"

namespace gamana {
namespace {

constexpr int64_t kChunk = 256;  // rows of logits at a time
constexpr int64_t kCountGrain = 16;

// Rows in which no logit is larger than the target's.
int64_t count_correct(int64_t rows, int64_t vocabulary, const float* logits, const float* bias, const int32_t* targets) {
  std::vector<int64_t> correct((rows + kCountGrain - 1) / kCountGrain);
  parallel_for(rows, kCountGrain, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const float* row = logits + r * vocabulary;
      const auto logit = [&](int64_t v) { return bias ? row[v] + bias[v] : row[v]; };
      const float own = logit(targets[r]);
      int64_t larger = 0;
      for (int64_t v = 0; v < vocabulary; ++v) larger += logit(v) > own;
      correct[begin / kCountGrain] += larger == 0;
    }
  });
  return std::accumulate(correct.begin(), correct.end(), int64_t{0});
}

// Gives the logits of x's rows, without the bias, to turn(begin, count, logits), chunk after chunk. What it makes of them
// are their gradients, which go on to x, weight and bias.
template <class Turn>
void projected_loss(Context& c, const Tensor& x, const Tensor& weight, const Tensor& bias, const Turn& turn) {
  const int64_t rows = x.rows(), cols = x.cols(), vocabulary = weight.rows();
  GAMANA_DCHECK(weight.cols() == cols);
  const bool records = c.records(x, weight, bias);
  const Scratch<float> logits(c.arena, std::min(rows, kChunk) * vocabulary);
  const Operand hidden = operand(c, x);
  const WeightOperand table(c, weight);
  const Tensor d_x = records ? c.tensor(rows, cols, false) : Tensor();
  for (int64_t begin = 0; begin < rows; begin += kChunk) {
    const int64_t count = std::min(kChunk, rows - begin);
    const Operand chunk = hidden.from_row(begin);
    product(c, count, vocabulary, cols, chunk, table.transposed(), logits, vocabulary, false);
    turn(begin, count, logits.get());
    if (!records) continue;
    const HalfScratch half(c, logits, count * vocabulary);
    product(c, count, cols, vocabulary, {logits, half.get(), vocabulary, false}, table.plain(), d_x.data() + begin * cols, cols,
            false);
    if (weight.wants_grad())
      product(c, vocabulary, cols, count, {logits, half.get(), vocabulary, true}, chunk,
              grad_slot(c.arena, weight).data, cols, true);
    if (bias && bias.wants_grad())
      c.kernels.add_column_sums(count, vocabulary, logits, grad_slot(c.arena, bias).data);
  }
  if (records) c.tape->record([&c, x, d_x] { add_gradient(c, x, d_x.data()); });
}

}  // namespace

LossSum projected_cross_entropy(Context& c, const Tensor& x, const Tensor& weight, const Tensor& bias,
                                std::span<const int32_t> targets, float smoothing, float scale, float* nll_by_row) {
  const int64_t rows = x.rows(), vocabulary = weight.rows();
  GAMANA_DCHECK(static_cast<int64_t>(targets.size()) == rows);
  const bool counts = !c.records(x, weight, bias);
  std::vector<float> loss(rows), nll(rows);
  LossSum sum;
  projected_loss(c, x, weight, bias, [&](int64_t begin, int64_t count, float* logits) {
    const int32_t* target = targets.data() + begin;
    const float* add = bias ? bias.data() : nullptr;
    if (counts) sum.correct += count_correct(count, vocabulary, logits, add, target);
    c.kernels.cross_entropy(count, vocabulary, logits, add, target, smoothing, scale, loss.data() + begin, nll.data() + begin);
  });
  for (int64_t r = 0; r < rows; ++r) sum.loss += loss[r], sum.nll += nll[r];
  if (nll_by_row) std::copy(nll.begin(), nll.end(), nll_by_row);
  return sum;
}

LossSum projected_distillation(Context& c, const Projected& student, const Projected& teacher, float temperature,
                               float scale) {
  const int64_t rows = student.x.rows(), vocabulary = student.weight.rows(), cols = teacher.x.cols();
  GAMANA_DCHECK(teacher.x.rows() == rows && teacher.weight.rows() == vocabulary);
  const auto data = [](const Tensor& bias) { return bias ? bias.data() : nullptr; };
  const Scratch<float> answers(c.arena, std::min(rows, kChunk) * vocabulary);
  const Operand hidden = operand(c, teacher.x), table = operand(c, teacher.weight, true);
  std::vector<float> loss(rows);
  projected_loss(c, student.x, student.weight, student.bias, [&](int64_t begin, int64_t count, float* logits) {
    product(c, count, vocabulary, cols, hidden.from_row(begin), table, answers, vocabulary, false);
    c.kernels.distillation(count, vocabulary, logits, data(student.bias), answers, data(teacher.bias), temperature,
                           scale, loss.data() + begin);
  });
  LossSum sum;
  for (const float l : loss) sum.loss += l;
  sum.nll = sum.loss;
  return sum;
}

}  // namespace gamana
