// gamana tokenizer train.
#include <array>

#include "gamana/base/check.h"
#include "gamana/base/clock.h"
#include "gamana/base/file.h"
#include "gamana/base/progress.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/tokenizer_recipe.h"
#include "gamana/cli/run.h"  // choose_threads
#include "gamana/cli/usage.h"
#include "gamana/text/files/tokenizer_settings.h"
#include "gamana/text/normalizers/normalizer.h"
#include "gamana/text/pre_tokenizers/pre_tokenizer.h"
#include "gamana/text/tokenizer.h"
#include "gamana/text/train/text_source.h"
#include "gamana/text/train/trainers.h"
#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

struct Arguments {
  TokenizerTraining training;
  std::vector<std::string> files;
  std::string out, csv_column, json_key;
  int64_t max_memory = 0;
  int threads = 0;
  bool no_header = false, json = false;
};

// As `tokenizers` counts: the text is normalised and split without a look at special tokens.
SplitText splitter(const TokenizerRecipe& recipe) {
  const std::shared_ptr<const Normalizer> normalizer = make_normalizer(recipe.normalizer, "--normalizer");
  bool raw_bytes = false;
  const std::shared_ptr<const PreTokenizer> pre = make_pre_tokenizer(recipe.pre_tokenizer, "--pre-tokenizer", raw_bytes);
  return [normalizer, pre](std::string_view text, const EmitWord& emit) {
    PieceText pieces{AlignedText(text), {}};
    if (normalizer) normalizer->normalize(pieces.text);
    if (pieces.text.size() == 0) return;
    pieces.pieces.push_back({0, static_cast<uint32_t>(pieces.text.size()), -1});
    if (pre) pre->split(pieces);
    for (const Piece& piece : pieces.pieces) emit(pieces.view(piece));
  };
}

TextFormat format_of(const Arguments& a) {
  TextFormat format;
  if (!a.csv_column.empty()) {
    format.kind = TextFormat::Kind::table;
    format.column = a.csv_column, format.header = !a.no_header;
    const auto is_tabbed = [](const std::string& f) { return f.ends_with(".tsv") || f.ends_with(".tsv.gz"); };
    if (std::all_of(a.files.begin(), a.files.end(), is_tabbed)) format.table = {.separator = '\t', .quotes = false};
  } else if (!a.json_key.empty()) {
    format.kind = TextFormat::Kind::json_lines, format.key = a.json_key;
  }
  return format;
}

WordCounts count_words(const Arguments& a, const TokenizerRecipe& recipe, int64_t& texts_read) {
  TextSource source(a.files, format_of(a));
  WordCounter counter(splitter(recipe), static_cast<size_t>(a.max_memory) << 20);
  Progress progress("reading", "bytes", source.bytes_total());
  for (std::vector<std::string_view> texts; source.next(texts);) {
    counter.add(texts);
    texts_read += static_cast<int64_t>(texts.size());
    progress.update(source.bytes_done());
  }
  return counter.finish();
}

// One bar after another, a stage each.
TrainingProgress show_progress() {
  const auto bar = std::make_shared<std::unique_ptr<Progress>>();
  const auto shown = std::make_shared<std::string>();
  return [bar, shown](std::string_view stage, int64_t done, int64_t total) {
    if (!*bar || *shown != stage) *bar = std::make_unique<Progress>(std::string(*shown = stage), "steps", total);
    (*bar)->update(done);
  };
}

std::u32string characters_of(const std::string& text) {
  if (find_invalid_utf8(text) != std::string::npos) fail("--initial-alphabet: expected UTF-8");
  std::u32string out;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point(text, at);
    out += c.c, at += c.bytes;
  }
  return out;
}

std::string quoted(const std::string& text) { return Json(text).dump(); }
std::string quoted(const std::optional<std::string>& text) { return text ? quoted(*text) : "null"; }

std::string vocabulary_json(const TrainedVocabulary& vocabulary) {
  std::string out = "{";
  for (const auto& [token, id] : vocabulary)
    fmt::format_to(std::back_inserter(out), "{}{}:{}", out.size() == 1 ? "" : ",", quoted(token), id);
  return out += '}';
}

BpeTrainerOptions bpe_options(const TokenizerTraining& t, const TokenizerRecipe& recipe) {
  BpeTrainerOptions o;
  o.vocab_size = t.vocab_size, o.min_frequency = recipe.min_frequency, o.special_tokens = recipe.special_tokens;
  o.limit_alphabet = recipe.limit_alphabet, o.max_token_length = t.max_token_length;
  o.initial_alphabet = characters_of(t.initial_alphabet);
  if (t.kind == "byte-bpe") o.initial_alphabet += byte_level_alphabet();
  o.continuing_subword_prefix = recipe.continuing_prefix, o.end_of_word_suffix = recipe.end_of_word_suffix;
  o.progress = show_progress();
  return o;
}

