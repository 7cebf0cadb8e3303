#pragma once
// Sentence embeddings fine-tuned on texts that belong together (Reimers and Gurevych 2019, section 3).
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gamana/data/labels.h"
#include "gamana/data/text_groups.h"
#include "gamana/jobs/pair_classifier.h"
#include "gamana/jobs/sentence_pipeline.h"
#include "gamana/jobs/text_job.h"

namespace gamana {

enum class EmbedLoss {
  multiple_negatives,  // a softmax over all texts of the batch but the anchors (Henderson et al. 2017, section 4.4)
  cosine,              // squared error of the cosine against a score
  triplet,             // the positive is nearer than the negative, by a margin
  softmax,             // a classifier tells the label of a pair (pair_classifier.h)
};
EmbedLoss embed_loss(const std::string& name);  // throws Error naming the known ones

struct EmbedLossOptions {
  EmbedLoss loss = EmbedLoss::multiple_negatives;
  double scale = 20;  // of cosines before the softmax
  double margin = 5;  // of triplets, in Euclidean distance
};

// Of vectors [columns * n, D], column after column: anchors, positives, negatives… `scores` [n] for cosine. A sum over
// n; gradients are those of `scale` times the sum. Not of softmax, which is a cross_entropy of PairClassifier's logits.
LossSum embedding_loss(Context& c, const Tensor& vectors, int columns, std::span<const float> scores,
                       const EmbedLossOptions& o, float scale);

struct TextGroups {
  std::string path;
  int columns = 0;                  // texts of an example
  std::vector<EncodedText> texts;   // [n, columns]
  std::vector<std::string> labels;  // [n], or none
  std::vector<int64_t> lines;       // [n], in the file
  Lengths lengths;                  // [n], of all texts of an example
  EmbedLoss loss = EmbedLoss::multiple_negatives;  // what they are told by
  std::vector<float> scores;        // [n], the labels of cosine
  std::vector<int32_t> classes;     // [n], those of softmax
};

class EmbedJob : public TextJob {
 public:
  struct Settings {
    std::string train, valid;
    TextGroupColumns columns;
    std::string loss;  // empty: softmax for pairs with words as labels, cosine with numbers, else multiple_negatives
    double scale = 20, margin = 5;
    PairParts parts;
    int64_t batch = 32;  // examples, for losses of the validation that depend on it
  };
  EmbedJob(const Settings& settings, const TextEncoder& encoder);

  Task task() const override { return Task::features; }
  Json configure(Json config) const override { return config; }
  LoadedModel load(const std::string& directory, const Json& config, uint64_t seed) const override;
  const Lengths& lengths() const override { return train_.lengths; }
  LossSum loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) override;
  // The loss, and by the kind of the validation file: scored pairs: spearman_cosine and pearson_cosine, as EmbeddingSimilarityEvaluator has them. Negatives:
  // cosine_accuracy, how often the positive is nearer than the first of them (TripletEvaluator). Pairs: accuracy, how
  // often it is the nearest of its batch. Labelled pairs: accuracy of the classifier (LabelAccuracyEvaluator).
  std::map<std::string, double> validate(const TextModel& model, Precision precision) override;
  std::vector<std::string> notes() const override;
  std::string metric() const override;
  EmbedLoss trained_by() const { return train_.loss; }

 private:
  // Of the vectors of some examples, column after column.
  LossSum loss_of(Context& c, const TextModel& model, const TextGroups& groups, std::span<const int32_t> examples,
                  const Tensor& vectors, float scale) const;

  Settings settings_;
  int max_length_;  // of a text, in tokens
  TextGroups train_, valid_;
  std::optional<Labels> labels_;  // of softmax
  Batch batch_;  // of the last loss
};

}  // namespace gamana
