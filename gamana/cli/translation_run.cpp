#include "gamana/cli/translation_run.h"

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "gamana/base/file.h"
#include "gamana/base/memory.h"
#include "gamana/base/parallel.h"
#include "gamana/base/progress.h"
#include "gamana/cli/translate.h"
#include "gamana/metric/bleu.h"
#include "gamana/metric/chrf.h"
#include "gamana/metric/ter.h"
#include "gamana/models/checkpoint.h"

namespace gamana {
namespace {

namespace fs = std::filesystem;

std::atomic<bool> interrupted{false};

void on_signal(int signal) {
  interrupted = true;
  std::signal(signal, SIG_DFL);  // the second one ends at once
}

// A new run takes a directory that does not exist or is empty.
void check_new_directory(const std::string& out) {
  std::error_code ignored;
  if (file_exists(join_path(out, "training.json")))
    throw Error(fmt::format("--out: {} holds a run already", out),
                fmt::format("go on with `gamana train --resume {}`, or choose another directory", out));
  if (file_exists(out) && !fs::is_directory(out, ignored)) fail("--out: expected a directory, {} is a file", out);
  if (file_exists(out) && !fs::is_empty(out, ignored))
    throw Error(fmt::format("--out: {} is not empty and no run of gamana", out), "choose a new directory");
}

void say_data(const char* name, const PairData& data) {
  std::string left_out;
  if (data.empty) left_out += fmt::format(", {} with an empty side left out", data.empty);
  if (data.too_long) left_out += fmt::format(", {} longer than --max-length left out", data.too_long);
  fmt::print(stderr, "{}: {} pairs{}\n", name, data.size(), left_out);
}

double score_of(const Metric& metric, const Lines& hypotheses, const Lines& references) {
  return metric.score(metric.statistics(hypotheses, {references}).sum());
}

// Loss and BLEU, and what else --metric asks for.
struct Validation {
  TranslationModel& model;
  const TranslationTokenizer& tokenizer;
  const TranslationSettings& settings;
  const PairLines& lines;
  PairData data;

