// gamana fill-mask, gamana evaluate mlm.
#include "gamana/base/progress.h"
#include "gamana/jobs/fill_mask.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "gamana/base/clock.h"
#include "gamana/base/file.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/encoder_stream.h"
#include "gamana/cli/pretraining.h"
#include "gamana/cli/usage.h"
#include "gamana/jobs/mlm.h"

namespace gamana {
namespace {

namespace fs = std::filesystem;

struct FillMaskOptions {
  EncoderUse use;
  TextInputOptions input;
  int top_k = 5;
  std::string targets;  // "cat,dog"
};

// The tokens that words name. A word that is no token stands for its first one, as in transformers, which is said.
std::vector<int32_t> target_tokens(const std::string& words, const Tokenizer& tokenizer) {
  std::vector<int32_t> targets;
  for (size_t at = 0; !words.empty() && at <= words.size();) {
    const size_t end = std::min(words.find(',', at), words.size());
    const std::string word = words.substr(at, end - at);
    at = end + 1;
    std::vector<int32_t> ids;
    if (const auto id = tokenizer.id(word))
      ids = {*id};
    else
      tokenizer.encode_ids(word, false, ids);
    if (ids.empty())
      fail("--targets: expected words with commas between, found \"{}\" in \"{}\", which has no token", word, words);
    if (!tokenizer.id(word))
      say("--targets: \"{}\" is no token of the vocabulary; \"{}\" is taken\n", word,
                 tokenizer.token(ids[0]).value_or(""));
    if (std::find(targets.begin(), targets.end(), ids[0]) == targets.end()) targets.push_back(ids[0]);
  }
  return targets;
}

struct MaskedItem {
  TextItem item;
  EncodedText text;
  std::vector<int32_t> places;
};
using Guesses = std::vector<std::vector<MaskGuess>>;  // of each mask of a text

// As transformers' fill-mask pipeline gives it: a list for one mask, a list of lists for several.
Json guesses_json(const MaskedItem& i, const Guesses& guesses, const Tokenizer& tokenizer) {
  Json all = Json::array();
  for (size_t m = 0; m < guesses.size(); ++m) {
    Json list = Json::array();
    for (const MaskGuess& guess : guesses[m]) {
      std::vector<int32_t> ids = i.text.ids;
      ids[i.places[m]] = guess.token;
      const int32_t token[] = {guess.token};
      list.push_back({{"score", guess.score},
                      {"token", guess.token},
                      {"token_str", tokenizer.decode(token, false)},
                      {"sequence", tokenizer.decode(ids, guesses.size() == 1)}});
    }
    all.push_back(std::move(list));
  }
  return all.size() == 1 ? all[0] : all;
}

void print_guesses(const Json& guesses) {
  const bool several = guesses[0].is_array();
  for (size_t m = 0; m < (several ? guesses.size() : 1); ++m)
    for (const Json& guess : several ? guesses[m] : guesses)
      fmt::print("{:.4f}\t{}\t{}\n", guess["score"].get<double>(), guess["token_str"].get<std::string>(),
                 guess["sequence"].get<std::string>());
}

// Texts to inputs, each with its places. Throws Error for a text without a mask.
class MaskedInput {
 public:
  MaskedInput(const TextInputOptions& options, const TextEncoder& encoder)
      : input_(options), encoder_(encoder), mask_(mask_token_of(encoder.tokenizer())) {}

  bool next(MaskedItem& i) {
    if (!input_.next(i.item)) return false;
    ++count_;
    const int64_t cut = encoder_.truncated();
    i.text = encoder_.encode(i.item.text, i.item.pair);
    i.places = mask_places(i.text, mask_);
    if (!i.places.empty()) return true;
    const std::string mask = encoder_.tokenizer().token(mask_).value_or("");
    throw Error(
        fmt::format("text {}: expected {} where a word is to be guessed, found none{}", count_, mask,
                    encoder_.truncated() > cut ? fmt::format(" in the first {} tokens", encoder_.max_length()) : ""),
        fmt::format("write {} in the place of a word", mask));
  }

