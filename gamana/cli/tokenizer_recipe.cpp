#include "gamana/cli/tokenizer_recipe.h"

#include <algorithm>
#include <map>

#include <fmt/ranges.h>

#include "gamana/base/check.h"

namespace gamana {
namespace {

Json bert_normalizer(bool lowercase) {
  return {{"type", "BertNormalizer"}, {"clean_text", true}, {"handle_chinese_chars", true}, {"strip_accents", nullptr},
          {"lowercase", lowercase}};
}

const Json kMetaspace = {{"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", "always"}, {"split", true}};

Json byte_level(bool add_prefix_space, bool words = true) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", add_prefix_space}, {"trim_offsets", true}, {"use_regex", words}};
}

const Json kCharacters = {
    {"type", "Split"}, {"pattern", {{"Regex", "[\\s\\S]"}}}, {"behavior", "Isolated"}, {"invert", false}};

// A section by its name; several for one that is a sequence.
const std::map<std::string, std::vector<Json>>& normalizers() {
  static const std::map<std::string, std::vector<Json>> list = {
      {"none", {}},
      {"bert", {bert_normalizer(false)}},
      {"nfc", {{{"type", "NFC"}}}},
      {"nfd", {{{"type", "NFD"}}}},
      {"nfkc", {{{"type", "NFKC"}}}},
      {"nfkd", {{{"type", "NFKD"}}}},
      {"nmt", {{{"type", "Nmt"}}}},
      {"lowercase", {{{"type", "Lowercase"}}}},
      {"strip", {{{"type", "Strip"}, {"strip_left", true}, {"strip_right", true}}}},
      {"strip-accents", {{{"type", "StripAccents"}}}},
      {"sentencepiece",
       {{{"type", "Nmt"}}, {{"type", "NFKC"}}, {{"type", "Replace"}, {"pattern", {{"Regex", " {2,}"}}}, {"content", " "}}}}};
  return list;
}

const std::map<std::string, Json>& pre_tokenizers() {
  static const std::map<std::string, Json> list = {{"none", Json()},
                                                   {"bert", {{"type", "BertPreTokenizer"}}},
                                                   {"whitespace", {{"type", "Whitespace"}}},
                                                   {"whitespace-split", {{"type", "WhitespaceSplit"}}},
                                                   {"byte-level", byte_level(false)},
                                                   {"bytes", byte_level(false, false)},
                                                   {"characters", kCharacters},
                                                   {"metaspace", kMetaspace}};
  return list;
}

template <class Map>
const typename Map::mapped_type& find(const Map& map, const std::string& name, const char* option) {
  const auto found = map.find(name);
  if (found != map.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, _] : map) names.push_back(known);
  fail("{}: expected one of {} or a section of a tokenizer.json, found \"{}\"", option, fmt::join(names, ", "), name);
}

Json normalizer_section(const std::vector<std::string>& names, bool lowercase) {
  std::vector<Json> steps;
  for (const std::string& name : names) {
    if (name.starts_with('{')) steps.push_back(parse_json(name, "--normalizer"));
    else for (const Json& step : find(normalizers(), name, "--normalizer")) steps.push_back(step);
  }
  const auto bert = std::find(steps.begin(), steps.end(), bert_normalizer(false));
  if (lowercase && bert != steps.end()) *bert = bert_normalizer(true);
  else if (lowercase) steps.push_back({{"type", "Lowercase"}});
  if (steps.empty()) return nullptr;
  return steps.size() == 1 ? steps[0] : Json{{"type", "Sequence"}, {"normalizers", steps}};
}

// What undoes the pre-tokenizer, else what joins the model's own pieces.
Json decoder_section(const TokenizerTraining& t, const TokenizerRecipe& recipe) {
  if (recipe.pre_tokenizer == kMetaspace) return kMetaspace;
  if (recipe.pre_tokenizer == byte_level(false) || t.kind == "byte") return byte_level(true);
  if (t.kind == "char") return {{"type", "Fuse"}};
  if (t.kind == "wordpiece") return {{"type", "WordPiece"}, {"prefix", *recipe.continuing_prefix}, {"cleanup", true}};
  if (recipe.end_of_word_suffix) return {{"type", "BPEDecoder"}, {"suffix", *recipe.end_of_word_suffix}};
  return nullptr;
}

