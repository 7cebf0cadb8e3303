// Scores and probabilities of classifiers.
#include "gamana/jobs/classify.h"

#include <gtest/gtest.h>

#include "tests/support/files.h"
#include "tests/support/tiny_bert.h"

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

// A label is said where it is likelier than not.
TEST(Classify, SeveralLabelsAreSaidAboveAHalf) {
  const std::vector<float> logits = {0.1f, -0.1f, 0};
  EXPECT_DOUBLE_EQ(classify_scores(Problem::multi_label, {.labels = {}, .values = {1, 0, 0}}, logits, 3).at("accuracy"), 1);
}

TEST(Classify, ScoresOfNumbers) {
  const std::vector<float> logits = {1, 2, 4};
  const auto scores = classify_scores(Problem::regression, {.labels = {}, .values = {1, 3, 4}}, logits, 1);
  EXPECT_DOUBLE_EQ(scores.at("mse"), 1.0 / 3);
  EXPECT_DOUBLE_EQ(scores.at("spearman"), 1);
  const auto one = classify_scores(Problem::regression, {.labels = {}, .values = {3}}, std::vector<float>{1}, 1);
  EXPECT_DOUBLE_EQ(one.at("mse"), 4);
  EXPECT_FALSE(one.contains("pearson"));  // one number has no correlation
}

TEST(Classify, Probabilities) {
  const std::vector<float> logits = {0, 0};
  EXPECT_EQ(classify_probabilities(Problem::single_label, logits), (std::vector<double>{0.5, 0.5}));
  EXPECT_EQ(classify_probabilities(Problem::multi_label, logits), (std::vector<double>{0.5, 0.5}));
  EXPECT_EQ(classify_probabilities(Problem::regression, logits), (std::vector<double>{0, 0}));
  EXPECT_EQ(classify_probabilities(Problem::single_label, std::vector<float>{2000, 0}), (std::vector<double>{1, 0}));
}

// "balanced" as scikit-learn has it: rows / (labels * rows of the label).
TEST(Classify, LabelsCountWhatTheirWeightsSay) {
  write_tiny_bert(temporary("bert"), {"a", "b", "c"});
  const TextEncoder encoder(temporary("bert"), 0, 40);
  const std::string path = file("weights.csv", "text,label\na,x\nb,x\nc,x\na b,y\n");
  const auto loss = [&](const std::string& weights, std::vector<int32_t> examples) {
    ClassifyJob job({path, path, {}, Problem::single_label, weights, {}, Json::object()}, encoder);
    const LoadedModel loaded = job.load(temporary("bert"), job.configure(read_text_config(temporary("bert"))), 1);
    Arena arena;
    Context c{.kernels = cpu_kernels(), .arena = arena};
    return job.loss(c, *loaded.model, examples, 1).loss;
  };
  const double of_x = loss("", {0, 1, 2}), of_y = loss("", {3});
  EXPECT_NEAR(loss("balanced", {0, 1, 2, 3}), of_x * 4 / 6 + of_y * 4 / 2, 1e-4);
  EXPECT_NEAR(loss("0.5,3", {0, 1, 2, 3}), of_x * 0.5 + of_y * 3, 1e-4);
  for (const char* wrong : {"1", "1,2,3", "1,-1", "1,nan", "1,inf", "1,", "1,x", "balance"}) EXPECT_THROW(loss(wrong, {0}), Error) << wrong;
}

TEST(Classify, TheProblemOfAConfig) {
  EXPECT_EQ(problem_of({{"problem_type", "multi_label_classification"}}), Problem::multi_label);
  EXPECT_EQ(problem_of({{"num_labels", 1}}), Problem::regression);
  EXPECT_EQ(problem_of({{"num_labels", 4}}), Problem::single_label);
  EXPECT_THROW(problem_of({{"problem_type", "guessing"}}), Error);
}

// As in transformers' TextClassificationPipeline.postprocess.
TEST(Classify, OneLabelIsAProbabilityUnlessItIsSaidToBeANumber) {
  EXPECT_EQ(answer_of({{"num_labels", 1}}), Problem::multi_label);
  EXPECT_EQ(answer_of({{"num_labels", 1}, {"problem_type", "single_label_classification"}}), Problem::multi_label);
  EXPECT_EQ(answer_of({{"num_labels", 1}, {"problem_type", "regression"}}), Problem::regression);
  EXPECT_EQ(answer_of({{"num_labels", 4}, {"problem_type", "regression"}}), Problem::regression);
  EXPECT_EQ(answer_of({{"num_labels", 4}}), Problem::single_label);
  EXPECT_EQ(answer_of({{"num_labels", 4}, {"problem_type", "multi_label_classification"}}), Problem::multi_label);
}

TEST(Classify, LabelsThatTheProblemDoesNotHave) {
  write_tiny_bert(temporary("bert"), {"a"});
  const TextEncoder encoder(temporary("bert"), 0, 40);
  const auto fault = [&](const std::string& lines, Problem problem, const Labels& labels) {
    const std::string path = file("rows.jsonl", lines);
    return fault_of([&] { read_labelled(path, {}, problem, labels, encoder); });
  };
  const std::string list = R"({"text": "a", "label": ["x", "y"]})", number = R"({"text": "a", "label": 1})";
  const Labels labels({"x", "y"}, "f");
  EXPECT_EQ(fault(list, Problem::single_label, labels), "rows.jsonl, line 1: expected one label, found a list of 2");
  EXPECT_EQ(fault(list, Problem::regression, Labels({"LABEL_0"}, "f")), "rows.jsonl, line 1: expected one label, found a list of 2");
  EXPECT_EQ(fault(number, Problem::regression, labels), "rows.jsonl: a row has one number, and the model gives 2");
  const std::string path = file("alone.jsonl", R"({"text": "a", "label": "x"})");
  EXPECT_EQ(fault_of([&] { read_labels(path, {}, Problem::single_label); }), "alone.jsonl: expected two labels or more, found \"x\" alone");
  EXPECT_EQ(read_labels(path, {}, Problem::multi_label).size(), 1);
}

TEST(Classify, AModelWithTheseLabelsKeepsTheirIds) {
  write_tiny_bert(temporary("bert"), {"a"});
  const TextEncoder encoder(temporary("bert"), 0, 40);
  const std::string path = file("rows.csv", "text,label\na,neg\na,pos\n");
  ClassifyJob::Settings settings{path, path, {}, Problem::single_label, "", {}, {{"id2label", {{"0", "pos"}, {"1", "neg"}}}}};
  EXPECT_EQ(ClassifyJob(settings, encoder).configure(Json::object())["id2label"]["0"], "pos");
  settings.model = Json::object();
  EXPECT_EQ(ClassifyJob(settings, encoder).configure(Json::object())["id2label"]["0"], "neg");
}

}  // namespace
}  // namespace gamana
