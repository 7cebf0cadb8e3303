#include "gamana/ops/losses.h"

#include <algorithm>
#include <cmath>

#include "gamana/ops/gradient.h"

namespace gamana {
namespace {

// What a loss leaves for backward: d loss / d x, zero to begin with, added to x's gradient when the tape runs.
float* gradient_of(Context& c, const Tensor& x) {
  if (!c.records(x)) return nullptr;
  const Tensor d = c.tensor(x.rows(), x.cols(), false);
  std::fill_n(d.data(), d.size(), 0.0f);
  c.tape->record([&c, x, d] { add_gradient(c, x, d.data()); });
  return d.data();
}

// log sum exp(z) of n values that are `stride` apart.
double log_sum_exp(const float* z, int64_t n, int64_t stride) {
  double highest = -HUGE_VAL, sum = 0;
  for (int64_t i = 0; i < n; ++i) highest = std::max<double>(highest, z[i * stride]);
  for (int64_t i = 0; i < n; ++i) sum += std::exp(z[i * stride] - highest);
  return highest + std::log(sum);
}

// One softmax over n values that are `stride` apart: -log p[target]; d = scale (p - [target]) is added, if given.
double softmax_loss(const float* z, int64_t n, int64_t stride, int64_t target, double scale, float* d) {
  const double log_sum = log_sum_exp(z, n, stride);
  for (int64_t i = 0; d && i < n; ++i)
    d[i * stride] += static_cast<float>(scale * (std::exp(z[i * stride] - log_sum) - (i == target ? 1 : 0)));
  return log_sum - z[target * stride];
}

bool is_highest(const float* z, int64_t n, int64_t stride, int64_t target) {
  for (int64_t i = 0; i < n; ++i)
    if (z[i * stride] > z[target * stride]) return false;
  return true;
}

}  // namespace

LossSum cross_entropy(Context& c, const Tensor& logits, std::span<const int32_t> targets, std::span<const float> class_weights,
                      float scale) {
  const int64_t classes = logits.cols();
  GAMANA_DCHECK(static_cast<int64_t>(targets.size()) == logits.rows());
  float* d = gradient_of(c, logits);
  LossSum sum;
  for (int64_t r = 0; r < logits.rows(); ++r) {
    if (targets[r] == kNoTarget) continue;
    const float* z = logits.data() + r * classes;
    const double weight = class_weights.empty() ? 1 : class_weights[targets[r]];
    const double loss = softmax_loss(z, classes, 1, targets[r], scale * weight, d ? d + r * classes : nullptr);
    sum.loss += weight * loss, sum.nll += loss, sum.correct += is_highest(z, classes, 1, targets[r]);
  }
  return sum;
}

LossSum binary_cross_entropy(Context& c, const Tensor& logits, std::span<const float> targets, float scale) {
  const int64_t labels = logits.cols();
  GAMANA_DCHECK(static_cast<int64_t>(targets.size()) == logits.size());
  float* d = gradient_of(c, logits);
  LossSum sum;
  for (int64_t r = 0; r < logits.rows(); ++r) {
    bool right = true;
    for (int64_t i = r * labels; i < (r + 1) * labels; ++i) {
      const double z = logits.data()[i], target = targets[i];
      // log(1 + e^z) - target z, without overflow.
      sum.loss += (std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z))) - target * z) / static_cast<double>(labels);
      right = right && (z > 0) == (target > 0.5);
      if (d) d[i] = static_cast<float>(scale * (1 / (1 + std::exp(-z)) - target) / static_cast<double>(labels));
    }
    sum.correct += right;
  }
  sum.nll = sum.loss;
  return sum;
}

LossSum squared_error(Context& c, const Tensor& logits, std::span<const float> targets, float scale) {
  const double values = static_cast<double>(logits.cols());
  GAMANA_DCHECK(static_cast<int64_t>(targets.size()) == logits.size());
  float* d = gradient_of(c, logits);
  LossSum sum;
  for (int64_t i = 0; i < logits.size(); ++i) {
    const double difference = static_cast<double>(logits.data()[i]) - targets[i];
    sum.loss += difference * difference / values;
    if (d) d[i] = static_cast<float>(scale * 2 * difference / values);
  }
  sum.nll = sum.loss;
  return sum;
}

