// gamana tokenizer train.
#include "gamana/base/check.h"
#include "gamana/base/clock.h"
#include "gamana/base/file.h"
#include "gamana/base/progress.h"  // time_text
#include "gamana/cli/commands.h"
#include "gamana/cli/tokenizer_make.h"
#include "gamana/cli/run.h"
#include "gamana/cli/usage.h"
#include "gamana/text/tokenizer.h"

namespace gamana {
namespace {

struct TokenizerArguments {
  TokenizerTraining training;
  std::vector<std::string> files;
  std::string out, csv_column, json_key;
  int64_t max_memory = 0;
  int threads = 0;
  bool no_header = false, json = false;
};

TextFormat format_of(const TokenizerArguments& a) {
  TextFormat format;
  if (!a.csv_column.empty()) {
    format.kind = TextFormat::Kind::table;
    format.columns = {a.csv_column}, format.header = !a.no_header;
    const auto is_tabbed = [](const std::string& f) { return f.ends_with(".tsv") || f.ends_with(".tsv.gz"); };
    if (std::all_of(a.files.begin(), a.files.end(), is_tabbed)) format.table = {.separator = '\t', .quotes = false};
  } else if (!a.json_key.empty()) {
    format.kind = TextFormat::Kind::json_lines, format.key = a.json_key;
  }
  return format;
}

void train(const TokenizerArguments& a) {
  const TokenizerTraining& t = a.training;
  if (a.no_header && a.csv_column.empty()) fail("--no-header: is for tables, which --csv-column reads");
  choose_threads(a.threads);
  const double begin = now();
  const TokenizerRecipe recipe = tokenizer_recipe(t);
  check_no_model(a.out, "--output");
  int64_t texts = 0;
  const WordCounts words = count_words(a.files, format_of(a), recipe, static_cast<size_t>(a.max_memory) << 20, texts);
  if (words.size() == 0) fail("{}: expected text to train from, found none", a.files[0]);
  const Tokenizer tokenizer = make_tokenizer(t, recipe, words);
  make_directory(a.out);
  save_tokenizer(tokenizer, a.out);
  const Json report = {{"folder", a.out},           {"type", t.kind},
                       {"size", tokenizer.size()},  {"size_asked_for", t.vocab_size > 0 ? t.vocab_size : tokenizer.size()},
                       {"texts", texts},            {"words", words.total()},
                       {"distinct_words", words.size()}, {"seconds", now() - begin}};
  if (a.json) return fmt::print("{}\n", report.dump());
  const double seconds = now() - begin;
  fmt::print("{}: {} tokens ({}) from {} words, {} of them different, in {}\n", a.out, tokenizer.size(), t.kind,
             words.total(), words.size(), seconds < 10 ? fmt::format("{:.1f} s", seconds) : time_text(seconds));
  if (tokenizer.size() < t.vocab_size)
    fmt::print("{} tokens were asked for; the text does not give more than {}\n", t.vocab_size, tokenizer.size());
}

void add_options(CLI::App& command, TokenizerArguments& a) {
  TokenizerTraining& t = a.training;
  command.add_option("type", t.kind, "bpe, byte-bpe, wordpiece, unigram, wordlevel, char (all characters of the text) or byte")
      ->required()
      ->check(CLI::IsMember({"bpe", "byte-bpe", "wordpiece", "unigram", "wordlevel", "char", "byte"}))
      ->type_name("TYPE");
  command.add_option("files", a.files, "Text, UTF-8, gzipped or not")->required()->type_name("FILE");
  command.add_option("--vocab-size", t.vocab_size, "Tokens, special ones among them; not of char and byte")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 30))
      ->type_name("N");
  command.add_option("-o,--output", a.out, "Folder for tokenizer.json and its settings")->required()->type_name("DIR");
  const auto number = [&](const char* name, std::optional<int64_t>& value, const char* help) {
    command.add_option(name, value, help)->check(CLI::Range(int64_t{0}, int64_t{1} << 40))->type_name("N");
  };
  number("--min-frequency", t.min_frequency, "Pairs, or words, that occur less often become no token (2; wordlevel: 0)");
  command.add_option("--special-tokens", t.special_tokens, "The first ids; <unk> or [UNK] is for what has no token")
      ->type_name("T");
  number("--limit-alphabet", t.limit_alphabet, "Keep the most frequent characters only (bpe, wordpiece: 1000)");
  command.add_option("--initial-alphabet", t.initial_alphabet, "Characters that are tokens in any case")
      ->type_name("TEXT");
  command.add_option("--continuing-prefix", t.continuing_prefix, "Before tokens inside of words (wordpiece: ##)")
      ->type_name("TEXT");
  command.add_option("--end-of-word-suffix", t.end_of_word_suffix, "After tokens that end words (bpe: </w>)")
      ->type_name("TEXT");
  number("--max-token-length", t.max_token_length, "Characters (unigram: 16)");
  command.add_flag("--lowercase", t.lowercase, "Lower all text, here and whenever it is tokenized");
  command.add_option("--normalizer", t.normalizer, "Instead of the type's: none, bert, nfc, nfd, nfkc, nfkd, nmt, "
                     "lowercase, strip, strip-accents, sentencepiece, one after another, or JSON")->type_name("NAME");
  command.add_option("--pre-tokenizer", t.pre_tokenizer, "Instead of the type's: none, bert, whitespace, "
                     "whitespace-split, byte-level, metaspace, bytes, characters, or JSON")->type_name("NAME");
  CLI::Option* column = command.add_option("--csv-column", a.csv_column, "The files are tables: name or number of a column")
                            ->type_name("C");
  command.add_flag("--no-header", a.no_header, "The first record of a table is text as well");
  command.add_option("--json-key", a.json_key, "The files are JSON lines: the key with the text")
      ->excludes(column)
      ->type_name("K");
  command.add_option("--max-memory", a.max_memory, "MiB that the counted words may take (0: no bound)")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 30))
      ->type_name("N");
  command.add_option("--threads", a.threads, "0: all cores")->type_name("N");
  command.add_flag("--json", a.json, "Report as JSON");
}

}  // namespace

void add_tokenizer_train_command(CLI::App& tokenizer) {
  auto a = std::make_shared<TokenizerArguments>();
  CLI::App* command = tokenizer.add_subcommand("train", "Makes a tokenizer from text");
  add_options(*command, *a);
  command->footer(
      "Examples:\n"
      "  gamana tokenizer train byte-bpe book.txt --vocab-size 8000 --special-tokens '<|endoftext|>' -o book\n"
      "  gamana tokenizer train wordpiece news/*.txt.gz --vocab-size 30000 --lowercase -o news\n"
      "  gamana tokenizer train unigram reviews.csv --csv-column review --vocab-size 16000 -o reviews\n"
      "The folder opens in transformers' AutoTokenizer.");
  command->callback([a] { train(*a); });
}

}  // namespace gamana
