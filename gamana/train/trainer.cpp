#include "gamana/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "gamana/base/clock.h"
#include "gamana/base/file.h"
#include "gamana/base/parallel.h"

namespace gamana {
namespace {

size_t arena_limit(const TrainerSettings& s, const TrainTask& task) {
  if (!s.max_memory) return 0;
  // Weights, gradients and two blocks of optimizer state, and the average.
  const size_t persistent = task.parameters->size() * sizeof(float) * (s.ema > 0 ? 5 : 4);
  if (persistent >= s.max_memory)
    throw Error(fmt::format("weights, gradients and optimizer state take {:.1f} MiB, --max-memory allows {}: nothing is left "
                            "for activations",
                            static_cast<double>(persistent) / (1 << 20), s.max_memory >> 20),
                "choose a smaller model or allow more");
  return s.max_memory - persistent;
}

}  // namespace

int64_t planned_steps(const TrainerSettings& settings, const TrainTask& task) {
  if (settings.epochs <= 0) return settings.max_steps;
  const double per_epoch = std::ceil(static_cast<double>(task.plan(0).size()) / settings.accumulation);
  const auto by_epochs = static_cast<int64_t>(std::ceil(per_epoch * settings.epochs));
  return settings.max_steps ? std::min(settings.max_steps, by_epochs) : by_epochs;
}

Trainer::Trainer(const TrainerSettings& settings, TrainTask task, TrainerEvents events)
    : settings_(settings), task_(std::move(task)), events_(std::move(events)), arena_(arena_limit(settings_, task_)),
      optimizer_(settings_.optimizer, *task_.parameters) {
  check_schedule(settings_.schedule);
  task_.parameters->require_gradients();
  if (settings_.ema > 0)
    average_.assign(task_.parameters->weights(), task_.parameters->weights() + task_.parameters->size());
  total_steps_ = planned_steps(settings_, task_);
  Schedule& schedule = settings_.schedule;
  schedule.total_steps = total_steps_;
  if (schedule.warmup < 0) schedule.warmup = std::min<int64_t>(2000, total_steps_ / 2);
}

// The batches of the next update. Updates never mix epochs: the last one of an epoch may have fewer.
std::vector<Trainer::Examples> Trainer::next_batches() {
  make_plan();
  const int64_t end = std::min<int64_t>(cursor_ + settings_.accumulation, static_cast<int64_t>(plan_.size()));
  std::vector<Examples> batches(plan_.begin() + cursor_, plan_.begin() + end);
  cursor_ = end;
  if (cursor_ == static_cast<int64_t>(plan_.size())) ++epoch_, cursor_ = 0;
  return batches;
}

// Runs the same operations with kernels that do nothing: the arena tells whether they would find room.
bool Trainer::fits(const Examples& examples, float scale) {
  Tape tape;
  Context c{dry_kernels(), arena_, &tape, settings_.precision, true, settings_.seed, 0, 0, {}, settings_.recompute};
  bool fits = true;
  try {
    task_.loss(c, examples, scale);
    tape.backward();
  } catch (const Error&) {
    fits = false;
    tape.clear();
  }
  task_.parameters->weights_changed();
  return fits;
}

// The sum of the losses; in two parts, and these again, where they do not fit together.
double Trainer::run_batch(const Examples& examples, float scale, const AttentionTap& tap) {
  if (settings_.max_memory && !fits(examples, scale)) {
    if (examples.size() < 2)
      throw Error(fmt::format("one example of {} tokens needs more memory than --max-memory allows, {} MiB",
                              task_.tokens(examples), settings_.max_memory >> 20),
                  "leave out long lines (--max-length) or allow more");
    const auto middle = examples.begin() + static_cast<int64_t>(examples.size()) / 2;
    const double first = run_batch(Examples(examples.begin(), middle), scale, tap);
    return first + run_batch(Examples(middle, examples.end()), scale, tap);
  }
  Tape tape;
  // Batches of one update have streams of their own.
  const uint64_t stream = stream_key(static_cast<uint64_t>(step_), static_cast<uint64_t>(examples.front()));
  Context c{cpu_kernels(), arena_, &tape, settings_.precision, true, settings_.seed, stream, 0, tap, settings_.recompute};
  const double loss = task_.loss(c, examples, scale).loss;
  tape.backward();
  return loss;
}

// Where the first number that is not finite stands, for a step that gave one. The step is run once more, with a listener,
// which costs nothing as long as all goes well.
std::string Trainer::first_not_finite(const std::vector<Examples>& batches) {
  const ParameterStore& p = *task_.parameters;
  const auto finite = [](const float* x, int64_t n) { return std::all_of(x, x + n, [](float v) { return std::isfinite(v); }); };
  for (const auto& e : p.entries())
    if (!finite(p.weights() + e.offset, e.parameter->size())) return fmt::format("in the weights {}", e.name);
  std::string found, before;
  std::set<std::string> seen;  // layers that are computed again in backward come a second time
  for (const Examples& batch : batches) {
    seen.clear(), before.clear();
    const double loss = run_batch(batch, 1, [&](const AttentionSeen& a) {
      if (!found.empty() || !seen.insert(a.name).second) return;
      if (finite(a.weights, a.offsets->back())) before = a.name;
      else found = before.empty() ? fmt::format("before the attention of {}", a.name)
                                  : fmt::format("between the attention of {} and that of {}", before, a.name);
    });
    if (!found.empty()) return found;
    if (!std::isfinite(loss)) return before.empty() ? "in the loss" : fmt::format("after the attention of {}", before);
  }
  for (auto e = p.entries().rbegin(); e != p.entries().rend(); ++e)  // backward meets the last layer first
    if (!finite(p.gradients() + e->offset, e->parameter->size())) return fmt::format("in the gradient of {}", e->name);
  return "in the sum of the gradients";
}

Error Trainer::diverged(const std::vector<Examples>& batches) {
  return Error(fmt::format("the loss is no longer finite at step {}; it began {}", step_ + 1, first_not_finite(batches)),
               (saved_step_ ? fmt::format("the checkpoint of step {} is kept; ", saved_step_) : "") +
                   "lower the learning rate, or warm up for longer");
}

// Before anything is kept: an update may have led out of the range of numbers.
void Trainer::check_weights() {
  if (!std::isfinite(cpu_kernels().sum_of_squares(task_.parameters->size(), task_.parameters->weights())))
    throw diverged({});
}

int64_t Trainer::train_step() {
  const double begin = now();
  const std::vector<Examples> batches = next_batches();
  int64_t labels = 0, tokens = 0;
  for (const Examples& b : batches) labels += task_.labels(b), tokens += task_.tokens(b);
  double loss = 0;
  for (const Examples& b : batches) loss += run_batch(b, 1.0f / static_cast<float>(labels));
  ParameterStore& p = *task_.parameters;
  const Kernels& k = cpu_kernels();
  const auto trainable = p.trainable();
  double squares = 0;
  for (const auto& r : trainable) squares += k.sum_of_squares(r.size, p.gradients() + r.offset);
  const double norm = std::sqrt(squares);
  if (!std::isfinite(norm) || !std::isfinite(loss))
    throw diverged(batches);
  ++step_;
  const double longest = settings_.max_grad_norm;
  const double clip = longest > 0 && norm > longest ? longest / (norm + 1e-6) : 1;
  optimizer_.update(k, settings_.schedule.rate(step_, reductions_), clip, step_);
  p.zero_gradients();
  if (settings_.ema > 0) {
    // Early on the mean of what there is (as in TensorFlow's ExponentialMovingAverage with num_updates).
    const double decay = std::min(settings_.ema, (1.0 + double(step_)) / (10.0 + double(step_)));
    for (const auto& r : trainable)
      k.moving_average(r.size, static_cast<float>(decay), p.weights() + r.offset, average_.data() + r.offset);
  }
  last_loss_ = loss / static_cast<double>(labels);
  sum_loss_ += loss, sum_labels_ += labels;
  measured_seconds_ += now() - begin, measured_tokens_ += tokens, ++steps_here_;
  events_.step(report(norm));
  return tokens;
}

StepReport Trainer::report(double norm) const {
  const double elapsed = now() - started_;
  const double per_step = elapsed / double(std::max<int64_t>(1, steps_here_));
  const double left = per_step * double(std::max<int64_t>(0, total_steps_ - step_));
  return {step_, total_steps_, epoch_, last_loss_, settings_.schedule.rate(step_, reductions_),
          double(measured_tokens_) / std::max(1e-9, measured_seconds_), elapsed, left, norm};
}

bool Trainer::run(const std::atomic<bool>& stop) {
  started_ = now();
  int64_t epoch_before = epoch_;
  const auto no_longer_better = [&] {
    return settings_.early_stopping > 0 && bad_validations_ >= settings_.early_stopping;
  };
  bool stopped_early = no_longer_better();  // of a run that is resumed
  while (step_ < total_steps_ && !stop && !stopped_early) {
    train_step();
    if (const std::string text = task_.remark ? task_.remark(step_) : ""; !text.empty()) events_.note(text);
    const bool epoch_ended = epoch_ != epoch_before;
    epoch_before = epoch_;
    const bool evaluate = settings_.eval_steps ? step_ % settings_.eval_steps == 0 : epoch_ended;
    if (evaluate || step_ == total_steps_) {
      log_training();
      if (task_.validate) validate();
      stopped_early = no_longer_better();
      keep_snapshot();
      save_checkpoint();
    } else if (settings_.save_steps && step_ % settings_.save_steps == 0) {
      save_checkpoint();
    }
  }
  const bool ended = step_ >= total_steps_ || stopped_early;
  if (stopped_early)
    events_.note(fmt::format("no better {} for {} validations: stopped at step {}", settings_.metric,
                             settings_.early_stopping, step_));
  if (ended && averaged_step_ != step_) finish_average();
  save_checkpoint();
  return ended;
}

void Trainer::make_plan() {
  if (plan_epoch_ != epoch_) plan_ = task_.plan(epoch_), plan_epoch_ = epoch_;
}

double Trainer::epochs_done() const {
  return double(epoch_) + double(cursor_) / std::max<double>(1, double(plan_.size()));
}

// Into trainer_state.json and train.log, which are written with the checkpoint, and into the event file, which grows.
// Tags are those of transformers: "train/loss", "eval/bleu".
void Trainer::add_log(Json entry) {
  if (!settings_.directory.empty()) {
    if (!event_file_) event_file_ = std::make_unique<EventFile>(settings_.directory, log_.empty() ? 0 : step_);
    Scalars scalars;
    for (const auto& [key, value] : entry.items())
      if (key != "step" && key != "epoch")
        scalars[key.starts_with("eval_") ? "eval/" + key.substr(5) : "train/" + key] = value;
    event_file_->add(step_, scalars);
  }
  log_.push_back(std::move(entry));
}

void Trainer::log_training() {
  add_log({{"step", step_},
           {"epoch", epochs_done()},
           {"loss", sum_loss_ / std::max<double>(1, double(sum_labels_))},
           {"learning_rate", settings_.schedule.rate(step_, reductions_)},
           {"tokens_per_second", double(measured_tokens_) / std::max(1e-9, measured_seconds_)}});
  sum_loss_ = 0, sum_labels_ = 0;
}

// The weights and their average change places, if there is one.
void Trainer::exchange_average() {
  if (average_.empty()) return;
  std::swap_ranges(average_.begin(), average_.end(), task_.parameters->weights());
  task_.parameters->weights_changed();
}

void Trainer::validate() {
  check_weights();
  exchange_average();
  const auto results = task_.validate();
  const auto found = results.find(settings_.metric);
  if (found == results.end()) fail("--metric: the validation gives no \"{}\"", settings_.metric);
  const double value = settings_.greater_is_better ? found->second : -found->second;
  // No number, such as a correlation with constants, is worse than any.
  const bool best = best_step_ == 0 || value > best_ || (std::isnan(best_) && !std::isnan(value));
  if (best && task_.save_model && !settings_.directory.empty())
    task_.save_model(join_path(settings_.directory, "model.safetensors"), task_.parameters->weights());
  exchange_average();
  Json entry = {{"step", step_}, {"epoch", epochs_done()}};
  for (const auto& [name, v] : results) entry["eval_" + name] = v;
  add_log(entry);
  if (best) best_ = value, best_step_ = step_, bad_validations_ = plateau_bad_ = 0;
  else ++bad_validations_, ++plateau_bad_;
  const Schedule& schedule = settings_.schedule;
  if (schedule.name == "plateau" && plateau_bad_ >= schedule.patience) ++reductions_, plateau_bad_ = 0;
  events_.validated(step_, results, best);
}

void Trainer::write_state() {
  const double sign = settings_.greater_is_better ? 1 : -1;
  write_json(join_path(settings_.directory, "trainer_state.json"),
             {{"global_step", step_},
              {"epoch", epoch_},
              {"max_steps", total_steps_},
              {"best_metric", best_step_ ? Json(sign * best_) : Json()},
              {"best_global_step", best_step_},
              {"metric", settings_.metric},
              {"log_history", log_}});
  std::string lines;
  for (const Json& entry : log_) {
    for (const auto& [key, value] : entry.items()) lines += fmt::format("{}={} ", key, value.dump());
    if (!lines.empty()) lines.back() = '\n';
  }
  write_file(join_path(settings_.directory, "train.log"), lines);
}

CheckpointData Trainer::checkpoint_blocks() {
  CheckpointData data;
  data.blocks.push_back({"weights", task_.parameters->weights()});
  for (const auto& s : optimizer_.state()) data.blocks.push_back({s.name, s.values->data()});
  if (!average_.empty()) data.blocks.push_back({"average", average_.data()});
  return data;
}

void Trainer::save_checkpoint() {
  if (settings_.directory.empty()) return;
  check_weights();
  CheckpointData data = checkpoint_blocks();
  data.state = {{"step", step_},
                {"epoch", epoch_},
                {"cursor", cursor_},
                {"reductions", reductions_},
                {"bad_validations", bad_validations_},
                {"plateau_bad", plateau_bad_},
                {"best", best_},
                {"best_step", best_step_},
                {"sum_loss", sum_loss_},
                {"sum_labels", sum_labels_},
                {"averaged_step", averaged_step_},
                {"log", log_}};
  write_checkpoint(settings_.directory, data, task_.parameters->size());
  write_state();
  saved_step_ = step_;
}

bool Trainer::resume() {
  CheckpointData data = checkpoint_blocks();
  if (!read_checkpoint(settings_.directory, data, task_.parameters->size())) return false;
  const Json& s = data.state;
  try {
    step_ = s.at("step"), epoch_ = s.at("epoch"), cursor_ = s.at("cursor"), reductions_ = s.at("reductions");
    bad_validations_ = s.at("bad_validations"), plateau_bad_ = s.at("plateau_bad");
    best_ = s.at("best").is_null() ? NAN : s.at("best").get<double>();  // JSON has no other numbers
    best_step_ = s.at("best_step"), sum_loss_ = s.at("sum_loss"), sum_labels_ = s.at("sum_labels"), log_ = s.at("log");
    averaged_step_ = s.value("averaged_step", int64_t{0});
  } catch (const Json::exception&) {
    fail("{}: the checkpoint's counters are damaged: {}", settings_.directory, s.dump());
  }
  const bool possible = step_ >= 0 && epoch_ >= 0 && cursor_ >= 0 && log_.is_array();
  if (possible) make_plan();
  if (!possible || cursor_ >= static_cast<int64_t>(plan_.size()))
    throw Error(fmt::format("{}: the checkpoint was saved in batch {} of epoch {}, which this run has not",
                            settings_.directory, cursor_ + 1, epoch_ + 1),
                "resume with the data and the settings it was begun with");
  task_.parameters->weights_changed();
  saved_step_ = step_;
  return true;
}

void Trainer::keep_snapshot() {
  if (settings_.average_checkpoints > 0 && !settings_.directory.empty())
    write_snapshot(settings_.directory, step_, task_.parameters->weights(), task_.parameters->size(),
                   settings_.average_checkpoints);
}

// The mean of the last snapshots replaces the model if validation prefers it.
void Trainer::finish_average() {
  if (settings_.directory.empty() || !task_.validate) return;
  std::vector<float> mean(task_.parameters->size());
  const int count = mean_of_snapshots(settings_.directory, mean);
  if (count < 2) return;
  const std::vector<float> own(task_.parameters->weights(), task_.parameters->weights() + mean.size());
  std::copy(mean.begin(), mean.end(), task_.parameters->weights());
  task_.parameters->weights_changed();
  const std::vector<float> kept = std::exchange(average_, {});
  validate();
  average_ = kept, averaged_step_ = step_;
  std::copy(own.begin(), own.end(), task_.parameters->weights());
  task_.parameters->weights_changed();
  events_.note(fmt::format("the last validation is of the mean of the last {} checkpoints", count));
}

}  // namespace gamana
