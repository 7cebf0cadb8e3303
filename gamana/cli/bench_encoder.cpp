// gamana bench encode, gamana bench finetune.
#include <algorithm>

#include "gamana/base/clock.h"
#include "gamana/base/file.h"
#include "gamana/base/memory.h"
#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/run.h"
#include "gamana/cli/text_input.h"
#include "gamana/cli/usage.h"
#include "gamana/jobs/pipeline.h"
#include "gamana/ops/losses.h"
#include "gamana/train/optimizer.h"

namespace gamana {
namespace {

struct BenchOptions {
  std::string model, preset = "bert-base", tokenizer, attention_type, order = "random", precision = "f32";
  TextInputOptions input;
  int length = 0, batch = 32, max_length = 128, threads = 0, texts = 2048;
  double seconds = 10;
  bool json = false;
};

void add_options(CLI::App& c, BenchOptions& o) {
  auto* model = c.add_option("-m,--model", o.model, "Model directory");
  auto* preset = c.add_option("--preset", o.preset, "Without a model: random weights of this size")->capture_default_str();
  auto* attention = c.add_option("--attention-type", o.attention_type, "Of a preset of BigBird: block_sparse or original_full")
                        ->check(CLI::IsMember({"block_sparse", "original_full"}));
  model->excludes(preset)->excludes(attention);
  auto* data = c.add_option("--data", o.input.file, "Texts: lines, or rows of a table");
  auto* length = c.add_option("--length", o.length, "Or random tokens, so many a text")->check(CLI::Range(1, 1 << 20));
  length->excludes(data);
  c.add_option("--tokenizer", o.tokenizer, "Directory of the tokenizer, if not the model's");
  c.add_option("--text-column", o.input.text_columns, "Of a table");
  c.add_flag("--no-header", o.input.no_header, "The first record of a table is data");
  c.add_option("--batch-size,--batch", o.batch, "Texts of a batch")->capture_default_str()->check(CLI::Range(1, 1 << 20));
  c.add_option("--order", o.order, "sorted (by length) or random")->capture_default_str()->check(CLI::IsMember({"sorted", "random"}));
  c.add_option("--max-length", o.max_length, "Tokens of an input")->capture_default_str()->check(CLI::Range(1, 1 << 20));
  c.add_option("--texts", o.texts, "Read so many")->capture_default_str()->check(CLI::Range(1, 1 << 24));
  c.add_option("--precision", o.precision, kPrecisionHelp)->capture_default_str();
  c.add_option("--threads", o.threads, "0: all cores");
  c.add_option("--seconds", o.seconds, "How long to measure")->capture_default_str()->check(above_zero());
  c.add_flag("--json", o.json, "One JSON object");
  for (const char* name : {"--tokenizer", "--text-column", "--no-header", "--order", "--max-length"}) length->excludes(c.get_option(name));
}

constexpr int64_t kVocabulary = 30522;  // BERT's, at least

// The model, texts as it reads them, and their batches.
struct Workload {
  std::unique_ptr<TextModel> model;
  std::vector<EncodedText> texts;
  Batches batches;
};

// That of the directory, or random weights of the preset.
std::unique_ptr<TextModel> open_model(const BenchOptions& o, Task task, int64_t vocabulary) {
  if (!o.model.empty()) return std::move(load_text_model(o.model, task).model);
  Json config = model_preset(o.preset);
  config["vocab_size"] = vocabulary;
  if (config.value("max_position_embeddings", 0) < o.length) config["max_position_embeddings"] = o.length;
  if (!o.attention_type.empty() && config["model_type"] != "big_bird")
    throw Error(fmt::format("--attention-type is for a preset of BigBird, found {}", o.preset), "leave it out");
  if (!o.attention_type.empty()) config["attention_type"] = o.attention_type;
  auto model = std::make_unique<TextModel>(config, task);
  model->parameters().initialise(1);
  return model;
}

// A batch of texts of random tokens.
void draw_texts(const BenchOptions& o, Task task, Workload& w) {
  w.model = open_model(o, task, kVocabulary);
  if (w.model->settings().max_positions < o.length)
    fail("--length: the model reads at most {} tokens, found {}", w.model->settings().max_positions, o.length);
  for (int i = 0; i < o.batch; ++i) {
    EncodedText text{{}, std::vector<int32_t>(o.length)};
    const uint64_t key = stream_key(1, static_cast<uint64_t>(i));
    for (int t = 0; t < o.length; ++t)
      text.ids.push_back(static_cast<int32_t>(uniform(key, t) * w.model->settings().vocabulary));
    w.texts.push_back(std::move(text));
  }
}

void read_texts(const BenchOptions& o, Task task, Workload& w) {
  const std::string tokenizer = o.tokenizer.empty() ? o.model : o.tokenizer;
  if (tokenizer.empty())
    throw Error("--tokenizer: expected a directory, since a preset has none", "give one, or a model (-m), or --length for random tokens");
  w.model = open_model(o, task, o.model.empty() ? std::max<int64_t>(kVocabulary, Tokenizer::load(tokenizer).size()) : 0);
  const TextEncoder encoder(tokenizer, o.max_length, w.model->settings().max_positions);
  TextInput input(o.input);
  for (TextItem item; static_cast<int>(w.texts.size()) < o.texts && input.next(item);) w.texts.push_back(encoder.encode(item.text, item.pair));
  if (w.texts.empty()) fail("{}: expected texts, found none", o.input.file);
}

Workload load(const BenchOptions& o, Task task) {
  if (!o.length && o.input.file.empty()) throw Error("expected texts, found none", "give a file with --data, or --length for random tokens");
  choose_threads(o.threads);
  Workload w;
  if (o.length) draw_texts(o, task, w);
  else read_texts(o, task, w);
  Lengths lengths;
  for (const EncodedText& text : w.texts) lengths.push_back(text.length());
  const BatchRule rule{.examples = o.batch, .window = o.order == "sorted" ? static_cast<int64_t>(w.texts.size()) : 0};
  w.batches = o.order == "sorted" ? plan_in_order(lengths, rule) : plan_batches(lengths, rule, 1, 0);
  return w;
}

// Runs step(batch), which gives its tokens, over and over for the time; reports once a round of warming up is over.
template <class Step>
void measure(const BenchOptions& o, const Workload& w, int warm, const Step& step) {
  size_t at = 0;
  const auto next = [&]() -> const std::vector<int32_t>& { return w.batches[at++ % w.batches.size()]; };
  for (int i = 0; i < warm; ++i) step(next());
  int64_t tokens = 0, steps = 0;
  const double begin = now();
  while (now() - begin < o.seconds) tokens += step(next()), ++steps;
  const double seconds = now() - begin, rate = static_cast<double>(tokens) / seconds;
  if (!o.json) return fmt::print("{:.0f} tokens/s, {} MiB at most\n", rate, peak_memory() >> 20);
  const Json json = {{"tokens_per_second", rate}, {"peak_memory_bytes", peak_memory()}, {"threads", threads()},
                     {"precision", name_of(choose_precision(o.precision))}, {"batch_size", o.batch}, {"order", o.order}, {"milliseconds_per_batch", 1000 * seconds / static_cast<double>(steps)}};
  fmt::print("{}\n", json.dump());
}

int64_t gather(const Workload& w, const std::vector<int32_t>& batch, std::vector<const EncodedText*>& texts) {
  int64_t tokens = 0;
  texts.clear();
  for (const int32_t i : batch) texts.push_back(&w.texts[i]), tokens += w.texts[i].length();
  return tokens;
}

void bench_encode(const BenchOptions& o) {
  const Workload w = load(o, Task::features);
  w.model->parameters().give_up_packed();
  const Precision precision = choose_precision(o.precision);
  give_back_memory(), reset_peak_memory();
  Arena arena;
  std::vector<const EncodedText*> texts;
  measure(o, w, 3, [&](const std::vector<int32_t>& batch) {
    const int64_t tokens = gather(w, batch, texts);
    in_parts(texts, precision, [&](size_t, const std::vector<const EncodedText*>& part) {
      Context c{.kernels = cpu_kernels(), .arena = arena, .precision = precision, .packs = true};
      w.model->hidden(c, batch_of(part));
    });
    return tokens;
  });
}

void bench_finetune(const BenchOptions& o) {
  const Workload w = load(o, Task::sequence);
  const Precision precision = choose_precision(o.precision);
  ParameterStore& parameters = w.model->parameters();
  parameters.require_gradients(), parameters.zero_gradients();
  Optimizer optimizer({.name = "adamw", .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.01}, parameters);
  give_back_memory(), reset_peak_memory();
  Arena arena;
  Tape tape;
  std::vector<const EncodedText*> texts;
  uint64_t step = 0;
  measure(o, w, 2, [&](const std::vector<int32_t>& batch) {
    const int64_t tokens = gather(w, batch, texts);
    Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape, .precision = precision, .training = true, .seed = 1, .step = ++step};
    const Batch b = batch_of(texts);
    std::vector<int32_t> labels;
    for (const int32_t i : batch) labels.push_back(i % w.model->labels());
    const Tensor logits = w.model->project(c, 0, w.model->read(c, 0, b));
    cross_entropy(c, logits, labels, {}, 1.0f / static_cast<float>(labels.size()));
    tape.backward();
    optimizer.update(c.kernels, 2e-5, 1, static_cast<int64_t>(step));
    parameters.zero_gradients();
    return tokens;
  });
}

}  // namespace

void add_bench_encoder_commands(CLI::App& bench) {
  auto e = std::make_shared<BenchOptions>();
  CLI::App* encode = bench.add_subcommand("encode", "Tokens per second through an encoder");
  add_options(*encode, *e);
  encode->footer("Examples:\n  gamana bench encode --preset bert-base --tokenizer minilm --data news.csv --no-header --text-column 2 --text-column 3 --order sorted\n"
                 "  gamana bench encode --preset bigbird-base --length 4096 --batch 1");
  encode->callback([e] { bench_encode(*e); });

  auto f = std::make_shared<BenchOptions>();
  CLI::App* finetune = bench.add_subcommand("finetune", "Tokens per second of training a classifier");
  add_options(*finetune, *f);
  finetune->footer("Example:\n  gamana bench finetune -m minilm --data news.csv --no-header --text-column 2 --text-column 3");
  finetune->callback([f] { bench_finetune(*f); });
}

}  // namespace gamana
