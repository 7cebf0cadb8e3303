#include "gamana/cli/translation_run.h"

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "gamana/base/file.h"
#include "gamana/base/parallel.h"
#include "gamana/base/progress.h"
#include "gamana/cli/translate.h"
#include "gamana/metric/bleu.h"
#include "gamana/models/checkpoint.h"
#include "gamana/models/rnn.h"
#include "gamana/models/transformer.h"
#include "gamana/text/vocab_trainer.h"

namespace gamana {
namespace {

std::atomic<bool> interrupted{false};

void on_signal(int) {
  interrupted = true;
  std::signal(SIGINT, SIG_DFL);  // the second one ends at once
}

std::string config_path(const std::string& directory) { return join_path(directory, "config.json"); }

// A directory may be new, empty, or a run that --resume names.
void prepare_directory(const TranslationSettings& s, bool resume) {
  if (resume) return;
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::exists(s.out, ignored) && !fs::is_directory(s.out, ignored))
    fail("--out: expected a directory, {} is a file", s.out);
  if (file_exists(join_path(s.out, "training.json")))
    throw Error(fmt::format("--out: {} holds a run already", s.out),
                "go on with `gamana train --resume " + s.out + "`, or choose another directory");
  if (fs::is_directory(s.out, ignored) && !fs::is_empty(s.out, ignored))
    throw Error(fmt::format("--out: {} is not empty and no run of gamana", s.out), "choose a new directory");
  make_directory(s.out);
  write_json(join_path(s.out, "training.json"), settings_json(s));
}

void say_data(const char* name, const PairData& data) {
  std::string left_out;
  if (data.empty) left_out += fmt::format(", {} with an empty side left out", data.empty);
  if (data.too_long) left_out += fmt::format(", {} longer than --max-length left out", data.too_long);
  fmt::print(stderr, "{}: {} pairs{}\n", name, data.size(), left_out);
}

struct Validation {
  TranslationModel& model;
  const TranslationTokenizer& tokenizer;
  const TranslationSettings& settings;
  PairLines lines;
  PairData data;

  std::map<std::string, double> operator()() {
    Arena arena;
    double nll = 0;
    int64_t labels = 0;
    const Precision precision = choose_precision(settings.precision);
    for (const auto& pairs : plan_in_order(data, settings.batch_tokens)) {
      Context c{cpu_kernels(), arena, nullptr, precision, false, 0, 0, 0, {}};
      const PairBatch batch = make_pair_batch(data, pairs, model.start_token());
      nll += model.loss(c, batch, 0, 1).nll;
      labels += batch.target.rows();
    }
    TranslateOptions options;
    options.generate.num_beams = settings.eval_beams;
    const auto translations = translate_lines(model, tokenizer, lines.source, options);
    std::vector<std::string> hypotheses;
    for (const auto& t : translations) hypotheses.push_back(t.front().text);
    BleuOptions bleu;
    bleu.lowercase = settings.lowercase;
    const double score = Bleu(bleu).corpus(hypotheses, {lines.target}).score;
    for (size_t i = 0, step = std::max<size_t>(1, lines.source.size() / 2); i < lines.source.size(); i += step)
      fmt::print(stderr, "    {}\n  → {}\n  = {}\n", lines.source[i], hypotheses[i], lines.target[i]);
    return {{"loss", nll / std::max<double>(1, double(labels))}, {"bleu", score}};
  }
};

TrainerEvents events_of(Progress& progress, std::string& last) {
  TrainerEvents events;
  events.step = [&](const StepReport& r) {
    progress.update(r.step, fmt::format("epoch {}  loss {:.3f}  {:.0f} tokens/s{}", r.epoch + 1, r.loss, r.tokens_per_second, last));
  };
  events.validated = [&](int64_t step, const std::map<std::string, double>& results, bool best) {
    progress.clear();
    last = fmt::format("  valid: loss {:.3f}, BLEU {:.2f}", results.at("loss"), results.at("bleu"));
    fmt::print(stderr, "step {}{}{}\n", step, last, best ? "  (best so far, kept)" : "");
  };
  events.note = [&](const std::string& text) { progress.clear(), fmt::print(stderr, "{}\n", text); };
  return events;
}

}  // namespace

