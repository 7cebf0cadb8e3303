#pragma once
// Scores of labels against the right ones, as scikit-learn 1.x defines them (sklearn/metrics/_classification.py); what is
// divided by zero is 0 (its zero_division=0).
#include <cstdint>
#include <span>
#include <vector>

namespace gamana {

struct PrecisionRecall {
  double precision = 0, recall = 0, f1 = 0;
  int64_t support = 0;  // how often the label is right; of an average, the sum
};

enum class Averaging {
  micro,     // of the counts of all labels together
  macro,     // of the labels' scores, each alike
  weighted,  // of the labels' scores, by support
};

// True positives, what was predicted and what is right, of a label; the ratios that follow from them.
struct LabelCount {
  int64_t hits = 0, predicted = 0, right = 0;
};
PrecisionRecall precision_recall(const LabelCount& count);
PrecisionRecall average(std::span<const LabelCount> counts, Averaging averaging);

// Counts of right against predicted labels. The labels are those that occur in either, in ascending order, as in
// scikit-learn; averages run over these.
class ConfusionMatrix {
 public:
  // Throws Error where the lengths differ or there is nothing to compare.
  ConfusionMatrix(std::span<const int> right, std::span<const int> predicted);

  const std::vector<int>& labels() const { return labels_; }
  // How often the label in place `right` was taken for that in place `predicted`; places are those of labels().
  int64_t operator()(size_t right, size_t predicted) const { return counts_[right * labels_.size() + predicted]; }
  std::vector<LabelCount> label_counts() const;
  double accuracy() const;
  double matthews() const;  // the correlation of Matthews for any number of labels (Gorodkin 2004), in [-1, 1]
  // Scores of one label (F1 of a binary task is that of label 1); all 0 for one that does not occur.
  PrecisionRecall of_label(int label) const;
  PrecisionRecall average(Averaging averaging) const;

 private:
  std::vector<int> labels_;
  std::vector<int64_t> counts_;  // [right, predicted]
};

// Correlation of two lists of numbers, in [-1, 1]; NaN if one of them is constant, as scipy.stats has it. Spearman's is
// Pearson's of the ranks, equal numbers sharing their mean rank. Throws Error where the lengths differ or are under 2.
double pearson(std::span<const double> a, std::span<const double> b);
double spearman(std::span<const double> a, std::span<const double> b);

}  // namespace gamana