struct Defaults {
  std::vector<std::string> normalizer;
  std::string pre_tokenizer;
  std::vector<std::string> special_tokens;
  int64_t min_frequency;
  std::optional<int64_t> limit_alphabet;
};

// Those of the classes of `tokenizers` (bindings/python/py_src/tokenizers/implementations), except that case is kept.
const Defaults& defaults_of(const std::string& kind) {
  static const std::map<std::string, Defaults> list = {
      {"byte-bpe", {{}, "byte-level", {}, 2, {}}},                                            // ByteLevelBPETokenizer
      {"bpe", {{"bert"}, "bert", {"<unk>"}, 2, 1000}},                                        // CharBPETokenizer
      {"wordpiece", {{"bert"}, "bert", {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}, 2, 1000}},  // BertWordPieceTokenizer
      {"unigram", {{"sentencepiece"}, "metaspace", {"<unk>"}, 0, {}}},                        // SentencePieceUnigramTokenizer
      {"wordlevel", {{}, "whitespace", {"<unk>"}, 0, {}}},
      {"char", {{}, "characters", {}, 0, {}}},
      {"byte", {{}, "bytes", {}, 0, {}}}};
  return list.at(kind);
}

void check_options(const TokenizerTraining& t) {
  const bool merges = t.kind == "bpe" || t.kind == "byte-bpe" || t.kind == "wordpiece";
  const auto refuse = [&](bool given, const char* option) {
    if (given) fail("{}: is no option of {}", option, t.kind);
  };
  const bool learns = t.kind != "char" && t.kind != "byte";
  refuse(!learns && t.vocab_size > 0, "--vocab-size");
  refuse(!learns && !t.pre_tokenizer.empty(), "--pre-tokenizer");
  if (learns && t.vocab_size <= 0) fail("--vocab-size: is needed for {}", t.kind);
  refuse(t.min_frequency && (!learns || t.kind == "unigram"), "--min-frequency");
  refuse(t.limit_alphabet && !merges, "--limit-alphabet");
  refuse(t.max_token_length && (!learns || t.kind == "wordlevel"), "--max-token-length");
  refuse(t.continuing_prefix && !merges, "--continuing-prefix");
  refuse(t.end_of_word_suffix && !merges, "--end-of-word-suffix");
  refuse(!t.initial_alphabet.empty() && (!learns || t.kind == "wordlevel"), "--initial-alphabet");
}

}  // namespace

TokenizerRecipe tokenizer_recipe(const TokenizerTraining& t) {
  check_options(t);
  const Defaults& defaults = defaults_of(t.kind);
  TokenizerRecipe r;
  r.normalizer = normalizer_section(t.normalizer.empty() ? defaults.normalizer : t.normalizer, t.lowercase);
  const std::string& pre = t.pre_tokenizer.empty() ? defaults.pre_tokenizer : t.pre_tokenizer;
  r.pre_tokenizer = pre.starts_with('{') ? parse_json(pre, "--pre-tokenizer") : find(pre_tokenizers(), pre, "--pre-tokenizer");
  r.special_tokens = t.special_tokens.value_or(defaults.special_tokens);
  for (const std::string& token : r.special_tokens)
    if (!r.unknown && (token == "<unk>" || token == "[UNK]")) r.unknown = token;
  if (!r.unknown && (t.kind == "wordpiece" || t.kind == "unigram" || t.kind == "wordlevel"))
    fail("--special-tokens: expected <unk> or [UNK] among them, which {} needs, found none", t.kind);
  r.min_frequency = t.min_frequency.value_or(defaults.min_frequency);
  r.limit_alphabet = t.limit_alphabet ? t.limit_alphabet : defaults.limit_alphabet;
  r.continuing_prefix = t.continuing_prefix, r.end_of_word_suffix = t.end_of_word_suffix;
  if (t.kind == "wordpiece" && !r.continuing_prefix) r.continuing_prefix = "##";
  // Where spaces are kept as characters, the ends of words need no sign.
  const bool keeps_spaces = r.pre_tokenizer == kMetaspace || r.pre_tokenizer == byte_level(false);
  if (t.kind == "bpe" && !r.end_of_word_suffix && !keeps_spaces) r.end_of_word_suffix = "</w>";
  r.decoder = decoder_section(t, r);
  return r;
}

}  // namespace gamana