void check_settings(const TranslationSettings& s) {
  const auto need = [](const std::string& value, const char* name) {
    if (value.empty()) throw Error(fmt::format("{} is needed", name), "see `gamana train translation --help`");
  };
  need(s.train_source, "--train-source"), need(s.train_target, "--train-target");
  need(s.valid_source, "--valid-source"), need(s.valid_target, "--valid-target"), need(s.out, "--out");
  if (s.model != "transformer" && s.model != "rnn") fail("--model: expected transformer or rnn, found \"{}\"", s.model);
  if (s.metric != "bleu" && s.metric != "loss") fail("--metric: expected bleu or loss, found \"{}\"", s.metric);
  if (s.vocab_type != "unigram" && s.vocab_type != "bpe") fail("--vocab-type: expected unigram or bpe, found \"{}\"", s.vocab_type);
  if (s.precision != "f32" && s.precision != "bf16") fail("--precision: expected f32 or bf16, found \"{}\"", s.precision);
  if (s.max_steps <= 0 && s.epochs <= 0)
    throw Error("how long to train is not said", "give --epochs or --max-steps");
  const auto positive = [](double value, const char* name) {
    if (!(value > 0)) fail("{}: expected a positive number, found {}", name, value);
  };
  positive(double(s.batch_tokens), "--batch-tokens"), positive(s.max_length, "--max-length");
  positive(s.accumulation, "--gradient-accumulation-steps"), positive(s.eval_beams, "--eval-beams");
  for (const auto& [value, name] : {std::pair{s.dropout, "--dropout"}, {s.attention_dropout, "--attention-dropout"},
                                    {s.activation_dropout, "--activation-dropout"}, {s.label_smoothing, "--label-smoothing"},
                                    {s.ema, "--ema"}})
    if (value >= 1 || (value < 0 && value != -1)) fail("{}: expected a number in [0, 1), found {}", name, value);
}

Precision choose_precision(const std::string& name) {
  if (name == "f32") return Precision::f32;
  if (name != "bf16") fail("--precision: expected f32 or bf16, found \"{}\"", name);
  if (has_bf16()) return Precision::bf16;
  static const bool said = (fmt::print(stderr, "this CPU has no bf16 products: f32 is used\n"), true);
  (void)said;
  return Precision::f32;
}

void choose_threads(int threads) {
  if (threads < 0) fail("--threads: expected 0 (all cores) or more, found {}", threads);
  if (threads > 0) set_threads(threads);
}

namespace {

std::unique_ptr<TranslationModel> new_rnn(const TranslationSettings& s, const TranslationTokenizer& tokenizer) {
  RnnConfig c;
  c.vocabulary = tokenizer.vocabulary_size();
  if (tokenizer.separate_vocabularies()) c.target_vocabulary = tokenizer.target_vocabulary_size();
  c.direction = s.unidirectional ? (s.reverse_source ? Direction::reverse : Direction::forward) : Direction::both;
  if (s.width > 0) c.embedding = c.hidden = c.attention_size = s.width;
  if (s.encoder_layers > 0) c.encoder_layers = s.encoder_layers;
  if (s.decoder_layers > 0) c.decoder_layers = s.decoder_layers;
  if (s.dropout >= 0) c.dropout = static_cast<float>(s.dropout);
  c.max_positions = std::max(512, s.max_length);
  c.pad_token = c.start_token = tokenizer.pad_id(), c.end_token = tokenizer.end_id();
  Json json = rnn_json(c);  // names are checked where files are read
  json["cell"] = s.cell, json["attention"] = s.attention;
  return std::make_unique<RnnModel>(rnn_config(json));
}

}  // namespace

