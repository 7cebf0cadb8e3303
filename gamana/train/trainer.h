#pragma once
// The training loop: batches, gradients, clipping, update, averaging, validation, checkpoints. It knows neither text nor
// the family of the model: a task tells it what an example is worth.
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gamana/base/json.h"
#include "gamana/ops/ops.h"
#include "gamana/train/checkpoint.h"
#include "gamana/train/events.h"
#include "gamana/train/optimizer.h"
#include "gamana/train/schedule.h"

namespace gamana {

struct TrainerSettings {
  std::string directory;          // of the run; empty: nothing is written
  OptimizerSettings optimizer;
  Schedule schedule;
  int64_t max_steps = 0;          // 0: epochs decide
  double epochs = 0;              // 0: max_steps decide
  int accumulation = 1;           // batches per update
  double max_grad_norm = 1.0;     // 0: no clipping
  double ema = 0;                 // decay of the moving average of the weights; 0: none
  int average_checkpoints = 0;    // at the end, the mean of the weights of the last n validations
  int64_t eval_steps = 0;         // 0: after each epoch
  int64_t save_steps = 0;         // 0: after each validation
  int early_stopping = 0;         // validations without improvement; 0: never
  std::string metric = "loss";    // of the validation's results
  bool greater_is_better = false;
  Precision precision = Precision::f32;
  uint64_t seed = 1;
  size_t max_memory = 0;          // bytes; 0: no limit
  bool recompute = false;         // activations of layers are computed again in backward
};

// What is trained. Examples are indices.
struct TrainTask {
  ParameterStore* parameters;
  std::function<std::vector<std::vector<int32_t>>(int64_t epoch)> plan;
  std::function<int64_t(std::span<const int32_t>)> labels;  // how many losses the examples add up
  std::function<int64_t(std::span<const int32_t>)> tokens;  // real ones, for the rate
  // Forward (and the tape, if c has one) over the examples; gradients of `scale` times the sum of the losses.
  std::function<LossSum(Context& c, std::span<const int32_t> examples, float scale)> loss;
  std::function<std::map<std::string, double>()> validate;
  std::function<void(const std::string& path, const float* weights)> save_model;  // the best weights, as users load them
  std::function<std::string(int64_t step)> remark;  // what is to be noted behind a step, or nothing; may read the weights
};

struct StepReport {
  int64_t step, total_steps, epoch;
  double loss, rate, tokens_per_second, seconds, seconds_left, gradient_norm;
};

struct TrainerEvents {
  std::function<void(const StepReport&)> step = [](const StepReport&) {};
  std::function<void(int64_t step, const std::map<std::string, double>&, bool best)> validated =
      [](int64_t, const std::map<std::string, double>&, bool) {};
  std::function<void(const std::string&)> note = [](const std::string&) {};
};

// Updates of a whole run: max_steps, or what the epochs take, whichever is less.
int64_t planned_steps(const TrainerSettings& settings, const TrainTask& task);

class Trainer {
 public:
  Trainer(const TrainerSettings& settings, TrainTask task, TrainerEvents events);

  // Continues from directory/checkpoint if there is one.
  bool resume();
  // Runs to the end, or until *stop becomes true; true if it came to its end. Saves a checkpoint either way.
  bool run(const std::atomic<bool>& stop);

  int64_t step() const { return step_; }
  size_t peak_arena() const { return arena_.peak(); }
  // One update without validation and files, for benchmarks. Returns the tokens it learned from.
  int64_t train_step();
  double last_loss() const { return last_loss_; }

 private:
  using Examples = std::vector<int32_t>;
  std::vector<Examples> next_batches();
  double run_batch(const Examples& examples, float scale, const AttentionTap& tap = {});
  Error diverged(const std::vector<Examples>& batches);
  std::string first_not_finite(const std::vector<Examples>& batches);
  void check_weights();
  bool fits(const Examples& examples, float scale);
  void validate();
  void exchange_average();
  void make_plan();
  double epochs_done() const;
  CheckpointData checkpoint_blocks();
  void save_checkpoint();
  void keep_snapshot();
  void finish_average();
  void log_training();
  void add_log(Json entry);
  void write_state();
  StepReport report(double gradient_norm) const;

  TrainerSettings settings_;
  TrainTask task_;
  TrainerEvents events_;
  Arena arena_;
  Optimizer optimizer_;
  std::vector<float> average_;
  std::vector<std::vector<int32_t>> plan_;
  int64_t plan_epoch_ = -1;
  double last_loss_ = 0;

  // What a checkpoint holds beside the weights.
  int64_t step_ = 0, epoch_ = 0, cursor_ = 0;
  int64_t total_steps_ = 0;
  int reductions_ = 0, bad_validations_ = 0, plateau_bad_ = 0;
  double best_ = 0;
  int64_t best_step_ = 0;
  int64_t averaged_step_ = 0;  // after which the mean of the snapshots was validated
  int64_t saved_step_ = 0;  // of the last checkpoint
  double sum_loss_ = 0;
  int64_t sum_labels_ = 0;
  Json log_ = Json::array();
  std::unique_ptr<EventFile> event_file_;  // of this process, from its first entry on

  double started_ = 0, measured_seconds_ = 0;
  int64_t measured_tokens_ = 0, steps_here_ = 0;
};

}  // namespace gamana