LossSum group_cross_entropy(Context& c, const Tensor& logits, const std::vector<int32_t>& offsets, std::span<const int32_t> targets,
                            float scale) {
  const int64_t columns = logits.cols(), groups = static_cast<int64_t>(offsets.size()) - 1;
  GAMANA_DCHECK(static_cast<int64_t>(targets.size()) == groups * columns && offsets.back() == logits.rows());
  float* d = gradient_of(c, logits);
  LossSum sum;
  for (int64_t g = 0; g < groups; ++g) {
    bool right = true;
    for (int64_t k = 0; k < columns; ++k) {
      const int64_t first = offsets[g] * columns + k, n = offsets[g + 1] - offsets[g], target = targets[g * columns + k];
      if (target == kNoTarget) continue;
      const float* z = logits.data() + first;
      sum.loss += softmax_loss(z, n, columns, target, scale / columns, d ? d + first : nullptr) / static_cast<double>(columns);
      right = right && is_highest(z, n, columns, target);
    }
    sum.correct += right;
  }
  sum.nll = sum.loss;
  return sum;
}

LossSum distillation_loss(Context& c, const Tensor& logits, const Tensor& teacher, float temperature, float scale) {
  GAMANA_DCHECK(teacher.size() == logits.size());
  float* d = gradient_of(c, logits);
  const Scratch<float> own(c.arena, d ? 1 : logits.size()), other(c.arena, teacher.size());
  float* z = d ? d : own.get();
  std::copy_n(logits.data(), logits.size(), z), std::copy_n(teacher.data(), teacher.size(), other.get());
  std::vector<float> losses(logits.rows());
  c.kernels.distillation(logits.rows(), logits.cols(), z, nullptr, other, nullptr, temperature, scale, losses.data());
  LossSum sum;
  for (const float loss : losses) sum.loss += loss;
  sum.nll = sum.loss;
  return sum;
}

LossSum cosine_loss(Context& c, const Tensor& x, const Tensor& y, float scale) {
  const int64_t cols = x.cols();
  GAMANA_DCHECK(x.size() == y.size());
  float* d = gradient_of(c, x);
  LossSum sum;
  for (int64_t r = 0; r < x.rows(); ++r) {
    const float *a = x.data() + r * cols, *b = y.data() + r * cols;
    double aa = 0, bb = 0, ab = 0;
    for (int64_t i = 0; i < cols; ++i)
      aa += static_cast<double>(a[i]) * a[i], bb += static_cast<double>(b[i]) * b[i], ab += static_cast<double>(a[i]) * b[i];
    const double norms = std::max(std::sqrt(aa) * std::sqrt(bb), 1e-12), cosine = ab / norms;
    sum.loss += 1 - cosine;
    // d cos / d a = b / (|a| |b|) - cos a / |a|^2
    for (int64_t i = 0; d && i < cols; ++i)
      d[r * cols + i] = static_cast<float>(-scale * (b[i] / norms - cosine * a[i] / std::max(aa, 1e-24)));
  }
  sum.nll = sum.loss;
  return sum;
}

LossSum triplet_loss(Context& c, const Tensor& anchor, const Tensor& positive, const Tensor& negative, float margin, float scale) {
  const int64_t cols = anchor.cols();
  GAMANA_DCHECK(positive.size() == anchor.size() && negative.size() == anchor.size());
  float *d_anchor = gradient_of(c, anchor), *d_positive = gradient_of(c, positive), *d_negative = gradient_of(c, negative);
  const auto distance = [cols](const float* a, const float* b) {
    double squares = 0;
    for (int64_t i = 0; i < cols; ++i) squares += (static_cast<double>(a[i]) - b[i]) * (static_cast<double>(a[i]) - b[i]);
    return std::sqrt(squares);
  };
  // d |a - b| / d a = (a - b) / |a - b|; 0 where they are equal, as in PyTorch.
  const auto add_slope = [cols](const float* a, const float* b, double length, double factor, float* d_a, float* d_b) {
    for (int64_t i = 0; length > 0 && i < cols; ++i) {
      const double slope = factor * (static_cast<double>(a[i]) - b[i]) / length;
      if (d_a) d_a[i] += static_cast<float>(slope);
      if (d_b) d_b[i] -= static_cast<float>(slope);
    }
  };
  LossSum sum;
  for (int64_t r = 0; r < anchor.rows(); ++r) {
    const int64_t at = r * cols;
    const float *a = anchor.data() + at, *p = positive.data() + at, *n = negative.data() + at;
    const double near = distance(a, p), far = distance(a, n), loss = near - far + margin;
    sum.correct += near < far;
    if (loss <= 0) continue;
    sum.loss += loss;
    add_slope(a, p, near, scale, d_anchor ? d_anchor + at : nullptr, d_positive ? d_positive + at : nullptr);
    add_slope(a, n, far, -scale, d_anchor ? d_anchor + at : nullptr, d_negative ? d_negative + at : nullptr);
  }
  sum.nll = sum.loss;
  return sum;
}

}  // namespace gamana