std::unique_ptr<TranslationModel> new_translation_model(const TranslationSettings& s, const TranslationTokenizer& tokenizer) {
  if (s.model == "rnn") return new_rnn(s, tokenizer);
  TransformerConfig c = transformer_preset(s.preset);
  const auto over = [](int& value, int wanted) {
    if (wanted > 0) value = wanted;
  };
  over(c.width, s.width), over(c.feed_forward, s.feed_forward), over(c.heads, s.heads);
  over(c.encoder_layers, s.encoder_layers), over(c.decoder_layers, s.decoder_layers);
  c.vocabulary = tokenizer.vocabulary_size();
  if (tokenizer.separate_vocabularies()) c.target_vocabulary = tokenizer.target_vocabulary_size();
  c.share_embeddings = !s.separate_embeddings && !tokenizer.separate_vocabularies();
  c.tie_output = !s.untie_output;
  if (s.dropout >= 0) c.dropout = static_cast<float>(s.dropout);
  c.attention_dropout = static_cast<float>(s.attention_dropout);
  c.activation_dropout = static_cast<float>(s.activation_dropout);
  c.pre_norm = s.pre_norm;
  c.max_positions = std::max(512, s.max_length);
  c.pad_token = c.start_token = tokenizer.pad_id(), c.end_token = tokenizer.end_id();
  Json json = transformer_json(c);  // names are checked where files are read
  json["position_embedding_type"] = s.positions;
  if (!s.activation.empty()) json["activation_function"] = s.activation;
  json["normalize_before"] = s.pre_norm;
  return std::make_unique<Transformer>(transformer_config(json));
}

TranslationTokenizer make_vocabulary(const TranslationSettings& s, const PairLines& lines) {
  VocabularyOptions o;
  o.type = s.vocab_type == "bpe" ? VocabularyType::bpe : VocabularyType::unigram;
  o.size = s.vocab_size, o.lowercase = s.lowercase, o.character_coverage = s.character_coverage;
  if (s.separate_vocabularies) return train_vocabularies(lines.source, lines.target, o);
  std::vector<std::string> both = lines.source;
  both.insert(both.end(), lines.target.begin(), lines.target.end());
  return train_vocabulary(both, o);
}

PairData encode_for(const TranslationTokenizer& tokenizer, const PairLines& lines, int max_length) {
  return encode_pairs(
      lines, [&](const std::string& line) { return tokenizer.encode_source(line); },
      [&](const std::string& line) { return tokenizer.encode_target(line); }, max_length);
}

TrainerSettings trainer_settings(const TranslationSettings& s) {
  TrainerSettings t;
  t.directory = s.out;
  t.optimizer = {s.optimizer, s.beta1, s.beta2, s.epsilon, s.weight_decay, s.momentum, 0.95};
  if (s.optimizer == "adadelta" && s.epsilon == 1e-9) t.optimizer.epsilon = 1e-6;  // the paper's
  const int64_t width = s.width > 0 ? s.width : s.model == "rnn" ? 256 : transformer_preset(s.preset).width;
  double rate = s.learning_rate;
  if (rate == 0 && (s.schedule == "noam" || s.optimizer == "adadelta")) rate = 1;  // the papers' own scale
  if (rate == 0) rate = s.model == "rnn" || s.preset == "small" ? 1e-3 : s.preset == "tiny" ? 5e-3 : 7e-4;
  t.schedule = {s.schedule, rate, s.warmup, 0, static_cast<int>(width), 0.5, 2};
  t.max_steps = s.max_steps, t.epochs = s.epochs, t.accumulation = s.accumulation;
  t.max_grad_norm = s.max_grad_norm, t.ema = s.ema, t.average_checkpoints = s.average_checkpoints;
  t.eval_steps = s.eval_steps, t.save_steps = s.save_steps, t.early_stopping = s.early_stopping;
  t.metric = s.metric, t.greater_is_better = s.metric == "bleu";
  t.precision = choose_precision(s.precision), t.seed = s.seed;
  t.max_memory = static_cast<size_t>(s.max_memory) << 20, t.recompute = s.recompute;
  return t;
}

