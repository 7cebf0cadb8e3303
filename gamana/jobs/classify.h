#pragma once
// Classification of texts and pairs: one label, several labels, or a number (regression); Devlin et al. 2019, section 4.1.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gamana/data/labels.h"
#include "gamana/data/table.h"
#include "gamana/jobs/text_job.h"
#include "gamana/jobs/pipeline.h"

namespace gamana {

enum class Problem { single_label, multi_label, regression };

// transformers' problem_type, as it derives it where config.json has none (one label: regression).
Problem problem_of(const Json& config);
// What transformers' text-classification pipeline takes the logits for: the same, but one label is a probability unless
// problem_type says that it is a number.
Problem answer_of(const Json& config);
std::string problem_name(Problem problem);  // "single_label_classification"

// What a model is told to answer.
struct Targets {
  std::vector<int32_t> labels;  // [n], single label
  std::vector<float> values;    // [n, K]: 0 or 1 for each label; the number
};

struct LabelledTexts {
  std::vector<EncodedText> texts;
  Targets targets;
  Lengths lengths;
};

// Reads and encodes a table. Throws Error naming file and line, for a label that `labels` lacks among others; for an empty file.
LabelledTexts read_labelled(const std::string& path, const TableColumns& columns, Problem problem, const Labels& labels,
                            const TextEncoder& encoder);
// The labels of a training table, read once before.
Labels read_labels(const std::string& path, const TableColumns& columns, Problem problem);

// Logits [n, K] of texts, in their order.
std::vector<float> classify_logits(const TextModel& model, Precision precision, const std::vector<EncodedText>& texts);

// Scores by name: accuracy, f1 (of label 1 where there are two, else macro), precision, recall, matthews_correlation; f1 of several
// labels over all (micro) and macro, and accuracy of whole rows; mse, pearson, spearman.
std::map<std::string, double> classify_scores(Problem problem, const Targets& right, std::span<const float> logits, int64_t labels);
// The labels that logits [n, K] say: the largest; each above 0.
std::vector<int> predicted_labels(std::span<const float> logits, int64_t labels);

// Of the logits of one text: softmax, or sigmoid of each; the number itself.
std::vector<double> classify_probabilities(Problem problem, std::span<const float> logits);

class ClassifyJob : public TextJob {
 public:
  struct Settings {
    std::string train, valid;
    TableColumns columns;
    Problem problem = Problem::single_label;
    std::string class_weights;  // "", "balanced", or a number for each label: "1,2.5"
    std::optional<Labels> labels = {};  // in place of those of the training texts
    Json model = Json::object();        // config.json of the model that training begins from
  };
  ClassifyJob(const Settings& settings, const TextEncoder& encoder);

  Task task() const override { return Task::sequence; }
  Json configure(Json config) const override;
  const Lengths& lengths() const override { return train_.lengths; }
  LossSum loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) override;
  std::map<std::string, double> validate(const TextModel& model, Precision precision) override;
  std::string metric() const override;

  const Labels& labels() const { return labels_; }
  const LabelledTexts& train() const { return train_; }
  const LabelledTexts& valid() const { return valid_; }

 protected:
  struct Forward {
    Tensor hidden, logits;  // [N, C] [examples, K]
  };
  Tensor logits(Context& c, const TextModel& model, std::span<const int32_t> examples);    // of training examples
  Forward forward(Context& c, const TextModel& model, std::span<const int32_t> examples);  // the same with hidden states
  LossSum loss_of(Context& c, const Tensor& logits, const Targets& targets, std::span<const int32_t> examples, float scale);

 private:
  void gather(std::span<const int32_t> examples);  // into batch_

  Problem problem_;
  Labels labels_;
  LabelledTexts train_, valid_;
  std::vector<float> class_weights_;
  Batch batch_;  // of the last forward
};

}  // namespace gamana
