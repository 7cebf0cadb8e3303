#pragma once
// Distillation of classifiers: a smaller encoder learns what a larger one answers, beside the labels (Hinton et al. 2015,
// section 2; Sanh et al. 2019, sections 2 and 3).
#include <string>
#include <vector>

#include "gamana/jobs/classify.h"
#include "gamana/jobs/student.h"

namespace gamana {

class DistilJob : public ClassifyJob {
 public:
  struct Settings {
    ClassifyJob::Settings data;
    std::string teacher;           // directory of a classifier; the student has its tokenizer and labels
    std::string student = "half";  // or layers of the teacher, a directory, a preset
    double temperature = 2;
    // What counts how much: the teacher's answers (times T^2), the labels, the direction of the last hidden states.
    double alpha_ce = 5, alpha_task = 2, alpha_cos = 1;
    Precision precision = Precision::f32;  // of the teacher
  };
  // The teacher answers all training examples here, once: without dropout its answers do not change. With alpha_cos its
  // last hidden states are kept too, two bytes a number. `encoder` is the teacher's. Throws Error for a teacher and a
  // student that do not belong together.
  DistilJob(const Settings& settings, const TextEncoder& encoder);

  Json configure(Json config) const override;  // the student's, whatever is given
  LoadedModel load(const std::string& directory, const Json& config, uint64_t seed) const override;
  LossSum loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) override;

 private:
  void ask(const TextModel& teacher);

  Settings settings_;
  Student student_;
  int64_t width_;                 // of the teacher
  std::vector<float> logits_;     // [n, K] the teacher's answers
  std::vector<uint16_t> hidden_;  // [tokens of all examples, C] its last hidden states, in bf16
  std::vector<int64_t> starts_;   // [n + 1] where the tokens of each example begin
};

}  // namespace gamana
