// gamana tokenize, gamana detokenize.
#include "gamana/base/check.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/encoding_text.h"
#include "gamana/cli/lines.h"
#include "gamana/cli/options.h"
#include "gamana/cli/run.h"  // choose_threads
#include "gamana/cli/usage.h"

namespace gamana {
namespace {

struct TokenizeArguments {
  std::string model, file = "-";
  bool ids = false, tokens = false, offsets = false, json = false, pair = false, no_special = false;
  int64_t max_length = 0, stride = 0;
  int threads = 0;
};

// Nothing is cut unless it is asked for, whatever the tokenizer's file says, as transformers has it.
EncodeOptions encode_options(const TokenizeArguments& a, const Tokenizer& tokenizer) {
  EncodeOptions options;
  options.add_special_tokens = !a.no_special;
  options.unit = OffsetUnit::code_points;
  options.truncate = a.max_length > 0;
  if (!options.truncate) return options;
  if (a.stride >= a.max_length)
    fail("--stride: expected less than the {} of --max-length, found {}", a.max_length, a.stride);
  options.truncation = tokenizer.truncation().value_or(Truncation());
  options.truncation->max_length = a.max_length, options.truncation->stride = a.stride;
  return options;
}

Encoding encode(const Tokenizer& tokenizer, std::string_view line, bool pair, const EncodeOptions& options) {
  if (!pair) return tokenizer.encode(line, options);
  const size_t tab = line.find('\t');
  if (tab == std::string_view::npos) fail("expected two texts with a tab between them, found no tab");
  return tokenizer.encode(line.substr(0, tab), line.substr(tab + 1), options);
}

void tokenize(const TokenizeArguments& a) {
  choose_threads(a.threads);
  const Tokenizer tokenizer = Tokenizer::load(a.model);
  const EncodeOptions options = encode_options(a, tokenizer);
  if (a.ids && !a.pair && !options.truncate) {
    return print_lines(a.file, [&](std::string_view line, std::string& out) {
      thread_local std::vector<int32_t> ids;
      ids.clear();
      tokenizer.encode_ids(line, options.add_special_tokens, ids);
      append_ids(out, ids);
    });
  }
  print_lines(a.file, [&](std::string_view line, std::string& out) {
    const Encoding encoding = encode(tokenizer, line, a.pair, options);
    if (a.ids) return append_ids(out, encoding.ids);
    if (a.json) return append_json(out, tokenizer, encoding, options.truncate);
    if (a.offsets) return append_tokens_with_offsets(out, tokenizer, encoding);
    const char* between = "";
    for (const std::string& token : tokenizer.tokens(encoding)) out += between, out += token, between = " ";
  });
}

struct DetokenizeArguments {
  std::string model, file = "-";
  bool keep_special = false, json = false;
  int threads = 0;
};

void detokenize(const DetokenizeArguments& a) {
  choose_threads(a.threads);
  const Tokenizer tokenizer = Tokenizer::load(a.model);
  std::vector<bool> known(static_cast<size_t>(tokenizer.size()));
  for (size_t id = 0; id < known.size(); ++id) known[id] = tokenizer.token(static_cast<int32_t>(id)).has_value();
  const auto is_known = [&](int32_t id) {
    return id >= 0 && (static_cast<size_t>(id) < known.size() ? known[id] : tokenizer.token(id).has_value());
  };
  print_lines(a.file, [&](std::string_view line, std::string& out) {
    const std::vector<int32_t> ids = parse_ids(line);
    for (const int32_t id : ids)
      if (!is_known(id)) fail("no token of {} has the id {}; it has {} tokens", a.model, id, tokenizer.size());
    const std::string text = tokenizer.decode(ids, !a.keep_special);
    out += a.json ? Json{{"text", text}}.dump(-1, ' ', false, Json::error_handler_t::replace) : text;
  });
}

constexpr const char* kModelHelp = "Folder of a model or tokenizer, or a tokenizer.json";

void add_tokenize(CLI::App& app) {
  auto a = std::make_shared<TokenizeArguments>();
  CLI::App* command = app.add_subcommand("tokenize", "Splits lines of text into tokens, as Hugging Face tokenizers does");
  command->add_option("-m,--model", a->model, kModelHelp)->required()->type_name("DIR");
  command->add_option("file", a->file, "Text, a line each (default: standard input)")->type_name("FILE");
  CLI::Option* const forms[] = {
      command->add_flag("--tokens", a->tokens, "Print tokens, with spaces between them (the default)"),
      command->add_flag("--ids", a->ids, "Print ids"),
      command->add_flag("--offsets", a->offsets, "Print tokens with the characters they stand for: token(begin,end)"),
      command->add_flag("--json", a->json, "Print an object of ids, tokens, offsets, type_ids, masks and word_ids")};
  for (CLI::Option* form : forms)
    for (CLI::Option* other : forms)
      if (form != other) form->excludes(other);
  command->add_flag("--pair", a->pair, "A line holds two texts with a tab between them");
  command->add_flag("--no-special", a->no_special, "Add no special tokens");
  CLI::Option* length = command->add_option("--max-length", a->max_length, "Cut to so many tokens, special ones included")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 31))
      ->type_name("N");
  command->add_option("--stride", a->stride, "With --json what is cut follows as windows that share so many tokens")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 31))
      ->needs(length)
      ->type_name("N");
  command->add_option("--threads", a->threads, "0: all cores")->type_name("N");
  command->footer(
      "Examples:\n"
      "  echo 'Pay attention.' | gamana tokenize -m bert-base-uncased\n"
      "  gamana tokenize -m llama/tokenizer.json --ids book.txt > book.ids\n"
      "  gamana tokenize -m bert-base-uncased --json --pair --max-length 128 --stride 32 questions.tsv");
  command->callback([a, command] {
    check_meanings(given_options(*command), {{"--stride", a->json, "--json, which shows the windows"}});
    tokenize(*a);
  });
}

void add_detokenize(CLI::App& app) {
  auto a = std::make_shared<DetokenizeArguments>();
  CLI::App* command = app.add_subcommand("detokenize", "Joins lines of ids to text");
  command->add_option("-m,--model", a->model, kModelHelp)->required()->type_name("DIR");
  command->add_option("file", a->file, "Ids; commas and brackets may stand between them (default: standard input)")
      ->type_name("FILE");
  command->add_flag("--keep-special", a->keep_special, "Keep special tokens such as [CLS]");
  command->add_flag("--json", a->json, "An object a line: {\"text\": …}");
  command->add_option("--threads", a->threads, "0: all cores")->type_name("N");
  command->footer(
      "Examples:\n"
      "  echo '101 3477 3086 1012 102' | gamana detokenize -m bert-base-uncased\n"
      "  gamana tokenize -m llama --ids book.txt | gamana detokenize -m llama");
  command->callback([a] { detokenize(*a); });
}

}  // namespace

void add_tokenize_command(CLI::App& app) { add_tokenize(app), add_detokenize(app); }

}  // namespace gamana
