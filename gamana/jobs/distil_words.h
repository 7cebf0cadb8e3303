#pragma once
// Distillation of encoders that guess words, on plain text, as DistilBERT was made (Sanh et al. 2019, sections 2 and 3).
#include <string>

#include "gamana/jobs/mlm.h"
#include "gamana/jobs/pipeline.h"
#include "gamana/jobs/student.h"

namespace gamana {

// Does the model of this directory guess hidden words, by its config.json?
bool guesses_words(const std::string& directory);

class WordDistilJob : public PretrainingJob {
 public:
  struct Settings {
    std::string teacher, student = "half";  // as in Student; layers of a BERT become a DistilBERT
    double temperature = 2;
    // What counts how much: the teacher's answers for each token (times T^2), hidden words, the direction of the last hidden
    // states.
    double alpha_ce = 5, alpha_task = 2, alpha_cos = 1;
    Precision precision = Precision::f32;  // of the teacher
  };
  // `encoder` is the teacher's. Throws Error for a teacher and a student that do not belong together.
  WordDistilJob(const TextFiles& files, const TextEncoder& encoder, const MaskedTextRule& rule, const Settings& settings);

  Task task() const override { return Task::masked_word; }
  Json configure(Json) const override { return student_.config(); }
  LoadedModel load(const std::string& directory, const Json& config, uint64_t seed) const override;
  // The sum of the hidden words' losses, and once for each of them the means of the others over all tokens. The teacher reads
  // each batch anew, without dropout, since its words are hidden anew.
  LossSum loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) override;

 private:
  Settings settings_;
  Student student_;
  EncoderPipeline teacher_;
  MaskedBatch batch_;  // of the last loss
};

}  // namespace gamana