  std::map<std::string, double> operator()() {
    Arena arena;
    LossSum sum;
    int64_t labels = 0;
    const Precision precision = choose_precision(settings.precision);
    for (const auto& pairs : plan_in_order(data, settings.batch_tokens)) {
      Context c{cpu_kernels(), arena, nullptr, precision, false, 0, 0, 0, {}};
      const PairBatch batch = make_pair_batch(data, pairs, model.start_token());
      const LossSum part = model.loss(c, batch, 0, 1);
      sum.nll += part.nll, sum.correct += part.correct;
      labels += batch.target.rows();
    }
    TranslateOptions options;
    options.generate.num_beams = settings.eval_beams;
    TranslationModel* const models[] = {&model};
    const auto translations = translate_lines(models, tokenizer, lines.source, options);
    std::vector<std::string> hypotheses;
    for (const auto& t : translations) hypotheses.push_back(t.front().text);
    for (size_t i = 0, step = std::max<size_t>(1, lines.source.size() / 2); i < lines.source.size(); i += step)
      fmt::print(stderr, "    {}\n  → {}\n  = {}\n", lines.source[i], hypotheses[i], lines.target[i]);
    const auto count = std::max<double>(1, double(labels));
    std::map<std::string, double> results = {{"loss", sum.nll / count}};
    BleuOptions bleu;
    ChrfOptions chrf;
    bleu.lowercase = chrf.lowercase = settings.lowercase;
    results["bleu"] = Bleu(bleu).corpus(hypotheses, {lines.target}).score;
    if (settings.metric == "chrf") results["chrf"] = score_of(Chrf(chrf), hypotheses, lines.target);
    if (settings.metric == "ter") results["ter"] = score_of(Ter(), hypotheses, lines.target);
    if (settings.metric == "accuracy") results["accuracy"] = double(sum.correct) / count;
    return results;
  }
};

TrainerEvents events_of(Progress& progress, std::string& last) {
  TrainerEvents events;
  events.step = [&](const StepReport& r) {
    progress.update(r.step, fmt::format("epoch {}  loss {:.3f}  {:.0f} tokens/s{}", r.epoch + 1, r.loss,
                                        r.tokens_per_second, last));
  };
  events.validated = [&](int64_t step, const std::map<std::string, double>& results, bool best) {
    progress.clear();
    last = fmt::format("  valid: loss {:.3f}, BLEU {:.2f}", results.at("loss"), results.at("bleu"));
    for (const auto& [name, value] : results)
      if (name != "loss" && name != "bleu") last += fmt::format(", {} {:.3f}", name, value);
    fmt::print(stderr, "step {}{}{}\n", step, last, best ? "  (best so far, kept)" : "");
  };
  events.note = [&](const std::string& text) { progress.clear(), fmt::print(stderr, "{}\n", text); };
  return events;
}

TrainTask task_of(TranslationModel& model, const PairData& data, const TranslationSettings& s, Validation& validation) {
  TrainTask task = translation_task(model, data, s);
  task.validate = [&] { return validation(); };
  task.save_model = [&](const std::string& path, const float* weights) { save_weights(model, path, weights); };
  return task;
}

// config.json is written last: where it stands, the vocabulary is complete.
void begin_run(const TranslationSettings& s, const TranslationTokenizer& tokenizer, const TranslationModel& model) {
  TranslationSettings kept = s;  // with paths that hold wherever the run goes on from
  for (std::string* path : {&kept.train_source, &kept.train_target, &kept.valid_source, &kept.valid_target})
    *path = fs::absolute(*path);
  write_json(join_path(s.out, "training.json"), settings_json(kept));
  tokenizer.save(s.out), save_config(model, s.out);
}

void go_on(Trainer& trainer, const TranslationSettings& s) {
  for (const char* folder : {"", "checkpoint", "snapshots"}) remove_temporary_files(join_path(s.out, folder));
  if (trainer.resume()) fmt::print(stderr, "going on after step {}\n", trainer.step());
  else fmt::print(stderr, "nothing was saved yet: the run begins again\n");
}

}  // namespace

void train_translation(const TranslationSettings& s, bool resume) {
  check_settings(s), choose_threads(s.threads);
  if (!resume) check_new_directory(s.out);
  const PairLines lines = read_pairs(s.train_source, s.train_target);
  const PairLines valid = read_pairs(s.valid_source, s.valid_target);
  const std::string config = join_path(s.out, "config.json");
  const bool prepared = resume && file_exists(config);
  const TranslationTokenizer tokenizer = prepared ? TranslationTokenizer::load(s.out) : make_vocabulary(s, lines);
  const auto model = prepared ? make_translation_model(read_json(config)) : new_translation_model(s, tokenizer);
  model->parameters().initialise(s.seed);
  const PairData data = encode_for(tokenizer, lines, s.max_length);
  Validation validation{*model, tokenizer, s, valid, encode_for(tokenizer, valid, s.max_length)};
  say_data("training", data), say_data("validation", validation.data);
  if (tokenizer.vocabulary_size() < s.vocab_size)
    fmt::print(stderr, "the text gives a vocabulary of {} entries, {} were asked for\n", tokenizer.vocabulary_size(),
               s.vocab_size);

  give_back_memory();  // training the vocabulary took more than is needed from here on
  const TrainerSettings settings = trainer_settings(s);
  TrainTask task = task_of(*model, data, s, validation);
  std::string last;
  Progress progress("training", "steps", planned_steps(settings, task));
  Trainer trainer(settings, std::move(task), events_of(progress, last));
  // Only now, with all of it found good, is something written.
  make_directory(s.out);
  const FolderLock lock(s.out);
  if (!prepared) begin_run(s, tokenizer, *model);
  if (resume) go_on(trainer, s);
  fmt::print(stderr, "{} parameters, {} tokens in the vocabulary, {} threads, {}\n", model->parameters().count(),
             tokenizer.vocabulary_size(), threads(), settings.precision == Precision::bf16 ? "bf16" : "f32");
  std::signal(SIGINT, on_signal), std::signal(SIGTERM, on_signal);
  const bool ended = trainer.run(interrupted);
  progress.clear();
  if (!ended)
    throw Error(fmt::format("interrupted at step {}; everything is saved", trainer.step()),
                fmt::format("go on with `gamana train --resume {}`", s.out));
  fmt::print(stderr, "the model is in {}\n", s.out);
}

}  // namespace gamana
