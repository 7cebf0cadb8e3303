#pragma once
// Tags of words: names, parts of speech (Devlin et al. 2019, section 5.3).
#include <span>
#include <string>
#include <vector>

#include "gamana/data/labels.h"
#include "gamana/jobs/text_job.h"
#include "gamana/metric/entities.h"

namespace gamana {

// Sentences of words with tags, as the model reads them: several inputs where a sentence is longer than one.
struct TaggedTexts {
  std::vector<EncodedText> texts;
  std::vector<std::vector<int32_t>> targets;  // of each token; kNoTarget: it has none
  std::vector<std::vector<int32_t>> words;    // tokens that begin a word and answer for it
  std::vector<int32_t> sentences;             // which one a text is of
  Lengths lengths;
  int64_t split = 0;  // sentences that became several texts
};

Labels read_tags(const std::string& path);
// The first token of a word has its tag; with `all_tokens` the others have it as well, I-X in place of B-X where there is such a
// label (run_ner.py). Throws Error naming file and line of a sentence with a tag that `labels` lacks; for a file without words.
TaggedTexts read_tagged(const std::string& path, const Labels& labels, const TextEncoder& encoder, bool all_tokens);

using TagLogits = std::vector<std::vector<float>>;  // of each text: [tokens, K]
TagLogits tag_logits(const TextModel& model, Precision precision, const TaggedTexts& texts);
// Of words: their first tokens. Words without a token do not count.
EntityScores tag_scores(const TaggedTexts& texts, const Labels& labels, const TagLogits& logits);

class TagJob : public TextJob {
 public:
  struct Settings {
    std::string train, valid;
    bool all_tokens = false;
    Json model = Json::object();  // config.json of the model that training begins from
  };
  TagJob(const Settings& settings, const TextEncoder& encoder);

  Task task() const override { return Task::token; }
  Json configure(Json config) const override;
  const Lengths& lengths() const override { return train_.lengths; }
  int64_t losses(std::span<const int32_t> examples) const override;
  LossSum loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) override;
  std::map<std::string, double> validate(const TextModel& model, Precision precision) override;
  std::vector<std::string> notes() const override;
  std::string metric() const override { return "f1"; }

 private:
  Labels labels_;
  TaggedTexts train_, valid_;
  int max_length_;
  Batch batch_;  // of the last loss
};

}  // namespace gamana