std::string bpe_json(const TrainedBpe& bpe, const TokenizerRecipe& recipe) {
  std::string merges;
  for (const auto& [left, right] : bpe.merges)
    fmt::format_to(std::back_inserter(merges), "{}[{},{}]", merges.empty() ? "" : ",", quoted(left), quoted(right));
  return fmt::format(
      R"({{"type":"BPE","dropout":null,"unk_token":{},"continuing_subword_prefix":{},"end_of_word_suffix":{},)"
      R"("fuse_unk":false,"byte_fallback":false,"ignore_merges":false,"vocab":{},"merges":[{}]}})",
      quoted(recipe.unknown), quoted(recipe.continuing_prefix), quoted(recipe.end_of_word_suffix),
      vocabulary_json(bpe.vocabulary), merges);
}

std::string unigram_json(const WordCounts& words, const TokenizerTraining& t, const TokenizerRecipe& recipe) {
  UnigramTrainerOptions o;
  o.vocab_size = t.vocab_size, o.special_tokens = recipe.special_tokens, o.unk_token = recipe.unknown;
  o.max_piece_length = t.max_token_length.value_or(o.max_piece_length);
  o.initial_alphabet = characters_of(t.initial_alphabet), o.progress = show_progress();
  const TrainedUnigram trained = train_unigram(words, o);
  std::string pieces;
  for (const auto& [piece, score] : trained.pieces)
    fmt::format_to(std::back_inserter(pieces), "{}[{},{}]", pieces.empty() ? "" : ",", quoted(piece), Json(score).dump());
  return fmt::format(R"({{"type":"Unigram","unk_id":{},"vocab":[{}],"byte_fallback":false}})",
                     trained.unknown ? fmt::to_string(*trained.unknown) : "null", pieces);
}

// The "model" of a tokenizer.json.
std::string train_model(const WordCounts& words, const TokenizerTraining& t, const TokenizerRecipe& recipe) {
  if (t.kind == "unigram") return unigram_json(words, t, recipe);
  if (t.kind == "wordlevel") {
    const auto vocabulary = train_wordlevel(words, {t.vocab_size, recipe.min_frequency, recipe.special_tokens});
    return fmt::format(R"({{"type":"WordLevel","vocab":{},"unk_token":{}}})", vocabulary_json(vocabulary),
                       quoted(recipe.unknown));
  }
  const BpeTrainerOptions options = bpe_options(t, recipe);
  if (t.kind != "wordpiece") return bpe_json(train_bpe(words, options), recipe);
  return fmt::format(
      R"({{"type":"WordPiece","unk_token":{},"continuing_subword_prefix":{},"max_input_chars_per_word":100,"vocab":{}}})",
      quoted(recipe.unknown), quoted(recipe.continuing_prefix), vocabulary_json(train_wordpiece(words, options)));
}