 private:
  TextInput input_;
  const TextEncoder& encoder_;
  int32_t mask_;
  int64_t count_ = 0;
};

void fill_mask(const FillMaskOptions& o) {
  const EncoderPipeline pipeline = open_encoder(o.use, Task::masked_word);
  const Tokenizer& tokenizer = pipeline.encoder().tokenizer();
  const std::vector<int32_t> targets = target_tokens(o.targets, tokenizer);
  for (const int32_t target : targets)
    if (target >= pipeline.model().settings().vocabulary)
      fail("--targets: the model has {} tokens, found token {}", pipeline.model().settings().vocabulary, target);
  MaskedInput input(o.input, pipeline.encoder());
  JsonArray array;
  map_by_length<MaskedItem, Guesses>(
      kInferenceBatches, [&](MaskedItem& i) { return input.next(i); },
      [](const MaskedItem& i) { return i.text.length(); },
      [&](const std::vector<const MaskedItem*>& items) {
        std::vector<const EncodedText*> texts;
        std::vector<std::vector<int32_t>> places;
        for (const MaskedItem* i : items) texts.push_back(&i->text), places.push_back(i->places);
        return fill_masks(pipeline.model(), pipeline.precision(), texts, places, targets, o.top_k);
      },
      [&](const MaskedItem& i, const Guesses& guesses) {
        const Json json = guesses_json(i, guesses, tokenizer);
        o.use.json ? array.add(json) : print_guesses(json);
      });
  if (o.use.json) array.end();
  say_truncated(pipeline.encoder());
}

struct EvaluateMlmOptions {
  EncoderUse use;
  std::vector<std::string> data, text_columns;
  bool no_header = false, line_by_line = false, whole_word = false, pseudo = false;
  double probability = 0.15;
  uint64_t seed = 1;
};

void evaluate_mlm(const EvaluateMlmOptions& o) {
  const EncoderPipeline pipeline = open_encoder(o.use, Task::masked_word);
  const TextEncoder& encoder = pipeline.encoder();
  const std::string path = (fs::temp_directory_path() / fmt::format("gamana-{}.tokens", ::getpid())).string();
  const auto cache =
      tokenized(path, o.data, text_format(o.data, o.text_columns, !o.no_header), encoder.tokenizer(), tokenizing_bar());
  fs::remove(path);  // it stays mapped
  const MaskedTexts texts(
      cache, cache->offsets(), encoder,
      {.rate = o.probability, .whole_words = o.whole_word, .by_line = o.line_by_line, .pairs = {}, .seed = o.seed});
  const double begin = now();
  Json json = {{"model", o.use.model}, {"data", o.data}, {"samples", texts.size()}};
  auto scores = pretraining_scores(pipeline.model(), pipeline.precision(), texts);
  if (o.pseudo) scores.merge(pseudo_scores(pipeline.model(), pipeline.precision(), texts));
  for (const auto& [name, value] : scores) json[name] = value;
  json["seconds"] = now() - begin;
  if (o.use.json) return fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  fmt::print("{}: {} examples in {:.1f} s\n", o.data[0], texts.size(), json["seconds"].get<double>());
  for (const auto& [name, value] : scores) fmt::print("  {:<22} {:.4f}\n", name, value);
}

}  // namespace

void add_fill_mask_command(CLI::App& app) {
  auto o = std::make_shared<FillMaskOptions>();
  CLI::App* command = app.add_subcommand("fill-mask", "Guess the words that stand where a text has [MASK]");
  add_encoder_options(*command, o->use), add_text_options(*command, o->input);
  command->add_option("--top-k", o->top_k, "Guesses for each mask")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 24));
  command->add_option("--targets", o->targets, "Guess among these words only, with commas between");
  command->footer(
      "Examples:\n"
      "  gamana fill-mask -m bert --text \"The capital of France is [MASK].\"\n"
      "  gamana fill-mask -m bert --text \"He drank a cup of [MASK].\" --targets tea,coffee --json");
  command->callback([o] { fill_mask(*o); });
}

void add_evaluate_mlm_command(CLI::App& evaluate) {
  auto o = std::make_shared<EvaluateMlmOptions>();
  CLI::App* command = evaluate.add_subcommand("mlm", "Loss, perplexity and accuracy of hidden words in plain text");
  add_encoder_options(*command, o->use);
  command->add_option("--data", o->data, "Plain text, or .csv, .tsv, .jsonl; several files")->required();
  command->add_option("--text-column", o->text_columns,
                      "Of a table: name, or number from 1; several are joined by a space");
  command->add_flag("--no-header", o->no_header, "The first record of a table is data");
  command->add_flag("--line-by-line", o->line_by_line, "A line is an example; default: all text in blocks");
  command->add_flag("--whole-word", o->whole_word, "All tokens of a word are hidden together");
  command->add_flag("--pseudo", o->pseudo, "Also the pseudo-perplexity: each token hidden in turn (slow)");
  command->add_option("--mlm-probability", o->probability, "Share of the tokens that are hidden")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--seed", o->seed, "Of what is hidden")->capture_default_str()->check(from_zero());
  command->footer("Example:\n  gamana evaluate mlm -m mini --data test.txt --line-by-line --pseudo");
  command->callback([o] { evaluate_mlm(*o); });
}

}  // namespace gamana
