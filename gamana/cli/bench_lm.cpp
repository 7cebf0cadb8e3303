// gamana bench generate, and gamana bench train of a language model's preset.
#include <algorithm>

#include "gamana/base/clock.h"
#include "gamana/base/memory.h"
#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"
#include "gamana/cli/bench_lm.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/run.h"
#include "gamana/cli/usage.h"
#include "gamana/decode/generate.h"
#include "gamana/models/lm_decoder.h"
#include "gamana/train/optimizer.h"

namespace gamana {
namespace {

std::vector<int32_t> random_tokens(int64_t count, int vocabulary, uint64_t stream) {
  std::vector<int32_t> ids(count);
  for (int64_t i = 0; i < count; ++i) ids[i] = static_cast<int32_t>(uniform(stream_key(7, stream), i) * vocabulary);
  return ids;
}

// A preset's model with random weights. One that learns positions learns at least so many.
std::unique_ptr<TextModel> random_model(const std::string& preset, int positions) {
  Json config = model_preset(preset);
  for (const char* key : {"n_positions", "max_position_embeddings"})
    if (config.contains(key)) config[key] = std::max(positions, config[key].get<int>());
  auto model = std::make_unique<TextModel>(config, Task::next_word);
  model->parameters().initialise(1);
  return model;
}

struct GenerateBench {
  std::string model, preset = "gpt2", precision = "f32";
  int prompt_tokens = 32, new_tokens = 256, sequences = 1, threads = 0;
  double seconds = 10;
  bool json = false;
};

void bench_generate(const GenerateBench& o) {
  choose_threads(o.threads);
  const Precision precision = choose_precision(o.precision);
  const auto model = o.model.empty() ? random_model(o.preset, o.prompt_tokens + o.new_tokens)
                                     : std::move(load_writing_model(o.model, precision).model);
  model->parameters().give_up_packed();
  LmDecoder decoder(*model, -1, precision, precision);
  DecodeModel* const models[] = {&decoder};
  std::vector<std::vector<int32_t>> prompts;
  for (int i = 0; i < o.sequences; ++i) prompts.push_back(random_tokens(o.prompt_tokens, model->settings().vocabulary, i));
  const auto seconds_for = [&](int new_tokens) {
    RequestOptions options;
    options.max_new_tokens = new_tokens;
    std::vector<GenerateRequest> requests;
    for (const auto& prompt : prompts) requests.push_back({{}, prompt, &options});
    Generator generator(models);
    const double begin = now();
    generator.run(requests);
    return now() - begin;
  };
  seconds_for(2);
  give_back_memory(), reset_peak_memory();
  std::vector<double> first, rest;
  for (const double begin = now(); first.empty() || now() - begin < o.seconds;) {
    first.push_back(seconds_for(1));
    rest.push_back(seconds_for(o.new_tokens));
  }
  const auto median = [](std::vector<double> v) {
    std::nth_element(v.begin(), v.begin() + v.size() / 2, v.end());
    return v[v.size() / 2];
  };
  const double prompt = median(first), all = median(rest);
  const double rate = double(o.sequences) * o.new_tokens / all, prefill = double(o.sequences) * o.prompt_tokens / prompt;
  // Few tokens after a long prompt take no time that could be told from it.
  const double stepping = all > 1.1 * prompt ? double(o.sequences) * (o.new_tokens - 1) / (all - prompt) : 0;
  if (!o.json)
    return fmt::print("{:.1f} tokens/s{}, prompt {:.0f} tokens/s, {} MiB at most\n", rate,
                      stepping > 0 ? fmt::format(" ({:.1f} without the prompt)", stepping) : "", prefill, peak_memory() >> 20);
  const Json json = {{"tokens_per_second", rate}, {"step_tokens_per_second", stepping}, {"prefill_tokens_per_second", prefill},
                     {"peak_memory_bytes", peak_memory()}, {"threads", threads()}, {"precision", name_of(choose_precision(o.precision))},
                     {"prompt_tokens", o.prompt_tokens}, {"new_tokens", o.new_tokens}, {"sequences", o.sequences}};
  fmt::print("{}\n", json.dump());
}

}  // namespace

void bench_lm_train(const LmTrainBench& o) {
  choose_threads(o.threads);
  const Precision precision = choose_precision(o.precision);
  const auto model = random_model(o.preset, o.context);
  const ModelConfig& k = model->settings();
  ParameterStore& parameters = model->parameters();
  parameters.require_gradients(), parameters.zero_gradients();
  Optimizer optimizer({.name = "adamw", .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.01}, parameters);
  give_back_memory(), reset_peak_memory();
  Arena arena;
  Tape tape;
  int64_t steps = 0;
  double loss = 0;
  const auto step = [&] {
    Batch batch;
    for (int i = 0; i < o.batch; ++i) batch.append(random_tokens(o.context, k.vocabulary, steps * o.batch + i).data(), o.context);
    const std::vector<int32_t> labels = random_tokens(batch.rows(), k.vocabulary, ~steps);
    Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape, .precision = precision, .training = true, .seed = 1,
              .step = static_cast<uint64_t>(++steps)};
    const float scale = 1.0f / static_cast<float>(batch.rows());
    loss = projected_cross_entropy(c, model->hidden(c, batch), model->output_weight(0), model->output_bias(0), labels, 0, scale).loss *
           scale;
    tape.backward();
    optimizer.update(c.kernels, 1e-4, 1, steps);
    parameters.zero_gradients();
  };
  step(), step();
  const int64_t before = steps;
  const double begin = now();
  while (now() - begin < o.seconds) step();
  const double rate = static_cast<double>((steps - before) * o.batch * o.context) / (now() - begin);
  if (!o.json) return fmt::print("{:.0f} tokens/s, {} MiB at most\n", rate, peak_memory() >> 20);
  const Json json = {{"tokens_per_second", rate}, {"peak_memory_bytes", peak_memory()}, {"threads", threads()},
                     {"precision", name_of(choose_precision(o.precision))}, {"batch", o.batch}, {"context", o.context}, {"loss", loss},
                     {"parameters", parameters.count()}};
  fmt::print("{}\n", json.dump());
}

void add_bench_generate_command(CLI::App& bench) {
  auto o = std::make_shared<GenerateBench>();
  CLI::App* c = bench.add_subcommand("generate", "Tokens generated per second by a language model");
  auto* model = c->add_option("-m,--model", o->model, "Model directory");
  c->add_option("--preset", o->preset, "Without a model: random weights of this size")->capture_default_str()->excludes(model);
  c->add_option("--prompt-tokens", o->prompt_tokens, "Of each prompt")->capture_default_str()->check(CLI::Range(1, 1 << 20));
  c->add_option("--max-new-tokens", o->new_tokens, "Generated after each prompt")->capture_default_str()->check(CLI::Range(2, 1 << 20));
  c->add_option("--sequences", o->sequences, "Prompts that go on side by side")->capture_default_str()->check(CLI::Range(1, 1 << 16));
  c->add_option("--precision", o->precision, kPrecisionHelp)->capture_default_str();
  c->add_option("--threads", o->threads, "0: all cores");
  c->add_option("--seconds", o->seconds, "How long to measure")->capture_default_str()->check(above_zero());
  c->add_flag("--json", o->json, "One JSON object");
  c->footer("Example:\n  gamana bench generate --preset gpt2 --prompt-tokens 32 --max-new-tokens 256 --precision bf16");
  c->callback([o] { bench_generate(*o); });
}

}  // namespace gamana
