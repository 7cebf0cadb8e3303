#pragma once
// Answers to questions from a text that holds them, or none: SQuAD (Devlin et al. 2019, sections 4.2 and 4.3).
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gamana/jobs/answers.h"
#include "gamana/jobs/text_job.h"

namespace gamana {

// A file of questions and the inputs that they become.
struct QuestionTexts {
  SquadData data;
  std::vector<EncodedText> texts;
  std::vector<QuestionWindow> windows;  // of each text
  std::vector<AnswerTokens> answers;      // of each text; kNoTarget where the file does not say where the answer is
  Lengths lengths;
};
// Throws Error for a file that cannot be read, and for a question without an answer unless they may have none.
QuestionTexts read_questions(const std::string& path, const QuestionEncoder& encoder, const AnswerRules& rules);

// Answers of all questions, in order. `loss`, if given, becomes the sum over the texts whose answers are known.
std::vector<QuestionAnswers> answer_questions(const TextModel& model, Precision precision, const QuestionTexts& questions,
                                              const AnswerRules& rules, double* loss = nullptr);
// exact_match and f1 in percent; where a question may have no answer, also of those that have one and of those that have none.
std::map<std::string, double> answer_scores(const SquadData& data, const std::vector<QuestionAnswers>& answers, const AnswerRules& rules);

class QuestionJob : public TextJob {
 public:
  struct Settings {
    std::string train, valid;
    int max_length = 0, doc_stride = 128;
    AnswerRules rules;
  };
  QuestionJob(const Settings& settings, const TextEncoder& encoder);

  Task task() const override { return Task::question; }
  Json configure(Json config) const override;
  const Lengths& lengths() const override { return train_.lengths; }
  LossSum loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) override;
  std::map<std::string, double> validate(const TextModel& model, Precision precision) override;
  std::vector<std::string> notes() const override;
  std::string metric() const override { return "f1"; }

 private:
  AnswerRules rules_;
  QuestionEncoder encoder_;
  QuestionTexts train_, valid_;
  Batch batch_;  // of the last loss
};

}  // namespace gamana
