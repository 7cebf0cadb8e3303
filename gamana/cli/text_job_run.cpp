#include "gamana/cli/text_job_run.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <sstream>

#include "gamana/base/file.h"
#include "gamana/base/memory.h"
#include "gamana/base/progress.h"
#include "gamana/cli/pretraining.h"
#include "gamana/cli/run.h"
#include "gamana/cli/tokenizer_make.h"
#include "gamana/data/words.h"
#include "gamana/jobs/choose.h"
#include "gamana/jobs/classify.h"
#include "gamana/jobs/distil.h"
#include "gamana/jobs/embed.h"
#include "gamana/jobs/generation_config.h"
#include "gamana/jobs/lm_sample.h"
#include "gamana/jobs/pair_classifier.h"
#include "gamana/jobs/question.h"
#include "gamana/jobs/tag.h"
#include "gamana/models/trained_parts.h"
#include "gamana/text/files/tokenizer_settings.h"

namespace gamana {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<TextJob> make_job(const TextJobSettings& s, const TextEncoder& encoder, const Json& config) {
  if (s.reads_plain_text()) return make_pretraining_job(s, encoder, config);
  if (s.job == "embed") {
    auto job = std::make_unique<EmbedJob>(
        EmbedJob::Settings{s.train, s.valid, s.group_columns(), s.loss, s.similarity_scale, s.margin, pair_parts(s.concatenation), s.batch_size},
        encoder);
    check_meanings(s.given, {{"--similarity-scale", job->trained_by() == EmbedLoss::multiple_negatives, "--loss multiple_negatives"},
                             {"--concatenation", job->trained_by() == EmbedLoss::softmax, "--loss softmax"}});
    return job;
  }
  if (s.job == "tag") return std::make_unique<TagJob>(TagJob::Settings{s.train, s.valid, s.label_all_tokens, config}, encoder);
  if (s.job == "choice") return std::make_unique<ChoiceJob>(ChoiceJob::Settings{s.train, s.valid}, encoder);
  if (s.job == "qa")
    return std::make_unique<QuestionJob>(QuestionJob::Settings{s.train, s.valid, s.max_length, s.doc_stride, s.answers}, encoder);
  Problem problem = s.label_separator.empty() ? Problem::single_label : Problem::multi_label;
  if (s.job == "regress") problem = Problem::regression;
  const ClassifyJob::Settings data{s.table(), s.valid, s.columns(), problem, s.class_weights, {}, config};
  if (s.job == "distil")
    return std::make_unique<DistilJob>(DistilJob::Settings{data, s.model, s.student, s.temperature, s.alpha_ce, s.alpha_task,
                                                           s.alpha_cos, choose_precision(s.precision)},
                                       encoder);
  return std::make_unique<ClassifyJob>(data, encoder);
}

double peak_rate(const TextJobSettings& s, TextModel& model) {
  if (s.learning_rate > 0) return s.learning_rate;
  if (s.preset.empty()) return 1e-4;
  if (s.job != "lm") return 5e-4;
  double parameters = 0;  // without embeddings
  for (const auto& e : model.parameters().entries())
    if (e.name.find("embedding") == std::string::npos) parameters += static_cast<double>(e.parameter->size());
  return std::max(1e-4, 0.003239 - 0.0001395 * std::log(parameters));  // Kaplan et al. 2020, equation D.1
}

TrainerSettings trainer_settings(const TextJobSettings& s, const TextJob& job, TextModel& model) {
  TrainerSettings t;
  t.directory = s.out;
  t.optimizer = {s.optimizer, s.beta1, s.beta2, s.epsilon, s.weight_decay};
  t.schedule = {.name = s.schedule, .peak = peak_rate(s, model), .floor = s.min_lr_rate};
  constexpr double kPasses = 3;  // where nothing says how long
  t.max_steps = s.max_steps, t.epochs = s.max_steps <= 0 && s.epochs <= 0 ? kPasses : s.epochs, t.accumulation = s.accumulation;
  t.max_grad_norm = s.max_grad_norm, t.ema = s.ema;
  t.eval_steps = s.eval_steps, t.save_steps = s.save_steps, t.early_stopping = s.early_stopping;
  t.metric = s.metric.empty() ? job.metric() : s.metric;
  t.greater_is_better = t.metric != "loss" && t.metric != "mse" && t.metric != "perplexity";
  t.precision = choose_precision(s.precision), t.seed = s.seed;
  t.max_memory = static_cast<size_t>(s.max_memory) << 20, t.recompute = s.recompute;
  return t;
}

TrainTask text_task(TextModel& model, TextJob& job, const TextJobSettings& s, const std::string& precision) {
  TrainTask task;
  task.parameters = &model.parameters();
  task.plan = [&job, &s](int64_t epoch) {
    job.begin_epoch(epoch);
    return plan_batches(job.lengths(), {.examples = s.batch_size}, s.seed, epoch);
  };
  task.labels = [&job](std::span<const int32_t> examples) { return job.losses(examples); };
  task.tokens = [&job](std::span<const int32_t> examples) {
    int64_t n = 0;
    for (const int32_t i : examples) n += job.lengths()[i];
    return n;
  };
  task.loss = [&job, &model](Context& c, std::span<const int32_t> examples, float scale) { return job.loss(c, model, examples, scale); };
  task.validate = [&job, &model, precision] { return job.validate(model, choose_precision(precision)); };
  task.save_model = [&model, &s](const std::string&, const float* weights) { model.save_weights(s.out, weights); };
  return task;
}

void add_samples(TrainTask& task, const TextJobSettings& s, TextModel& model, const Tokenizer& tokenizer) {
  const LmSampler sampler(model, tokenizer, s.sample_prompt, choose_precision(s.precision), s.seed);
  task.remark = [sampler, every = s.sample_every](int64_t step) {
    return step % every ? "" : fmt::format("step {} writes:\n{}\n", step, sampler.write());
  };
}

constexpr const char* kTrain = "train:";

// Is the vocabulary made from the text, not that of a directory?
bool makes_vocabulary(const TextJobSettings& s) {
  const std::string& t = s.tokenizer;
  return t.empty() || (s.job == "lm" && (t == "char" || t == "byte" || t.starts_with(kTrain)));
}

// transformers pads batches of texts, and reads a decoder's label from the last token that is no padding. Where there is no token
// for it, it is the end token.
void add_padding(const std::string& folder, const Tokenizer& tokenizer, TextModel& model) {
  TokenizerSettings settings = read_tokenizer_settings(folder);
  std::optional<AddedToken>& pad = settings.token(TokenRole::pad);
  if (!pad) pad = settings.token(TokenRole::end), write_tokenizer_settings(folder, settings);
  if (const auto id = pad ? tokenizer.id(pad->content) : std::nullopt) model.set_padding(*id);
}

// Writes what the run's directory holds from the start on; the model's settings are last: where they stand, the rest is
// complete.
void begin_run(const TextJobSettings& s, const TextJob& job, const TextEncoder& encoder, TextModel& model) {
  TextJobSettings kept = s;  // with paths that hold wherever the run goes on from
  for (std::string* path : {&kept.train, &kept.valid, &kept.model, &kept.tokenizer})
    if (!path->empty() && !(path == &kept.tokenizer && makes_vocabulary(s))) *path = fs::absolute(*path);
  if (file_exists(kept.student)) kept.student = fs::absolute(kept.student);
  for (std::string& path : kept.train_files) path = fs::absolute(path);
  Json json = options_json(kept.options());
  json["job"] = s.job;
  write_json(join_path(s.out, "training.json"), json);
  const std::string own = s.preset.empty() ? s.model : makes_vocabulary(s) ? "" : s.tokenizer;
  const bool labelled = is_decoder(model.settings().family) && (model.task() == Task::sequence || model.task() == Task::token);
  for (const std::string& name : job.folders()) {
    const std::string folder = join_path(s.out, name);
    make_directory(folder);
    if (own.empty()) save_tokenizer(encoder.tokenizer(), folder);
    else Tokenizer::load(tokenizer_directory(own)).save(folder);
    if (labelled) add_padding(folder, encoder.tokenizer(), model);
  }
  if (s.job == "lm" && !s.model.empty()) keep_generation_config(s.model, s.out);
  model.save_settings(s.out);
}

// Calls use(text) for the texts of the training file.
void each_text(const TextJobSettings& s, const std::function<void(std::string_view)>& use) {
  if (s.job == "tag") {
    TaggedWordsReader reader(s.train, false);
    for (TaggedWords sentence; reader.next(sentence);)
      for (const std::string& word : sentence.words) use(word);
  } else if (s.job == "qa") {
    const SquadData data = read_squad(s.train);
    for (const std::string& context : data.contexts) use(context);
    for (const SquadQuestion& question : data.questions) use(question.question);
  } else if (s.job == "choice") {
    ChoiceReader reader(s.train, false);
    for (Choices choice; reader.next(choice);) {
      use(choice.text);
      for (const std::string& ending : choice.endings) use(ending);
    }
  } else if (s.job == "embed") {
    TextGroupReader reader(s.train, s.group_columns());
    for (TextGroup group; reader.next(group);)
      for (const std::string& text : group.texts) use(text);
  } else {
    TableColumns columns = s.columns();
    columns.labelled = false;
    TableReader reader(s.train, columns);
    for (Row row; reader.next(row);) use(row.text), use(row.pair);
  }
}

TokenizerTraining vocabulary_training(const TextJobSettings& s) {
  TokenizerTraining training;
  training.kind = "wordpiece", training.vocab_size = s.vocab_size, training.lowercase = !s.cased;
  if (s.job != "lm") return training;
  training.kind = s.tokenizer.empty() ? "char" : s.tokenizer, training.vocab_size = 0, training.lowercase = false;
  if (training.kind == "char" || training.kind == "byte") return training;
  const char* const end = s.tokenizer.data() + s.tokenizer.size();
  const auto number = std::from_chars(s.tokenizer.data() + std::strlen(kTrain), end, training.vocab_size);
  if (number.ptr != end || number.ec != std::errc() || training.vocab_size < 257)
    throw Error(fmt::format("--tokenizer: expected train:N with 257 tokens or more (256 bytes and <|endoftext|>), found {}",
                            s.tokenizer), "give train:8000");
  training.kind = "byte-bpe", training.special_tokens = {"<|endoftext|>"};
  return training;
}

// A vocabulary from the training texts.
Tokenizer make_vocabulary(const TextJobSettings& s) {
  const TokenizerTraining training = vocabulary_training(s);
  const TokenizerRecipe recipe = tokenizer_recipe(training);
  if (training.kind == "byte") return make_tokenizer(training, recipe, {});
  if (s.reads_plain_text()) {
    int64_t texts = 0;
    const WordCounts words = count_words(s.train_files, plain_text_format(s), recipe, 0, texts);
    if (words.size() == 0) fail("{}: expected text to learn from, found none", s.train_files[0]);
    return make_tokenizer(training, recipe, words);
  }
  WordCounter counter(splitter_of(recipe));
  each_text(s, [&](std::string_view text) {
    const std::string_view texts[] = {text};
    counter.add(texts);
  });
  return make_tokenizer(training, recipe, counter.finish());
}

// The preset's configuration for a vocabulary.
Json new_config(const TextJobSettings& s, const Tokenizer& tokenizer) {
  Json config = model_preset(s.preset);
  config["vocab_size"] = tokenizer.size();
  const auto set = [&](const char* key, std::initializer_list<const char*> tokens) {
    for (const char* token : tokens)
      if (const auto id = tokenizer.id(token)) return void(config[key] = *id);
  };
  if (s.job == "lm") {  // not what transformers takes for a family where nothing is said
    config["bos_token_id"] = config["eos_token_id"] = nullptr;
    for (const char* key : {"n_positions", "max_position_embeddings"})
      if (s.max_length > 0 && config.contains(key)) config[key] = s.max_length;
  }
  set("pad_token_id", {"[PAD]", "<pad>"}), set("bos_token_id", {"[CLS]", "<s>", "<|endoftext|>"}), set("cls_token_id", {"[CLS]", "<s>"});
  set("eos_token_id", {"[SEP]", "</s>", "<|endoftext|>"}), set("sep_token_id", {"[SEP]", "</s>"});
  return config;
}

// What a run begins from: an encoder that is there, or a new one.
struct Beginning {
  Json config;
  std::unique_ptr<TextEncoder> encoder;
};

Beginning begin_from(const TextJobSettings& s, bool prepared) {
  const std::string directory = prepared ? s.out : s.model;
  if (!directory.empty()) {
    const Json config = is_adapter(directory) ? read_json(join_path(directory, "config.json")) : read_text_config(directory);
    const ModelConfig k = model_config(config);
    if (s.job == "lm" && s.max_length > k.max_positions)
      throw Error(fmt::format("--context: the model reads at most {} tokens, found {}", k.max_positions, s.max_length),
                  "give less, or leave it out");
    if (s.job != "embed") return {config, std::make_unique<TextEncoder>(directory, s.max_length, k.max_positions)};
    const SentenceSettings sentence = read_sentence_settings(directory, k.width);
    if (!sentence.found) say("{}: no modules.json: vectors are the mean of all tokens\n", directory);
    return {config, std::unique_ptr<TextEncoder>(
                        new TextEncoder(sentence_text_encoder(directory, sentence, s.max_length, k.max_positions)))};
  }
  const Tokenizer tokenizer = makes_vocabulary(s) ? make_vocabulary(s) : Tokenizer::load(s.tokenizer);
  const Json config = new_config(s, tokenizer);
  return {config, std::make_unique<TextEncoder>(tokenizer, s.max_length, model_config(config).max_positions)};
}

std::unique_ptr<TextModel> make_model(const TextJobSettings& s, const TextJob& job, const Json& config) {
  LoadedModel loaded = job.load(s.model, job.configure(config), s.seed);
  const std::string& from = s.job == "distil" ? s.student : s.model;
  if (!loaded.fresh.empty()) say("new, not in {}: {}\n", from, first_names(loaded.fresh));
  if (!loaded.unused.empty()) say("not used of {}: {}\n", from, first_names(loaded.unused));
  return std::move(loaded.model);
}

AdapterSettings adapter_settings(const TextJobSettings& s) {
  if (is_adapter(s.model))
    throw Error(fmt::format("{} is an adapter: --lora-rank needs a plain model", s.model), "merge it first, see `gamana merge --help`");
  AdapterSettings a{s.lora_rank, s.lora_alpha > 0 ? s.lora_alpha : 2.0 * s.lora_rank, s.lora_dropout, {}, fs::absolute(s.model), s.merge};
  for (std::istringstream list(s.lora_targets); list.good();) {
    std::string name;
    if (std::getline(list, name, ','); !name.empty()) a.targets.push_back(name);
  }
  return a;
}

// Marks what is trained. Of what is left, something has to be in the saved model.
void freeze(const TextJobSettings& s, TextModel& model) {
  choose_trained(model, {s.freeze_layers, s.freeze_backbone, s.layer_decay});
  if (auto* const pairs = dynamic_cast<PairClassifier*>(&model); pairs && pairs->learns_alone())
    throw Error(fmt::format("{}: only the classifier of --loss softmax is left to train, which is not saved",
                            s.freeze_backbone ? "--freeze-backbone" : "--freeze-layers"),
                "freeze fewer layers (--freeze-layers)");
}

// A score that there is not is told before training, not after its first epoch.
void check_metric(const TextJobSettings& s, TextJob& job, const TextModel& model) {
  if (s.metric.empty() || s.metric == job.metric()) return;
  std::string names;
  for (const auto& [name, value] : job.validate(model, choose_precision(s.precision))) {
    if (name == s.metric) return;
    names += (names.empty() ? "" : ", ") + name;
  }
  fail("--metric: expected one of {}, found {}", names, s.metric);
}

// Texts are read more than once: for a vocabulary, for the tokens, and again where a run goes on.
void check_sources(const TextJobSettings& s) {
  std::vector<std::string> files = s.train_files;
  files.insert(files.end(), {s.train, s.valid});
  std::error_code ignored;
  for (const std::string& file : files)
    if (fs::exists(file, ignored) && !fs::is_regular_file(file, ignored) && !fs::is_directory(file, ignored))
      throw Error(fmt::format("{}: expected a plain file, which can be read again, found a pipe or device", file), "write the text to a file first");
}

}  // namespace

