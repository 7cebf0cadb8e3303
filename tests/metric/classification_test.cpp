#include "gamana/metric/classification.h"

#include <cmath>

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/json.h"
#include "gamana/metric/entities.h"
#include "gamana/metric/squad.h"
#include "tests/support/golden.h"

namespace gamana {
namespace {

// Values of scikit-learn, scipy and seqeval (tools/golden/classification.py). Sums are taken in another order.
constexpr double kTolerance = 1e-12;

void expect_scores(const PrecisionRecall& scores, const Json& expected) {
  EXPECT_NEAR(scores.precision, expected[0].get<double>(), kTolerance);
  EXPECT_NEAR(scores.recall, expected[1].get<double>(), kTolerance);
  EXPECT_NEAR(scores.f1, expected[2].get<double>(), kTolerance);
  if (expected.size() > 3) {
    EXPECT_EQ(static_cast<double>(scores.support), expected[3].get<double>());
  }
}

template <class Scores>
void expect_averages(const Scores& scores, const Json& expected) {
  expect_scores(scores.average(Averaging::micro), expected["micro"]);
  expect_scores(scores.average(Averaging::macro), expected["macro"]);
  expect_scores(scores.average(Averaging::weighted), expected["weighted"]);
}

TEST(Classification, EqualsScikitLearn) {
  for (const Json& c : golden("metric/classification")["labels"]) {
    const auto right = c["right"].get<std::vector<int>>(), predicted = c["predicted"].get<std::vector<int>>();
    const ConfusionMatrix matrix(right, predicted);
    EXPECT_EQ(matrix.labels(), c["labels"].get<std::vector<int>>());
    for (size_t r = 0; r < matrix.labels().size(); ++r) {
      for (size_t p = 0; p < matrix.labels().size(); ++p) EXPECT_EQ(matrix(r, p), c["confusion"][r][p].get<int64_t>());
      expect_scores(matrix.of_label(matrix.labels()[r]), c["each"][r]);
    }
    EXPECT_NEAR(matrix.accuracy(), c["accuracy"].get<double>(), kTolerance);
    EXPECT_NEAR(matrix.matthews(), c["matthews"].get<double>(), kTolerance);
    expect_averages(matrix, c);
    EXPECT_EQ(matrix.of_label(1000).f1, 0);
  }
}

TEST(Classification, CorrelationsEqualScipys) {
  for (const Json& c : golden("metric/classification")["numbers"]) {
    const auto a = c["a"].get<std::vector<double>>(), b = c["b"].get<std::vector<double>>();
    const auto expect = [](double value, const Json& expected) {
      if (expected.is_null()) EXPECT_TRUE(std::isnan(value));
      else EXPECT_NEAR(value, expected.get<double>(), kTolerance);
    };
    expect(pearson(a, b), c["pearson"]);
    expect(spearman(a, b), c["spearman"]);
  }
  const std::vector<double> odd = {1, NAN, 2}, plain = {1, 2, 3};
  EXPECT_TRUE(std::isnan(spearman(odd, plain)));
  EXPECT_TRUE(std::isnan(pearson(odd, plain)));
}

TEST(Classification, NeedsTwoEqualLists) {
  const std::vector<int> one = {1}, two = {1, 2};
  EXPECT_THROW(ConfusionMatrix(one, two), Error);
  EXPECT_THROW(ConfusionMatrix({}, {}), Error);
  const std::vector<double> single = {1};
  EXPECT_THROW(pearson(single, single), Error);
}

TEST(Entities, EqualSeqevals) {
  for (const Json& c : golden("metric/classification")["tags"]) {
    const auto right = c["right"].get<TagSequences>(), predicted = c["predicted"].get<TagSequences>();
    for (size_t s = 0; s < right.size(); ++s) {
      std::vector<Entity> expected;
      for (const Json& e : c["entities"][s])
        expected.push_back({e[0].get<std::string>(), e[1].get<int64_t>(), e[2].get<int64_t>()});
      EXPECT_EQ(find_entities(right[s]), expected) << c["right"][s];
    }
    const EntityScores scores = score_entities(right, predicted);
    EXPECT_NEAR(scores.accuracy, c["accuracy"].get<double>(), kTolerance);
    EXPECT_EQ(scores.types.size(), c["each"].size());
    for (const auto& [type, expected] : c["each"].items()) expect_scores(scores.of_type(type), expected);
    expect_averages(scores, c);
  }
}

TEST(Entities, NeedTagsOfTheSameLength) {
  EXPECT_THROW(score_entities({{"O"}}, {}), Error);
  EXPECT_THROW(score_entities({{"O"}}, {{"O", "O"}}), Error);
  EXPECT_THROW(score_entities({{""}}, {{"O"}}), Error);
  EXPECT_THROW(score_entities({}, {}), Error);
}

// The values follow from the rules of the official scripts by hand.
TEST(Squad, NormalizesAnswers) {
  EXPECT_EQ(normalize_answer("  The \"Cat's\"\ta-n AN hour, "), "cats hour");
  EXPECT_EQ(normalize_answer("the_end theory"), "theend theory");
  EXPECT_EQ(normalize_answer("the\u2014end the\u0301"), "\u2014end \u0301");  // what is no letter ends a word
  EXPECT_EQ(normalize_answer("A."), "");
}

TEST(Squad, Version1TakesTheBestAnswer) {
  EXPECT_DOUBLE_EQ(answer_f1("the blue big house", "a big red house"), 2 * (2 / 3.0) * (2 / 3.0) / (4 / 3.0));
  EXPECT_DOUBLE_EQ(answer_f1("x x y", "x z"), 2 * (1 / 3.0) * (1 / 2.0) / (5 / 6.0));
  EXPECT_EQ(answer_f1("the", "a"), 0);
  const AnswerScores scores = squad_scores({"The cat", "red"}, {{"dog", "cat"}, {"blue red", "green"}});
  EXPECT_DOUBLE_EQ(scores.exact, 50);
  EXPECT_DOUBLE_EQ(scores.f1, 100 * (1 + 2 / 3.0) / 2);
  EXPECT_EQ(scores.questions, 2);
  EXPECT_THROW(squad_scores({"x"}, {{}}), Error);
  EXPECT_THROW(squad_scores({}, {}), Error);
}

TEST(Squad, Version2KnowsQuestionsWithoutAnswers) {
  const std::vector<std::string> answers = {"cat", "", "dog", "bird"};
  const std::vector<std::vector<std::string>> right = {{"the", "cat"}, {}, {}, {"bird song"}};
  const AnswerScores2 scores = squad2_scores(answers, right);
  EXPECT_DOUBLE_EQ(scores.all.exact, 50);
  EXPECT_DOUBLE_EQ(scores.all.f1, 100 * (1 + 1 + 0 + 2 / 3.0) / 4);
  EXPECT_DOUBLE_EQ(scores.with.exact, 50);
  EXPECT_DOUBLE_EQ(scores.without.f1, 50);
  EXPECT_EQ(scores.with.questions, 2);
  const AnswerScores2 unsure = squad2_scores(answers, right, std::vector<double>{0.9, 0.1, 0.9, 0.5}, 0.5);
  EXPECT_DOUBLE_EQ(unsure.with.f1, 100 * (0 + 2 / 3.0) / 2);
  EXPECT_DOUBLE_EQ(unsure.without.exact, 100);
}

}  // namespace
}  // namespace gamana
