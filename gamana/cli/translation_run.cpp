#include "gamana/cli/translation_run.h"

#include <cstdio>
#include <filesystem>

#include "gamana/base/file.h"
#include "gamana/base/memory.h"
#include "gamana/base/progress.h"
#include "gamana/cli/run.h"
#include "gamana/cli/translate.h"
#include "gamana/metric/bleu.h"
#include "gamana/metric/chrf.h"
#include "gamana/metric/ter.h"
#include "gamana/models/checkpoint.h"

namespace gamana {
namespace {

namespace fs = std::filesystem;

void say_data(const char* name, const PairData& data) {
  std::string left_out;
  if (data.empty) left_out += fmt::format(", {} with an empty side left out", data.empty);
  if (data.too_long) left_out += fmt::format(", {} longer than --max-length left out", data.too_long);
  say("{}: {} pairs{}\n", name, data.size(), left_out);
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
    options.generate = generation_of(usual_generation(model), settings.eval_beams);
    TranslationModel* const models[] = {&model};
    const auto translations = translate_lines(models, tokenizer, lines.source, options);
    std::vector<std::string> hypotheses;
    for (const auto& t : translations) hypotheses.push_back(t.front().text);
    for (size_t i = 0, step = std::max<size_t>(1, lines.source.size() / 2); i < lines.source.size(); i += step)
      say("    {}\n  → {}\n  = {}\n", lines.source[i], hypotheses[i], lines.target[i]);
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

TrainTask translation_task(TranslationModel& model, const PairData& data, const TranslationSettings& s, Validation& validation) {
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
  write_json(join_path(s.out, "training.json"), options_json(kept.options()));
  tokenizer.save(s.out), save_config(model, s.out);
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
    say("the text gives a vocabulary of {} entries, {} were asked for\n", tokenizer.vocabulary_size(),
               s.vocab_size);

  give_back_memory();  // training the vocabulary took more than is needed from here on
  const TrainerSettings settings = trainer_settings(s);
  TrainTask task = translation_task(*model, data, s, validation);
  run_training(
      settings, std::move(task), resume, [&] { if (!prepared) begin_run(s, tokenizer, *model); },
      fmt::format("{} tokens in the vocabulary", tokenizer.vocabulary_size()));
}

}  // namespace gamana
