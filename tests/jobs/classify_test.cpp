// Scores and probabilities of classifiers.
#include "gamana/jobs/classify.h"

#include <gtest/gtest.h>

namespace gamana {
namespace {

TEST(Classify, ScoresOfOneLabel) {
  const std::vector<float> logits = {2, 1, 0, 3, 1, 0, 0, 5};  // 0 1 0 1
  const auto scores = classify_scores(Problem::single_label, {.labels = {0, 1, 1, 1}, .values = {}}, logits, 2);
  EXPECT_DOUBLE_EQ(scores.at("accuracy"), 0.75);
  EXPECT_DOUBLE_EQ(scores.at("precision"), 1);
  EXPECT_DOUBLE_EQ(scores.at("recall"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(scores.at("f1"), 0.8);
}

TEST(Classify, ScoresOfSeveralLabels) {
  const std::vector<float> logits = {1, -1, 1, 1, -1, -1};  // 10 11 00
  const auto scores = classify_scores(Problem::multi_label, {.labels = {}, .values = {1, 0, 1, 0, 0, 1}}, logits, 2);
  EXPECT_DOUBLE_EQ(scores.at("accuracy"), 1.0 / 3);
  EXPECT_DOUBLE_EQ(scores.at("f1"), 2.0 * 2 / (3 + 3));
  EXPECT_DOUBLE_EQ(scores.at("f1_macro"), 0.5);
}

TEST(Classify, ScoresOfNumbers) {
  const std::vector<float> logits = {1, 2, 4};
  const auto scores = classify_scores(Problem::regression, {.labels = {}, .values = {1, 3, 4}}, logits, 1);
  EXPECT_DOUBLE_EQ(scores.at("mse"), 1.0 / 3);
  EXPECT_DOUBLE_EQ(scores.at("spearman"), 1);
}

TEST(Classify, Probabilities) {
  const std::vector<float> logits = {0, 0};
  EXPECT_EQ(classify_probabilities(Problem::single_label, logits), (std::vector<double>{0.5, 0.5}));
  EXPECT_EQ(classify_probabilities(Problem::multi_label, logits), (std::vector<double>{0.5, 0.5}));
  EXPECT_EQ(classify_probabilities(Problem::regression, logits), (std::vector<double>{0, 0}));
}

TEST(Classify, TheProblemOfAConfig) {
  EXPECT_EQ(problem_of({{"problem_type", "multi_label_classification"}}), Problem::multi_label);
  EXPECT_EQ(problem_of({{"num_labels", 1}}), Problem::regression);
  EXPECT_EQ(problem_of({{"num_labels", 4}}), Problem::single_label);
  EXPECT_THROW(problem_of({{"problem_type", "guessing"}}), Error);
}

}  // namespace
}  // namespace gamana