// [CLS] A [SEP], and [CLS] A [SEP] B [SEP] with type 1 from B on (Devlin et al. 2019), where both tokens are there.
Json post_processor(const TokenizerTraining& t, const TokenizerRecipe& recipe) {
  if (t.kind == "byte-bpe")
    return {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", false}, {"use_regex", true}};
  const auto place = [&](const char* token) {
    return std::find(recipe.special_tokens.begin(), recipe.special_tokens.end(), token) - recipe.special_tokens.begin();
  };
  const auto count = static_cast<ptrdiff_t>(recipe.special_tokens.size());
  if (t.kind != "wordpiece" || place("[CLS]") == count || place("[SEP]") == count) return nullptr;
  const auto special = [](const char* token, int type) { return Json{{"SpecialToken", {{"id", token}, {"type_id", type}}}}; };
  const auto text = [](const char* which, int type) { return Json{{"Sequence", {{"id", which}, {"type_id", type}}}}; };
  const auto entry = [&](const char* token) {
    return Json{{"id", token}, {"ids", {place(token)}}, {"tokens", {token}}};
  };
  const Json cls = special("[CLS]", 0), first = text("A", 0), sep = special("[SEP]", 0);
  return {{"type", "TemplateProcessing"},
          {"single", {cls, first, sep}},
          {"pair", {cls, first, sep, text("B", 1), special("[SEP]", 1)}},
          {"special_tokens", {{"[CLS]", entry("[CLS]")}, {"[SEP]", entry("[SEP]")}}}};
}

std::string tokenizer_json(const std::string& model, const TokenizerTraining& t, const TokenizerRecipe& recipe) {
  Json added = Json::array();
  for (size_t i = 0; i < recipe.special_tokens.size(); ++i)
    added.push_back({{"id", i}, {"content", recipe.special_tokens[i]}, {"single_word", false}, {"lstrip", false},
                     {"rstrip", false}, {"normalized", false}, {"special", true}});
  return fmt::format(R"({{"version":"1.0","truncation":null,"padding":null,"added_tokens":{},"normalizer":{},)"
                     R"("pre_tokenizer":{},"post_processor":{},"decoder":{},"model":{}}})",
                     added.dump(), recipe.normalizer.dump(), recipe.pre_tokenizer.dump(),
                     post_processor(t, recipe).dump(), recipe.decoder.dump(), model);
}

// Special tokens by what their names say, so that transformers knows which one pads, ends and so on.
TokenizerSettings settings_of(const Tokenizer& tokenizer) {
  static const std::pair<const char*, TokenRole> kRoles[] = {
      {"<s>", TokenRole::begin}, {"<bos>", TokenRole::begin}, {"</s>", TokenRole::end}, {"<eos>", TokenRole::end},
      {"<|endoftext|>", TokenRole::end}, {"<unk>", TokenRole::unknown}, {"[UNK]", TokenRole::unknown},
      {"[SEP]", TokenRole::separator}, {"<pad>", TokenRole::pad}, {"[PAD]", TokenRole::pad},
      {"[CLS]", TokenRole::classifier}, {"<mask>", TokenRole::mask}, {"[MASK]", TokenRole::mask}};
  TokenizerSettings settings;
  settings.tokenizer_class = "PreTrainedTokenizerFast";
  settings.added = tokenizer.added_tokens();
  for (const AddedToken& token : settings.added) {
    bool named = false;
    for (const auto& [name, role] : kRoles)
      if (token.content == name && !settings.token(role)) settings.token(role) = token, named = true;
    if (!named) settings.additional.push_back(token);
  }
  return settings;
}

void train(const Arguments& a) {
  const TokenizerTraining& t = a.training;
  if (a.no_header && a.csv_column.empty()) fail("--no-header: is for tables, which --csv-column reads");
  choose_threads(a.threads);
  const double begin = now();
  const TokenizerRecipe recipe = tokenizer_recipe(t);
  make_directory(a.out);
  check_writable(join_path(a.out, "tokenizer.json"));
  int64_t texts = 0;
  const WordCounts words = count_words(a, recipe, texts);
  if (words.size() == 0) fail("{}: expected text to train from, found none", a.files[0]);
  const std::string json = tokenizer_json(train_model(words, t, recipe), t, recipe);
  const Tokenizer tokenizer = Tokenizer::parse(json, "the trained tokenizer");
  tokenizer.save(a.out);
  write_tokenizer_settings(a.out, settings_of(tokenizer));
  const Json report = {{"folder", a.out},           {"type", t.kind},
                       {"size", tokenizer.size()},  {"size_asked_for", t.vocab_size},
                       {"texts", texts},            {"words", words.total()},
                       {"distinct_words", words.size()}, {"seconds", now() - begin}};
  if (a.json) return fmt::print("{}\n", report.dump());
  const double seconds = now() - begin;
  fmt::print("{}: {} tokens ({}) from {} words, {} of them different, in {}\n", a.out, tokenizer.size(), t.kind,
             words.total(), words.size(), seconds < 10 ? fmt::format("{:.1f} s", seconds) : time_text(seconds));
  if (tokenizer.size() < t.vocab_size)
    fmt::print("{} tokens were asked for; the text does not give more than {}\n", t.vocab_size, tokenizer.size());
}

void add_options(CLI::App& command, Arguments& a) {
  TokenizerTraining& t = a.training;
  command.add_option("type", t.kind, "bpe, byte-bpe, wordpiece, unigram or wordlevel")
      ->required()
      ->check(CLI::IsMember({"bpe", "byte-bpe", "wordpiece", "unigram", "wordlevel"}))
      ->type_name("TYPE");
  command.add_option("files", a.files, "Text, UTF-8, gzipped or not")->required()->type_name("FILE");
  command.add_option("--vocab-size", t.vocab_size, "Tokens, special ones among them")
      ->required()
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
                     "whitespace-split, byte-level, metaspace, or JSON")->type_name("NAME");
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
  auto a = std::make_shared<Arguments>();
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
