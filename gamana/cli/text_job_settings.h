#pragma once
// Everything the commands that fine-tune encoders can be told. Names follow transformers' run_*.py where it has one.
#include <cstdint>
#include <string>
#include <vector>

#include "gamana/cli/options.h"
#include "gamana/data/table.h"
#include "gamana/data/text_groups.h"
#include "gamana/jobs/answers.h"

namespace gamana {

struct TextJobSettings {
  std::string job;  // classify, regress, distil…: the command
  // Model.
  std::string model, preset, tokenizer;
  int vocab_size = 8000;
  bool cased = false;
  // Data.
  std::string train, valid, out;
  std::vector<std::string> train_files;  // of mlm, lm and distil, in place of train
  std::string label_column, label_separator;
  std::vector<std::string> text_columns, pair_columns;
  bool no_header = false;
  int max_length = 0;
  std::string class_weights;
  // Of lm.
  int sample_every = 0;
  std::string sample_prompt;
  // Of mlm.
  std::string objective = "mlm";
  bool whole_word = false, line_by_line = false;
  double mlm_probability = 0.15, generator_size = 0.25;
  // Of embed.
  std::string loss;
  double similarity_scale = 20, margin = 5;
  std::string concatenation = "rep,difference";
  // Of tag, and of qa.
  bool label_all_tokens = false;
  int doc_stride = 128;
  AnswerRules answers;
  // Of distil; `model` is the teacher.
  std::string student = "half";
  double temperature = 2, alpha_ce = 5, alpha_task = 2, alpha_cos = 1;
  // Training.
  double epochs = 3;
  int64_t max_steps = 0;
  int64_t batch_size = 32;
  int accumulation = 1;
  std::string optimizer = "adamw", schedule = "linear";
  double learning_rate = 0;    // 0: the job's
  double warmup_ratio = 0.1;   // of all steps
  double min_lr_rate = 0;      // where linear and cosine end, as a share of the peak
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0.01;
  double max_grad_norm = 1.0, ema = 0;
  int freeze_layers = 0;
  bool freeze_backbone = false;
  double layer_decay = 1;
  int lora_rank = 0;
  double lora_alpha = 0, lora_dropout = 0;  // alpha 0: twice the rank
  std::string lora_targets;
  bool merge = false;
  int64_t eval_steps = 0, save_steps = 0;
  int early_stopping = 0;
  std::string metric;          // empty: the job's
  std::string precision = "f32";
  int threads = 0;
  uint64_t seed = 1;
  int64_t max_memory = 0;
  bool recompute = false;
  GivenOptions given;  // on the command line; none where a run goes on

  // What the job begins from.
  static TextJobSettings of(const std::string& job);
  // Also distil with a teacher that guesses words: its config.json is read.
  bool reads_plain_text() const;
  const std::string& table() const { return train_files.empty() ? train : train_files[0]; }  // of the others
  // Groups that begin with "train" name the jobs that an option belongs to; the others belong to all.
  OptionList options();
  TableColumns columns() const;
  TextGroupColumns group_columns() const;  // of embed
};

bool belongs_to(const Option& option, const std::string& job);

// Throws Error for missing and contradicting settings.
void check_settings(TextJobSettings settings);

}  // namespace gamana