void train_text_model(const TextJobSettings& s, bool resume) {
  check_settings(s), check_sources(s), choose_threads(s.threads);
  if (!resume) check_new_directory(s.out);
  const bool prepared = resume && file_exists(join_path(s.out, "config.json"));
  const Beginning from = begin_from(s, prepared);
  const TextEncoder& encoder = *from.encoder;
  const std::unique_ptr<TextJob> job = make_job(s, encoder, from.config);
  if (encoder.truncated())
    say("{} texts are longer than {} tokens and were cut\n", encoder.truncated(), encoder.max_length());
  for (const std::string& note : job->notes()) say("{}\n", note);
  const std::unique_ptr<TextModel> model = make_model(s, *job, from.config);
  if (s.lora_rank > 0) model->adapt(adapter_settings(s), s.seed);
  freeze(s, *model);
  if (!resume) check_metric(s, *job, *model);
  give_back_memory();
  TrainerSettings settings = trainer_settings(s, *job, *model);
  TrainTask task = text_task(*model, *job, s, s.precision);
  if (s.sample_every > 0) add_samples(task, s, *model, encoder.tokenizer());
  settings.schedule.warmup = static_cast<int64_t>(s.warmup_ratio * static_cast<double>(planned_steps(settings, task)));
  run_training(settings, std::move(task), resume, [&] { if (!prepared) begin_run(s, *job, encoder, *model); },
               job->examples());
}

}  // namespace gamana
