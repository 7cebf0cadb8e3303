#pragma once
// What fine-tuning sees of a job: its examples, its loss and its scores. One class for each job.
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "gamana/data/batches.h"
#include "gamana/jobs/text_encoder.h"
#include "gamana/models/text_model.h"

namespace gamana {

class TextJob {
 public:
  virtual ~TextJob() = default;

  virtual Task task() const = 0;
  // The model's config.json with what the data decide (labels, kind of problem).
  virtual Json configure(Json config) const = 0;
  // The model that is trained, with the heads of `task`: that of a directory or, without one, new. `config` is what
  // configure gave.
  virtual LoadedModel load(const std::string& directory, const Json& config, uint64_t seed) const;
  // The examples are those of this epoch from now on, where they change from epoch to epoch.
  virtual void begin_epoch(int64_t) {}
  virtual const Lengths& lengths() const = 0;  // of the training examples, in tokens
  virtual std::string examples() const { return fmt::format("{} texts", lengths().size()); }  // what there is to learn
  virtual int64_t losses(std::span<const int32_t> examples) const { return static_cast<int64_t>(examples.size()); }
  // Forward over training examples, and the tape where c has one; gradients are those of `scale` times the sum. What
  // the tape reads lives until the next call.
  virtual LossSum loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) = 0;
  // Scores on the validation data by name, "loss" among them.
  virtual std::map<std::string, double> validate(const TextModel& model, Precision precision) = 0;
  // What the user should know of the data, a sentence each.
  virtual std::vector<std::string> notes() const { return {}; }
  // Folders in the run's that hold a model, each with the tokenizer.
  virtual std::vector<std::string> folders() const { return {""}; }
  virtual std::string metric() const = 0;  // which of the scores decides, if the user does not say
};

}  // namespace gamana
