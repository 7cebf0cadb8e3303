// gamana bench train, gamana bench translate; the others have files of their own.
#include <set>

#include "gamana/base/clock.h"
#include "gamana/base/file.h"
#include "gamana/base/memory.h"
#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"
#include "gamana/cli/bench_lm.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/translate.h"
#include "gamana/cli/run.h"
#include "gamana/cli/translation_run.h"
#include "gamana/cli/usage.h"
#include "gamana/models/transformer.h"

namespace gamana {
namespace {

void print_result(bool json, double tokens_per_second, Json more) {
  more["tokens_per_second"] = tokens_per_second;
  more["peak_memory_bytes"] = peak_memory();
  more["threads"] = threads();
  if (json) {
    fmt::print("{}\n", more.dump());
  } else {
    fmt::print("{:.0f} tokens/s, {} MiB at most\n", tokens_per_second, peak_memory() >> 20);
  }
}

void bench_train(TranslationSettings s, double seconds, bool json) {
  if (s.valid_source.empty()) s.valid_source = s.train_source, s.valid_target = s.train_target;
  s.out = "unused", s.max_steps = 1 << 30;
  if (s.warmup < 0) s.warmup = 2000;
  check_settings(s);
  choose_threads(s.threads);
  const PairLines lines = read_pairs(s.train_source, s.train_target);
  const TranslationTokenizer tokenizer = make_vocabulary(s, lines);
  const auto model = new_translation_model(s, tokenizer);
  model->parameters().initialise(s.seed);
  const PairData data = encode_for(tokenizer, lines, s.max_length);
  s.out.clear();
  give_back_memory(), reset_peak_memory();
  Trainer trainer(trainer_settings(s), translation_task(*model, data, s), {});
  for (int i = 0; i < 4; ++i) trainer.train_step();
  int64_t tokens = 0;
  const double begin = now();
  while (now() - begin < seconds) tokens += trainer.train_step();
  print_result(json, double(tokens) / (now() - begin),
               {{"steps", trainer.step()}, {"loss", trainer.last_loss()}, {"parameters", model->parameters().count()},
                {"precision", name_of(choose_precision(s.precision))}});
}

struct TranslateBench {
  std::string model, source, preset = "base", precision = "f32";
  int vocab_size = 32000, beams = 4, rows = 128, threads = 0, sentences = 256;
  double seconds = 10;
  bool one_by_one = false, json = false;
};

// As the peer's job with random weights: sources of 8 to 40 tokens, 24 forced tokens a hypothesis.
std::vector<std::vector<int>> random_sources(int count, int vocabulary) {
  std::vector<std::vector<int>> sources(count);
  for (int i = 0; i < count; ++i) {
    const uint64_t key = stream_key(3, static_cast<uint64_t>(i));
    const int length = 8 + static_cast<int>(uniform(key, 0) * 33);
    for (int t = 0; t < length; ++t) sources[i].push_back(2 + static_cast<int>(uniform(key, t + 1) * (vocabulary - 3)));
    sources[i].push_back(0);
  }
  return sources;
}

void bench_translate(const TranslateBench& o) {
  choose_threads(o.threads);
  const double before = now();
  std::unique_ptr<TranslationModel> model;
  std::vector<std::vector<int>> sources;
  GenerateOptions g;
  g.num_beams = o.beams, g.max_rows = o.rows;
  if (o.model.empty()) {
    TransformerConfig c = transformer_preset(o.preset);
    c.vocabulary = o.vocab_size, c.activation = Activation::silu;
    c.pad_token = c.start_token = o.vocab_size - 1;
    model = std::make_unique<Transformer>(c);
    model->parameters().initialise(1);
    sources = random_sources(o.sentences, o.vocab_size);
    g.min_length = 25, g.max_new_tokens = 24;
  } else {
    if (o.source.empty()) fail("--source is needed: the text that --model is to translate");
    TranslationModelFiles files = open_translation(o.model);
    for (const std::string& line : read_lines(o.source)) sources.push_back(files.tokenizer.encode_source(line));
    if (sources.empty()) fail("{}: expected sentences to translate, found none", o.source);
    model = std::move(files.model);
    g.max_new_tokens = 128;
  }
  g.suppress_tokens = {model->pad_token()};
  const double loaded = now() - before;
  model->parameters().give_up_packed();
  const auto decoder = model->decoder(choose_precision(o.precision));
  DecodeModel* const models[] = {decoder.get()};
  const auto run = [&](std::span<const std::vector<int>> part) {
    int64_t tokens = 0;
    const auto count = [&](const auto& list) {
      for (const auto& h : list)
        tokens += static_cast<int64_t>(h[0].tokens.size()) - (h[0].tokens.back() == model->end_token());
    };
    if (o.one_by_one)
      for (const auto& source : part) count(generate(models, std::span(&source, 1), g));
    else
      count(generate(models, part, g));
    return tokens;
  };
  run(std::span(sources).first(std::min<size_t>(4, sources.size())));
  int64_t tokens = 0;
  const double begin = now();
  for (size_t at = 0; now() - begin < o.seconds;) {
    const size_t count = o.one_by_one ? 1 : sources.size();
    tokens += run(std::span(sources).subspan(at, count));
    at = (at + count) % sources.size();
  }
  print_result(o.json, double(tokens) / (now() - begin),
               {{"load_seconds", loaded}, {"precision", name_of(choose_precision(o.precision))}, {"beams", o.beams}});
}

void add_bench_translate(CLI::App& bench) {
  auto o = std::make_shared<TranslateBench>();
  auto* translate = bench.add_subcommand("translate", "Tokens translated per second");
  translate->add_option("-m,--model", o->model, "Model directory; without: random weights, 24 forced tokens each");
  translate->add_option("--source", o->source, "Text to translate");
  translate->add_option("--preset", o->preset, "Sizes of the random model")->capture_default_str();
  translate->add_option("--vocab-size", o->vocab_size, "Of the random model")
      ->capture_default_str()
      ->check(CLI::Range(8, 1 << 24));
  translate->add_option("--beam,--num-beams", o->beams, "Beams; 1 is greedy")->capture_default_str();
  translate->add_option("--batch-size", o->rows, "Hypotheses that advance together")->capture_default_str();
  translate->add_flag("--one-by-one", o->one_by_one, "One sentence after another");
  translate->add_option("--precision", o->precision, kPrecisionHelp)->capture_default_str();
  translate->add_option("--threads", o->threads, "0: all cores");
  translate->add_option("--seconds", o->seconds, "How long to measure")
      ->capture_default_str()
      ->check(above_zero());
  translate->add_flag("--json", o->json, "One JSON object");
  translate->footer("Examples:\n  gamana bench translate --preset base --vocab-size 32000 --beam 4\n"
                    "  gamana bench translate -m en-de --source test.en --one-by-one --beam 1");
  translate->callback([=] {
    const bool random = o->model.empty();
    check_meanings(given_options(*translate), {{"--preset", random, "random weights, not --model"},
                                               {"--vocab-size", random, "random weights, not --model"},
                                               {"--source", !random, "--model"}});
    bench_translate(*o);
  });
}

// A language model's sizes are its preset's: of translation's options few say anything of it.
void check_lm_options(const CLI::App& train) {
  const std::set<std::string> known = {"--context", "--batch", "--preset", "--precision", "--threads", "--seconds", "--json"};
  for (const CLI::Option* given : train.get_options([](const CLI::Option* o) { return o->count() > 0; }))
    if (!known.contains(given->get_name()))
      throw Error(fmt::format("{} is an option of translation; --context measures a language model, found both",
                              given->get_name()), "leave out one of them");
}

}  // namespace

void add_bench_command(CLI::App& app) {
  auto* bench = app.add_subcommand("bench", "Measure speed and memory on this machine");
  bench->require_subcommand(1);
  auto* train = bench->add_subcommand(
      "train", "Tokens trained per second; takes the options of `train translation` (what is about validation, the end and --out is passed over), or --context for a language model");
  auto settings = std::make_shared<TranslationSettings>();
  auto seconds = std::make_shared<double>(20);
  auto json = std::make_shared<bool>(false);
  add_options(*train, settings->options());
  train->add_option("--seconds", *seconds, "How long to measure")->capture_default_str()->check(above_zero());
  train->add_flag("--json", *json, "One JSON object");
  auto lm = std::make_shared<LmTrainBench>();
  auto* context = train->add_option("--context", lm->context, "Language models (--preset gpt2): tokens of a sequence")
                      ->check(CLI::Range(1, 1 << 24));
  train->add_option("--batch", lm->batch, "Language models: sequences of a step")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 20))
      ->needs(context);
  train->footer("Examples:\n  gamana bench train --train-source train.en --train-target train.de --preset base\n  gamana bench train --preset gpt2 --batch 4 --context 256 --precision bf16");
  train->callback([=] {
    settings->given = given_options(*train);
    if (context->empty()) return bench_train(*settings, *seconds, *json);
    check_lm_options(*train);
    lm->preset = settings->preset, lm->precision = settings->precision, lm->threads = settings->threads;
    lm->seconds = *seconds, lm->json = *json;
    bench_lm_train(*lm);
  });

  add_bench_translate(*bench);
  add_bench_tokenize_command(*bench);
  add_bench_ops_command(*bench);
  add_bench_encoder_commands(*bench);
  add_bench_generate_command(*bench);
}

}  // namespace gamana
