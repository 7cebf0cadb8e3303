#include "gamana/metric/classification.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "gamana/base/check.h"

namespace gamana {
namespace {

double ratio(double a, double b) { return b == 0 ? 0 : a / b; }

void check_lengths(size_t a, size_t b, size_t least) {
  if (a != b || a < least) fail("expected two lists of the same length, at least {}, found {} and {} values", least, a, b);
}

// 1 for the smallest; equal numbers share the mean of their places.
std::vector<double> ranks(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + end + 1) / 2;
  }
  return ranks;
}

// The values less their mean, scaled to the norm 1; NaN if they are constant.
std::vector<double> standardized(std::span<const double> values) {
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  std::vector<double> out(values.begin(), values.end());
  double squares = 0;
  for (double& v : out) v -= mean, squares += v * v;
  const bool constant = std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; });
  for (double& v : out) v = constant ? std::numeric_limits<double>::quiet_NaN() : v / std::sqrt(squares);
  return out;
}

}  // namespace

PrecisionRecall precision_recall(const LabelCount& count) {
  const auto hits = static_cast<double>(count.hits);
  const auto predicted = static_cast<double>(count.predicted), right = static_cast<double>(count.right);
  return {ratio(hits, predicted), ratio(hits, right), ratio(2 * hits, predicted + right), count.right};
}

PrecisionRecall average(std::span<const LabelCount> counts, Averaging averaging) {
  LabelCount sum;
  for (const LabelCount& c : counts) sum.hits += c.hits, sum.predicted += c.predicted, sum.right += c.right;
  if (averaging == Averaging::micro) return precision_recall(sum);
  PrecisionRecall out;
  out.support = sum.right;
  const bool weighted = averaging == Averaging::weighted;
  const double total = static_cast<double>(weighted ? sum.right : static_cast<int64_t>(counts.size()));
  for (const LabelCount& c : counts) {
    const PrecisionRecall one = precision_recall(c);
    const double weight = ratio(weighted ? static_cast<double>(c.right) : 1.0, total);
    out.precision += weight * one.precision, out.recall += weight * one.recall, out.f1 += weight * one.f1;
  }
  return out;
}

ConfusionMatrix::ConfusionMatrix(std::span<const int> right, std::span<const int> predicted) {
  check_lengths(right.size(), predicted.size(), 1);
  labels_.assign(right.begin(), right.end());
  labels_.insert(labels_.end(), predicted.begin(), predicted.end());
  std::sort(labels_.begin(), labels_.end());
  labels_.erase(std::unique(labels_.begin(), labels_.end()), labels_.end());
  constexpr size_t kMostLabels = 1 << 14;  // the matrix is dense
  if (labels_.size() > kMostLabels) fail("expected at most {} different labels, found {}", kMostLabels, labels_.size());
  const auto place = [&](int label) {
    return static_cast<size_t>(std::lower_bound(labels_.begin(), labels_.end(), label) - labels_.begin());
  };
  counts_.assign(labels_.size() * labels_.size(), 0);
  for (size_t i = 0; i < right.size(); ++i) ++counts_[place(right[i]) * labels_.size() + place(predicted[i])];
}

std::vector<LabelCount> ConfusionMatrix::label_counts() const {
  const size_t n = labels_.size();
  std::vector<LabelCount> out(n);
  for (size_t r = 0; r < n; ++r)
    for (size_t p = 0; p < n; ++p) {
      const int64_t count = (*this)(r, p);
      out[r].right += count, out[p].predicted += count;
      if (r == p) out[r].hits = count;
    }
  return out;
}

double ConfusionMatrix::accuracy() const {
  const std::vector<LabelCount> counts = label_counts();
  return gamana::average(counts, Averaging::micro).precision;  // each prediction is of one label
}

double ConfusionMatrix::matthews() const {
  double hits = 0, total = 0, both = 0, predicted = 0, right = 0;
  for (const LabelCount& c : label_counts()) {
    const auto p = static_cast<double>(c.predicted), r = static_cast<double>(c.right);
    hits += static_cast<double>(c.hits), total += r, both += p * r, predicted += p * p, right += r * r;
  }
  const double square = (total * total - predicted) * (total * total - right);
  return square == 0 ? 0 : (hits * total - both) / std::sqrt(square);
}

PrecisionRecall ConfusionMatrix::of_label(int label) const {
  const auto found = std::lower_bound(labels_.begin(), labels_.end(), label);
  if (found == labels_.end() || *found != label) return {};
  return precision_recall(label_counts()[static_cast<size_t>(found - labels_.begin())]);
}

PrecisionRecall ConfusionMatrix::average(Averaging averaging) const {
  const std::vector<LabelCount> counts = label_counts();
  return gamana::average(counts, averaging);
}

double pearson(std::span<const double> a, std::span<const double> b) {
  check_lengths(a.size(), b.size(), 2);
  const std::vector<double> x = standardized(a), y = standardized(b);
  const double sum = std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
  return std::isnan(sum) ? sum : std::clamp(sum, -1.0, 1.0);
}

double spearman(std::span<const double> a, std::span<const double> b) {
  check_lengths(a.size(), b.size(), 2);
  const auto is_nan = [](double v) { return std::isnan(v); };  // has no rank
  if (std::any_of(a.begin(), a.end(), is_nan) || std::any_of(b.begin(), b.end(), is_nan))
    return std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> x = ranks(a), y = ranks(b);
  return pearson(x, y);
}

}  // namespace gamana
