#include "gamana/cli/encoder_run.h"

#include <filesystem>

#include "gamana/base/file.h"
#include "gamana/base/memory.h"
#include "gamana/cli/run.h"
#include "gamana/jobs/classify.h"
#include "gamana/text/files/tokenizer_settings.h"

namespace gamana {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<EncoderJob> make_job(const EncoderSettings& s, const TextEncoder& encoder) {
  Problem problem = s.label_separator.empty() ? Problem::single_label : Problem::multi_label;
  if (s.job == "regress") problem = Problem::regression;
  return std::make_unique<ClassifyJob>(ClassifyJob::Settings{s.train, s.valid, s.columns(), problem, s.class_weights}, encoder);
}

TrainerSettings trainer_settings(const EncoderSettings& s, const EncoderJob& job) {
  TrainerSettings t;
  t.directory = s.out;
  t.optimizer = {s.optimizer, s.beta1, s.beta2, s.epsilon, s.weight_decay};
  const double rate = s.learning_rate > 0 ? s.learning_rate : s.preset.empty() ? 1e-4 : 5e-4;
  t.schedule = {.name = s.schedule, .peak = rate};
  t.max_steps = s.max_steps, t.epochs = s.epochs, t.accumulation = s.accumulation;
  t.max_grad_norm = s.max_grad_norm, t.ema = s.ema;
  t.eval_steps = s.eval_steps, t.save_steps = s.save_steps, t.early_stopping = s.early_stopping;
  t.metric = s.metric.empty() ? job.metric() : s.metric;
  t.greater_is_better = t.metric != "loss" && t.metric != "mse" && t.metric != "perplexity";
  t.precision = choose_precision(s.precision), t.seed = s.seed;
  t.max_memory = static_cast<size_t>(s.max_memory) << 20, t.recompute = s.recompute;
  return t;
}

TrainTask task_of(EncoderModel& model, EncoderJob& job, const EncoderSettings& s, const std::string& precision) {
  TrainTask task;
  task.parameters = &model.parameters();
  task.plan = [&job, &s](int64_t epoch) { return plan_batches(job.lengths(), {.examples = s.batch_size}, s.seed, epoch); };
  task.labels = [&job](std::span<const int32_t> examples) { return job.losses(examples); };
  task.tokens = [&job](std::span<const int32_t> examples) {
    int64_t n = 0;
    for (const int32_t i : examples) n += job.lengths()[i];
    return n;
  };
  task.loss = [&job, &model](Context& c, std::span<const int32_t> examples, float scale) { return job.loss(c, model, examples, scale); };
  task.validate = [&job, &model, precision] { return job.validate(model, choose_precision(precision)); };
  task.save_model = [&model](const std::string& path, const float* weights) {
    write_weights(model.parameters(), model.file_tensors(), path, weights);
  };
  return task;
}

// Writes what the run's directory holds from the start on; config.json is last: where it stands, the rest is complete.
void begin_run(const EncoderSettings& s, const TextEncoder& encoder, const EncoderModel& model) {
  EncoderSettings kept = s;  // with paths that hold wherever the run goes on from
  for (std::string* path : {&kept.train, &kept.valid, &kept.model})
    if (!path->empty()) *path = fs::absolute(*path);
  Json json = options_json(kept.options());
  json["job"] = s.job;
  write_json(join_path(s.out, "training.json"), json);
  encoder.tokenizer().save(s.out);
  write_tokenizer_settings(s.out, read_tokenizer_settings(s.model));
  write_json(join_path(s.out, "config.json"), model.config());
}

}  // namespace

void train_encoder(const EncoderSettings& s, bool resume) {
  check_settings(s), choose_threads(s.threads);
  if (!resume) check_new_directory(s.out);
  const bool prepared = resume && file_exists(join_path(s.out, "config.json"));
  const Json config = read_json(join_path(s.model, "config.json"));
  const TextEncoder encoder(prepared ? s.out : s.model, s.max_length, encoder_config(config).max_positions);
  const std::unique_ptr<EncoderJob> job = make_job(s, encoder);
  if (encoder.truncated())
    fmt::print(stderr, "{} texts are longer than {} tokens and were cut\n", encoder.truncated(), encoder.max_length());
  const Json configured = job->configure(config);
  const LoadedEncoder loaded = load_encoder(s.model, job->task(), s.seed, &configured);
  if (!loaded.fresh.empty()) fmt::print(stderr, "new, not in {}: {}\n", s.model, first_names(loaded.fresh));
  if (!loaded.unused.empty()) fmt::print(stderr, "not used of {}: {}\n", s.model, first_names(loaded.unused));
  EncoderModel& model = *loaded.model;
  give_back_memory();
  TrainerSettings settings = trainer_settings(s, *job);
  TrainTask task = task_of(model, *job, s, s.precision);
  settings.schedule.warmup = static_cast<int64_t>(s.warmup_ratio * static_cast<double>(planned_steps(settings, task)));
  run_training(settings, std::move(task), resume, [&] { if (!prepared) begin_run(s, encoder, model); },
               fmt::format("{} texts", job->lengths().size()));
}

}  // namespace gamana
