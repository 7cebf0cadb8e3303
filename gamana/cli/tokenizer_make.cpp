#include "gamana/cli/tokenizer_make.h"

#include <algorithm>
#include <array>
#include <set>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/progress.h"
#include "gamana/text/files/tokenizer_settings.h"
#include "gamana/text/normalizers/normalizer.h"
#include "gamana/text/pre_tokenizers/pre_tokenizer.h"
#include "gamana/text/train/trainers.h"
#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

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

std::string wordlevel_json(const TrainedVocabulary& vocabulary, const TokenizerRecipe& recipe) {
  return fmt::format(R"({{"type":"WordLevel","vocab":{},"unk_token":{}}})", vocabulary_json(vocabulary),
                     quoted(recipe.unknown.value_or("<unk>")));
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

// A token for each of these after the special tokens.
TrainedVocabulary vocabulary_of(const std::vector<std::string>& special, const std::vector<std::string>& tokens) {
  TrainedVocabulary out;
  const std::set<std::string> taken(special.begin(), special.end());
  for (const auto* list : {&special, &tokens})
    for (const std::string& token : *list)
      if (list == &special || !taken.contains(token)) out.emplace_back(token, static_cast<int32_t>(out.size()));
  return out;
}

// The characters of a text by code point, which is the order of their bytes. What is not among them has no token, unless
// a special one says so: tokenizers and transformers then refuse the text.
std::string char_json(const WordCounts& words, const TokenizerRecipe& recipe) {
  std::vector<std::string> characters;
  for (size_t i = 0; i < words.size(); ++i) characters.emplace_back(words.word(i));
  std::sort(characters.begin(), characters.end());
  return wordlevel_json(vocabulary_of(recipe.special_tokens, characters), recipe);
}

// The 256 bytes in their order, as characters that stand for them, and nothing to merge.
std::string byte_json(const TokenizerRecipe& recipe) {
  std::vector<std::string> bytes;
  for (const char32_t c : byte_level_alphabet()) {
    char utf8[4];
    bytes.emplace_back(utf8, utf8_bytes(c, utf8));
  }
  return bpe_json({vocabulary_of(recipe.special_tokens, bytes), {}}, recipe);
}

// The "model" of a tokenizer.json.
std::string train_model(const WordCounts& words, const TokenizerTraining& t, const TokenizerRecipe& recipe) {
  if (t.kind == "char") return char_json(words, recipe);
  if (t.kind == "byte") return byte_json(recipe);
  if (t.kind == "unigram") return unigram_json(words, t, recipe);
  if (t.kind == "wordlevel")
    return wordlevel_json(train_wordlevel(words, {t.vocab_size, recipe.min_frequency, recipe.special_tokens}), recipe);
  const BpeTrainerOptions options = bpe_options(t, recipe);
  if (t.kind != "wordpiece") return bpe_json(train_bpe(words, options), recipe);
  return fmt::format(
      R"({{"type":"WordPiece","unk_token":{},"continuing_subword_prefix":{},"max_input_chars_per_word":100,"vocab":{}}})",
      quoted(recipe.unknown), quoted(recipe.continuing_prefix), vocabulary_json(train_wordpiece(words, options)));
}

// [CLS] A [SEP], and [CLS] A [SEP] B [SEP] with type 1 from B on (Devlin et al. 2019), where both tokens are there.
Json post_processor(const TokenizerTraining& t, const TokenizerRecipe& recipe) {
  if (t.kind == "byte-bpe" || t.kind == "byte")
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

}  // namespace

SplitText splitter_of(const TokenizerRecipe& recipe) {
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

WordCounts count_words(const std::vector<std::string>& files, const TextFormat& format, const TokenizerRecipe& recipe,
                       size_t max_memory, int64_t& texts) {
  TextSource source(files, format);
  WordCounter counter(splitter_of(recipe), max_memory);
  Progress progress("reading", "bytes", source.bytes_total());
  texts = 0;
  for (std::vector<std::string_view> block; source.next(block);) {
    counter.add(block);
    texts += static_cast<int64_t>(block.size());
    progress.update(source.bytes_done());
  }
  return counter.finish();
}

Tokenizer make_tokenizer(const TokenizerTraining& t, const TokenizerRecipe& recipe, const WordCounts& words) {
  return Tokenizer::parse(tokenizer_json(train_model(words, t, recipe), t, recipe), "the trained tokenizer");
}

void save_tokenizer(const Tokenizer& tokenizer, const std::string& folder) {
  tokenizer.save(folder);
  write_tokenizer_settings(folder, settings_of(tokenizer));
}

}  // namespace gamana
