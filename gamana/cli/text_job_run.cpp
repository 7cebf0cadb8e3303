#include "gamana/cli/text_job_run.h"

#include <filesystem>
#include <functional>
#include <sstream>

#include "gamana/base/file.h"
#include "gamana/base/memory.h"
#include "gamana/cli/pretraining.h"
#include "gamana/cli/run.h"
#include "gamana/cli/tokenizer_make.h"
#include "gamana/data/words.h"
#include "gamana/jobs/choose.h"
#include "gamana/jobs/classify.h"
#include "gamana/jobs/distil.h"
#include "gamana/jobs/embed.h"
#include "gamana/jobs/question.h"
#include "gamana/jobs/tag.h"
#include "gamana/models/trained_parts.h"

namespace gamana {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<TextJob> make_job(const TextJobSettings& s, const TextEncoder& encoder) {
  if (s.job == "mlm") return make_pretraining_job(s, encoder);
  if (s.job == "embed")
    return std::make_unique<EmbedJob>(
        EmbedJob::Settings{s.train, s.valid, s.group_columns(), s.loss, s.similarity_scale, s.margin, s.batch_size},
        encoder);
  if (s.job == "tag") return std::make_unique<TagJob>(TagJob::Settings{s.train, s.valid, s.label_all_tokens}, encoder);
  if (s.job == "choice") return std::make_unique<ChoiceJob>(ChoiceJob::Settings{s.train, s.valid}, encoder);
  if (s.job == "qa")
    return std::make_unique<QuestionJob>(QuestionJob::Settings{s.train, s.valid, s.max_length, s.doc_stride, s.answers}, encoder);
  Problem problem = s.label_separator.empty() ? Problem::single_label : Problem::multi_label;
  if (s.job == "regress") problem = Problem::regression;
  const ClassifyJob::Settings data{s.train, s.valid, s.columns(), problem, s.class_weights};
  if (s.job == "distil")
    return std::make_unique<DistilJob>(DistilJob::Settings{data, s.model, s.student, s.temperature, s.alpha_ce, s.alpha_task,
                                                           s.alpha_cos, choose_precision(s.precision)},
                                       encoder);
  return std::make_unique<ClassifyJob>(data, encoder);
}

TrainerSettings trainer_settings(const TextJobSettings& s, const TextJob& job) {
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

TrainTask task_of(TextModel& model, TextJob& job, const TextJobSettings& s, const std::string& precision) {
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

// Writes what the run's directory holds from the start on; the model's settings are last: where they stand, the rest is
// complete.
void begin_run(const TextJobSettings& s, const TextJob& job, const TextEncoder& encoder, const TextModel& model) {
  TextJobSettings kept = s;  // with paths that hold wherever the run goes on from
  for (std::string* path : {&kept.train, &kept.valid, &kept.model, &kept.tokenizer})
    if (!path->empty()) *path = fs::absolute(*path);
  if (file_exists(kept.student)) kept.student = fs::absolute(kept.student);
  for (std::string& path : kept.train_files) path = fs::absolute(path);
  Json json = options_json(kept.options());
  json["job"] = s.job;
  write_json(join_path(s.out, "training.json"), json);
  const std::string& own = s.preset.empty() ? s.model : s.tokenizer;
  for (const std::string& name : job.folders()) {
    const std::string folder = join_path(s.out, name);
    make_directory(folder);
    if (own.empty()) save_tokenizer(encoder.tokenizer(), folder);
    else Tokenizer::load(own).save(folder);
  }
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

// A vocabulary of WordPiece from the training texts.
Tokenizer make_vocabulary(const TextJobSettings& s) {
  TokenizerTraining training;
  training.kind = "wordpiece", training.vocab_size = s.vocab_size, training.lowercase = !s.cased;
  const TokenizerRecipe recipe = tokenizer_recipe(training);
  if (s.job == "mlm") {
    int64_t texts = 0;
    const TextFormat format = text_format(s.train_files, s.text_columns, !s.no_header);
    return make_tokenizer(training, recipe, count_words(s.train_files, format, recipe, 0, texts));
  }
  WordCounter counter(splitter_of(recipe));
  each_text(s, [&](std::string_view text) {
    const std::string_view texts[] = {text};
    counter.add(texts);
  });
  return make_tokenizer(training, recipe, counter.finish());
}

// The preset's configuration for a vocabulary.
Json new_config(const std::string& preset, const Tokenizer& tokenizer) {
  Json config = model_preset(preset);
  config["vocab_size"] = tokenizer.size();
  const auto set = [&](const char* key, std::initializer_list<const char*> tokens) {
    for (const char* token : tokens)
      if (const auto id = tokenizer.id(token)) return void(config[key] = *id);
  };
  set("pad_token_id", {"[PAD]", "<pad>"}), set("bos_token_id", {"[CLS]", "<s>"}), set("cls_token_id", {"[CLS]", "<s>"});
  set("eos_token_id", {"[SEP]", "</s>"}), set("sep_token_id", {"[SEP]", "</s>"});
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
    const Json config = read_json(join_path(directory, "config.json"));
    const ModelConfig k = model_config(config);
    if (s.job != "embed") return {config, std::make_unique<TextEncoder>(directory, s.max_length, k.max_positions)};
    const SentenceSettings sentence = read_sentence_settings(directory, k.width);
    if (!sentence.found) fmt::print(stderr, "{}: no modules.json: vectors are the mean of all tokens\n", directory);
    return {config, std::unique_ptr<TextEncoder>(
                        new TextEncoder(sentence_text_encoder(directory, sentence, s.max_length, k.max_positions)))};
  }
  const Tokenizer tokenizer = s.tokenizer.empty() ? make_vocabulary(s) : Tokenizer::load(s.tokenizer);
  const Json config = new_config(s.preset, tokenizer);
  return {config, std::make_unique<TextEncoder>(tokenizer, s.max_length, model_config(config).max_positions)};
}

std::unique_ptr<TextModel> make_model(const TextJobSettings& s, const TextJob& job, const Json& config) {
  LoadedModel loaded = job.load(s.model, job.configure(config), s.seed);
  const std::string& from = s.job == "distil" ? s.student : s.model;
  if (!loaded.fresh.empty()) fmt::print(stderr, "new, not in {}: {}\n", from, first_names(loaded.fresh));
  if (!loaded.unused.empty()) fmt::print(stderr, "not used of {}: {}\n", from, first_names(loaded.unused));
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

}  // namespace

void train_text_model(const TextJobSettings& s, bool resume) {
  check_settings(s), choose_threads(s.threads);
  if (!resume) check_new_directory(s.out);
  const bool prepared = resume && file_exists(join_path(s.out, "config.json"));
  const Beginning from = begin_from(s, prepared);
  const TextEncoder& encoder = *from.encoder;
  const std::unique_ptr<TextJob> job = make_job(s, encoder);
  if (encoder.truncated())
    fmt::print(stderr, "{} texts are longer than {} tokens and were cut\n", encoder.truncated(), encoder.max_length());
  for (const std::string& note : job->notes()) fmt::print(stderr, "{}\n", note);
  const std::unique_ptr<TextModel> model = make_model(s, *job, from.config);
  if (s.lora_rank > 0) model->adapt(adapter_settings(s), s.seed);
  choose_trained(*model, {s.freeze_layers, s.freeze_encoder, s.layer_decay});
  give_back_memory();
  TrainerSettings settings = trainer_settings(s, *job);
  TrainTask task = task_of(*model, *job, s, s.precision);
  settings.schedule.warmup = static_cast<int64_t>(s.warmup_ratio * static_cast<double>(planned_steps(settings, task)));
  run_training(settings, std::move(task), resume, [&] { if (!prepared) begin_run(s, *job, encoder, *model); },
               fmt::format("{} texts", job->lengths().size()));
}

}  // namespace gamana
