#include "gamana/cli/generation.h"

#include <unistd.h>

#include <utility>

#include "gamana/base/progress.h"
#include "gamana/cli/run.h"
#include "gamana/cli/usage.h"
#include "gamana/jobs/generation_config.h"

namespace gamana {
namespace {

LoadedModel open_language_model(const std::string& directory, Precision precision) {
  const Json config = read_text_config(directory);
  if (is_text_model(config) && !is_decoder(model_config(config).family))
    throw Error(fmt::format("{}: expected a language model that writes text, found {}", directory,
                            config.at("model_type").get<std::string>()),
                "models of gpt2, gpt_neo, gptj, opt, llama and qwen2 do; `gamana fill-mask` guesses single words");
  LoadedModel loaded = load_writing_model(directory, precision);
  if (!loaded.fresh.empty())
    fail("{}: the model has no head that tells the next token: {} is missing", directory, loaded.fresh[0]);
  return loaded;
}

}  // namespace

void add_generation_options(CLI::App& c, GenerationFlags& f) {
  c.add_option("-m,--model", f.model, "Model directory")->required();
  c.add_option("--max-new-tokens", f.max_new_tokens, "Tokens at most; as the model says, else up to the end of its context")->check(above_zero());
  c.add_option("--temperature", f.temperature,
               "Below 1 keeps to what is likely, above 1 dares more; 0: always the likeliest token; as the model says, else 1")
      ->check(from_zero());
  c.add_option("--top-k", f.top_k, "Draw from so many tokens; 0: from all; 50 unless the model says another")
      ->check(from_zero());
  c.add_option("--top-p", f.top_p, "Draw from the likeliest tokens that have so much probability together");
  c.add_option("--min-p", f.min_p, "Draw from tokens with this share of the likeliest one's probability");
  c.add_option("--typical,--typical-p", f.typical,
               "Draw from the tokens about as surprising as expected, of so much probability together");
  c.add_option("--repetition-penalty", f.repetition_penalty,
               "Above 1 makes tokens less likely that stand in the text already");
  c.add_option("--no-repeat-ngram,--no-repeat-ngram-size", f.no_repeat_ngram, "No sequence of so many tokens twice")
      ->check(from_zero());
  c.add_option("--stop", f.stop, "End before this text; may be given again")->allow_extra_args(false)->check(utf8_text());
  c.add_option("--seed", f.seed, "Of what is drawn; the same seed gives the same text")->check(from_zero());
  c.add_flag("--greedy", f.greedy, "Always the likeliest token, whatever the model's generation_config.json says");
  c.add_option("--overflow", f.overflow,
               "Where the model's context ends: error, or slide: forget its older half and go on")
      ->check(CLI::IsMember({"error", "slide"}))
      ->capture_default_str();
  c.add_option("--max-memory", f.max_memory, "MiB of the cache of keys and values; 0: half of the machine's memory")
      ->check(from_zero());
  c.add_option("--precision", f.precision, kPrecisionHelp)->capture_default_str();
  c.add_option("--threads", f.threads, "0: all cores");
}

void check_meanings(const GenerationFlags& f, const GivenOptions& given) {
  const bool draws = !f.greedy && f.beams.value_or(1) == 1;
  std::vector<Meaning> meanings = {{"--beams", !f.greedy, "a search, and --greedy is none"}};
  for (const char* name : {"--temperature", "--top-k", "--top-p", "--min-p", "--typical", "--seed"})
    meanings.push_back({name, draws, "drawing, and neither --greedy nor --beams draws"});
  check_meanings(given, meanings);
}

RequestOptions request_options(const GenerationFlags& f, RequestOptions o) {
  const auto take = [](const auto& flag, auto& value) {
    if (flag) value = *flag;
    return flag.has_value();
  };
  if (take(f.max_new_tokens, o.max_new_tokens)) o.max_length = 0;
  take(f.beams, o.num_beams), take(f.no_repeat_ngram, o.no_repeat_ngram_size);
  take(f.repetition_penalty, o.repetition_penalty);
  bool samples = take(f.sequences, o.num_return_sequences) && o.num_return_sequences > 1 && o.num_beams == 1;
  samples |= take(f.temperature, o.temperature);
  samples |= take(f.top_k, o.top_k);
  samples |= take(f.top_p, o.top_p);
  samples |= take(f.min_p, o.min_p);
  samples |= take(f.typical, o.typical_p);
  samples |= take(f.seed, o.seed);
  if (samples) o.do_sample = true;
  if (f.greedy || (f.beams && *f.beams > 1 && !samples)) o.do_sample = false;
  o.overflow = parse_overflow(f.overflow);
  return o;
}

Writer::Writer(const GenerationFlags& f)
    : precision_(choose_precision(f.precision)),
      loaded_(open_language_model(f.model, precision_)),
      tokenizer_(Tokenizer::load(tokenizer_directory(f.model))) {
  choose_threads(f.threads);
  decoder_ = std::make_unique<LmDecoder>(*loaded_.model, -1, precision_, precision_);  // end tokens are in defaults_
  const auto is_unknown = [&](int token) { return token < 0 || token >= decoder_->vocabulary_size(); };
  GenerationDefaults defaults = read_generation_defaults(f.model);
  defaults_ = std::move(defaults.options);
  stop_ = f.stop.empty() ? std::move(defaults.stop) : f.stop;
  std::erase_if(defaults_.end_tokens, is_unknown);  // GPT-2's by default, of a smaller vocabulary: none ends
  begin_token_ = begin_token(tokenizer_, read_tokenizer_settings(tokenizer_directory(f.model)), loaded_.model->config());
  if (is_unknown(begin_token_)) begin_token_ = -1;
  if (const std::string note = compare_vocabularies(tokenizer_, decoder_->vocabulary_size(), f.model); !note.empty())
    say("{}\n", note);
  const int64_t machine = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  cache_bytes_ = f.max_memory > 0 ? f.max_memory << 20 : machine / 2;
}

bool Writer::fills(const TextRequest& request, const GeneratedText& text) const {
  return text.finish == TextFinish::length && request.options.overflow == Overflow::error &&
         static_cast<int>(request.prompt.size() + text.tokens.size()) >= context();
}

void Writer::say_full(const std::string& what) {
  if (std::exchange(said_full_, true)) return;
  say("\nthe model's context of {} tokens is full: {}\n", context(), what);
}

}  // namespace gamana
