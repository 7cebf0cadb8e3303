#pragma once
// What a student of distillation begins as (Sanh et al. 2019, section 2), and whether it belongs to its teacher.
#include <string>
#include <vector>

#include "gamana/jobs/text_encoder.h"
#include "gamana/models/text_model.h"

namespace gamana {

// Which of a teacher's `layers` layers a student begins from, for "half" (spread evenly, the first and the last among
// them: 0 2 4 7 9 11 of 12, as DistilBERT has it) or a list such as "0,2,5"; none for any other text. Throws Error for
// layers that are not there or not in ascending order.
std::vector<int> student_layers(const std::string& student, int layers);

class Student {
 public:
  // `what`: "half", layers of the teacher, a directory, a preset. `distilbert`: layers of a BERT become a DistilBERT, not a
  // shorter BERT. Throws Error for what is none of these, and for a teacher whose layers share their weights.
  Student(const std::string& what, const std::string& teacher, const Json& teacher_config, bool distilbert);

  // Throws Error where it has not the teacher's vocabulary, reads less than `encoder` gives, or has states of another width
  // that are to be compared.
  void check(const TextEncoder& encoder, bool compares_states) const;

  const Json& config() const { return config_; }
  const std::string& directory() const { return directory_; }  // its weights are there; empty: they are new
  // Fills the new weights with those of the teacher's layers and head, where it begins from layers. A DistilBERT has no types of
  // tokens: its positions get the row of the first type added.
  void begin(TextModel& student, Task task) const;

 private:
  std::string teacher_, directory_;
  ModelConfig teacher_config_;
  std::vector<int> layers_;  // of the teacher
  Json config_;
};

}  // namespace gamana
