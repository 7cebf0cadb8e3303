// gamana perplexity.
#include <cmath>
#include <numbers>

#include "gamana/base/check.h"
#include "gamana/base/clock.h"
#include "gamana/base/progress.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/pretraining.h"
#include "gamana/cli/run.h"
#include "gamana/jobs/generate_text.h"
#include "gamana/jobs/perplexity.h"
#include "gamana/jobs/pipeline.h"
#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

struct PerplexityOptions {
  std::string model, precision = "f32";
  std::vector<std::string> files, text_columns;
  int64_t context = 0, stride = 0;
  int threads = 0;
  bool no_header = false, json = false;
};

// The size of all texts.
struct TextSize {
  int64_t bytes = 0, characters = 0, words = 0, tokens = 0;
};

// Words are what stands between white space; `inside` one already where the text is a part.
void count(std::string_view text, bool& inside, TextSize& size) {
  size.bytes += static_cast<int64_t>(text.size());
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point(text, at);
    const bool space = has(c.c, kWhiteSpace);
    size.words += !space && !inside, size.characters += 1;
    inside = !space, at += c.bytes;
  }
}

// Gives the scorer each document as it is read, with what the tokenizer puts around a text.
TextSize read_documents(const PerplexityOptions& o, const Tokenizer& tokenizer, WindowScorer& scorer) {
  TextFormat format = text_format(o.files, o.text_columns, !o.no_header);
  const bool whole = format.kind == TextFormat::Kind::lines;
  if (whole) format.kind = TextFormat::Kind::whole;
  const TokensAround around = around_documents(tokenizer, {});
  TextSize size;
  TextSource source(o.files, format);
  Progress bar("reading", "bytes", source.bytes_total());
  std::optional<size_t> file;
  bool inside = false;
  std::vector<int32_t> ids;
  const auto add = [&](const std::vector<int32_t>& tokens) {
    scorer.add(tokens), size.tokens += static_cast<int64_t>(tokens.size());
  };
  for (std::vector<std::string_view> texts; source.next(texts); bar.update(source.bytes_done()))
    for (size_t t = 0; t < texts.size(); ++t) {
      if (!whole || file != source.file()) {
        if (file) add(around.after), scorer.end_text();
        add(around.before), inside = false;
      }
      file = source.file();
      ids.clear(), source.encode(t, texts[t], [&](std::string_view text) { tokenizer.encode_ids(text, false, ids); }), add(ids);
      count(texts[t], inside, size);
    }
  if (file) add(around.after), scorer.end_text();
  bar.clear();
  return size;
}

Json report(const PerplexityOptions& o, const TextScore& score, const TextSize& size) {
  const auto per = [&](int64_t n) { return n > 0 ? score.nll / static_cast<double>(n) : 0.0; };
  return {{"model", o.model},
          {"data", o.files},
          {"tokens", score.tokens},
          {"loss", per(score.tokens)},
          {"perplexity", std::exp(per(score.tokens))},
          {"words", size.words},
          {"word_perplexity", std::exp(per(size.words))},
          {"characters", size.characters},
          {"bits_per_character", per(size.characters) / std::numbers::ln2},
          {"bytes", size.bytes},
          {"bits_per_byte", per(size.bytes) / std::numbers::ln2},
          {"context", o.context},
          {"stride", o.stride}};
}

void perplexity(PerplexityOptions o) {
  choose_threads(o.threads);
  const int positions = model_config(read_text_config(o.model)).max_positions;
  if (o.context == 1 || o.context > positions)
    throw Error(fmt::format("--context: expected 2 to {} tokens, which the model reads, found {}", positions, o.context),
                "leave it out");
  const EncoderPipeline pipeline(o.model, Task::next_word, static_cast<int>(o.context),
                                 choose_precision(o.precision));
  const Tokenizer& tokenizer = pipeline.encoder().tokenizer();
  const std::string note = compare_vocabularies(tokenizer, pipeline.model().settings().vocabulary, o.model);
  if (!note.empty()) say("{}\n", note);
  o.context = pipeline.encoder().max_length();
  if (o.stride == 0) o.stride = std::max<int64_t>(1, o.context / 2);
  if (o.stride > o.context)
    throw Error(fmt::format("--stride: expected at most the context, {} tokens, found {}", o.context, o.stride),
                "tokens between windows would not be read");
  const double begin = now();
  WindowScorer scorer(pipeline.model(), pipeline.precision(), o.context, o.stride);
  const TextSize size = read_documents(o, tokenizer, scorer);
  const TextScore score = scorer.finish();
  if (score.tokens == 0)
    throw Error(fmt::format("{}: expected text of 2 tokens or more, found {}", o.files[0], size.tokens), "give more text");
  Json json = report(o, score, size);
  json["seconds"] = now() - begin;
  if (o.json) return fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  fmt::print("{}: {} tokens in {:.1f} s, windows of {} every {}\n", o.files[0], score.tokens,
             json["seconds"].get<double>(), o.context, o.stride);
  for (const char* name : {"loss", "perplexity", "word_perplexity", "bits_per_character", "bits_per_byte"})
    fmt::print("  {:<20} {:.4f}\n", name, json[name].get<double>());
}

}  // namespace

void add_perplexity_command(CLI::App& app) {
  auto o = std::make_shared<PerplexityOptions>();
  CLI::App* command = app.add_subcommand("perplexity", "How well a language model tells a text, token by token");
  command->add_option("-m,--model", o->model, "Model directory")->required()->type_name("DIR");
  command->add_option("files", o->files, "Plain text, each file a document, or a document a row of .csv, .tsv, .jsonl")
      ->required()
      ->type_name("FILE");
  command->add_option("--context", o->context, "Tokens of a window; 0: as many as the model reads")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 30))
      ->type_name("N");
  command->add_option("--stride", o->stride, "Tokens between the begins of windows; 0: half of the context")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 30))
      ->type_name("N");
  command->add_option("--text-column", o->text_columns,
                      "Of a table: name, or number from 1; several are joined by a space")
      ->allow_extra_args(false);
  command->add_flag("--no-header", o->no_header, "The first record of a table is data");
  command->add_option("--precision", o->precision, kPrecisionHelp)->capture_default_str();
  command->add_option("--threads", o->threads, "0: all cores")->type_name("N");
  command->add_flag("--json", o->json, "One JSON object");
  command->footer(
      "A token is told from those before it in its window, of which the first context - stride were told already.\n"
      "Examples:\n"
      "  gamana perplexity -m gpt2 wiki.txt --stride 512\n"
      "  gamana perplexity -m own reviews.jsonl --text-column review --json");
  command->callback([o] { perplexity(*o); });
}

}  // namespace gamana