TrainTask translation_task(TranslationModel& model, const PairData& data, const TranslationSettings& s) {
  TrainTask task;
  task.parameters = &model.parameters();
  task.plan = [&data, &s](int64_t epoch) { return plan_batches(data, s.batch_tokens, s.seed, epoch); };
  task.labels = [&data](std::span<const int32_t> pairs) {
    int64_t n = 0;
    for (const int32_t i : pairs) n += static_cast<int64_t>(data.target[i].size());
    return n;
  };
  task.tokens = [&data](std::span<const int32_t> pairs) {
    int64_t n = 0;
    for (const int32_t i : pairs) n += static_cast<int64_t>(data.target[i].size() + data.source[i].size());
    return n;
  };
  // The batch stays alive until the tape has run: embeddings look at it again.
  auto batch = std::make_shared<PairBatch>();
  task.loss = [&model, &data, &s, batch](Context& c, std::span<const int32_t> pairs, float scale) {
    *batch = make_pair_batch(data, pairs, model.start_token());
    return model.loss(c, *batch, static_cast<float>(s.label_smoothing), scale);
  };
  return task;
}

void train_translation(const TranslationSettings& s, bool resume) {
  check_settings(s);
  choose_threads(s.threads);
  const PairLines lines = read_pairs(s.train_source, s.train_target);
  PairLines valid = read_pairs(s.valid_source, s.valid_target);
  prepare_directory(s, resume);
  // config.json is written last: where it stands, the vocabulary is complete.
  const bool prepared = file_exists(config_path(s.out));
  const TranslationTokenizer tokenizer = prepared ? TranslationTokenizer::load(s.out) : make_vocabulary(s, lines);
  const auto model = prepared ? make_translation_model(read_json(config_path(s.out))) : new_translation_model(s, tokenizer);
  if (!prepared) tokenizer.save(s.out), save_config(*model, s.out);
  model->parameters().initialise(s.seed);
  const PairData data = encode_for(tokenizer, lines, s.max_length);
  Validation validation{*model, tokenizer, s, valid, encode_for(tokenizer, valid, s.max_length)};
  say_data("training", data), say_data("validation", validation.data);

  TrainTask task = translation_task(*model, data, s);
  task.validate = [&] { return validation(); };
  task.save_model = [&](const std::string& path, const float* weights) { save_weights(*model, path, weights); };
  TrainerSettings settings = trainer_settings(s);
  const auto per_epoch = static_cast<double>(task.plan(0).size()) / s.accumulation;
  const double total = s.max_steps ? double(s.max_steps) : per_epoch * s.epochs;
  if (s.warmup < 0) settings.schedule.warmup = std::min<int64_t>(2000, static_cast<int64_t>(total / 2));
  std::string last;
  Progress progress("training", "steps", static_cast<int64_t>(total));
  Trainer trainer(settings, std::move(task), events_of(progress, last));
  if (resume && trainer.resume()) fmt::print(stderr, "going on after step {}\n", trainer.step());
  fmt::print(stderr, "{} parameters, {} tokens in the vocabulary, {} threads, {}\n", model->parameters().count(),
             tokenizer.vocabulary_size(), threads(), settings.precision == Precision::bf16 ? "bf16" : "f32");
  std::signal(SIGINT, on_signal), std::signal(SIGTERM, on_signal);
  const bool ended = trainer.run(interrupted);
  progress.clear();
  if (!ended) throw Error(fmt::format("interrupted at step {}; everything is saved", trainer.step()), "go on with `gamana train --resume " + s.out + "`");
  fmt::print(stderr, "the model is in {}\n", s.out);
}

}  // namespace gamana
