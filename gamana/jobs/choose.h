#pragma once
// Multiple choice: each text with one of its endings is a sequence that gets a score, and the highest is chosen (Devlin et al.
// 2019, section 4.4).
#include <span>
#include <string>
#include <vector>

#include "gamana/data/choices.h"
#include "gamana/jobs/text_job.h"

namespace gamana {

// Examples of a file. Example e owns the texts [offsets[e], offsets[e + 1]), one for each ending.
struct ChoiceTexts {
  std::vector<EncodedText> texts;
  std::vector<int32_t> offsets{0};
  std::vector<int32_t> right;  // number of the right ending of each example, from 0
  Lengths lengths;             // of the texts

  int64_t examples() const { return static_cast<int64_t>(right.size()); }
};
// Throws Error naming file and line; for a file without examples.
ChoiceTexts read_choices(const std::string& path, const TextEncoder& encoder);

// A score for each text.
std::vector<float> choice_logits(const TextModel& model, Precision precision, const ChoiceTexts& choices);
// Share of the examples whose right ending has the highest score.
double choice_accuracy(const ChoiceTexts& choices, std::span<const float> logits);

class ChoiceJob : public TextJob {
 public:
  struct Settings {
    std::string train, valid;
  };
  ChoiceJob(const Settings& settings, const TextEncoder& encoder);

  Task task() const override { return Task::choice; }
  Json configure(Json config) const override;
  const Lengths& lengths() const override { return lengths_; }
  LossSum loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) override;
  std::map<std::string, double> validate(const TextModel& model, Precision precision) override;
  std::string metric() const override { return "accuracy"; }

 private:
  ChoiceTexts train_, valid_;
  Lengths lengths_;  // of the examples to learn from: of all their texts together
  Batch batch_;      // of the last loss
};

}  // namespace gamana
