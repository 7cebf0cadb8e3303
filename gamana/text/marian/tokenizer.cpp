#include "gamana/text/marian/tokenizer.h"

#include <algorithm>
#include <utility>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/text/files/side_files.h"
#include "gamana/text/files/spm_sections.h"  // fits_tokenizer_json
#include "gamana/text/sentencepiece.h"
#include "gamana/text/marian/tokenizer_config.h"
#include "gamana/text/post/replace.h"
#include "gamana/text/utf8.h"
#include "gamana/text/marian/vocabulary.h"

namespace gamana {
namespace {

// The longest added token that begins at text[at], or null.
const MarianToken* added_token_at(const MarianConfig& config, std::string_view text, size_t at) {
  const MarianToken* best = nullptr;
  for (const MarianToken& token : config.added)
    if (text.compare(at, token.text.size(), token.text) == 0 && (!best || token.text.size() > best->text.size()))
      best = &token;
  return best;
}

std::string read_model_file(const std::string& folder, const char* name) {
  const std::string path = join_path(folder, name);
  if (file_exists(path)) return path;
  if (file_exists(join_path(folder, "tokenizer.json")))
    throw Error(fmt::format("{}: {} is missing; a tokenizer.json alone cannot be read yet", folder, name),
                "a Marian model comes with source.spm, target.spm and vocab.json: copy them into the folder too");
  fail("{}: {} is missing; expected a Marian model's source.spm, target.spm and vocab.json", folder, name);
}

std::shared_ptr<const SentencePiece> read_spm(const std::string& folder, const char* name) {
  const std::string path = read_model_file(folder, name);
  return std::make_shared<const SentencePiece>(read_file(path), path);
}

std::shared_ptr<const Vocabulary> read_vocabulary(const std::string& folder, const char* name,
                                                  const MarianConfig& config) {
  const std::string path = read_model_file(folder, name);
  auto vocabulary = std::make_shared<const Vocabulary>(Vocabulary::read(path));
  if (vocabulary->find(config.unknown) < 0)
    fail("{}: the unknown token {} is not among its {} pieces", path, config.unknown, vocabulary->size());
  return vocabulary;
}

}  // namespace

MarianTokenizer::MarianTokenizer(std::shared_ptr<const SentencePiece> model, std::shared_ptr<const Vocabulary> vocabulary,
                     std::shared_ptr<const MarianConfig> config)
    : model_(std::move(model)), vocabulary_(std::move(vocabulary)), config_(std::move(config)) {
  unknown_ = vocabulary_->find(config_->unknown);
  end_ = id(config_->end), pad_ = id(config_->pad);
}

// Added tokens go before the vocabulary, as in PreTrainedTokenizer._convert_token_to_id_with_added_voc.
int MarianTokenizer::id(std::string_view piece) const {
  for (const MarianToken& token : config_->added)
    if (token.text == piece) return token.id;
  const int id = vocabulary_->find(piece);
  return id < 0 ? unknown_ : id;
}

std::string MarianTokenizer::piece(int id) const {
  if (const MarianToken* token = config_->find(id)) return token->text;
  if (id < 0 || id >= vocabulary_size()) fail("id {} is outside of the vocabulary, 0 to {}", id, vocabulary_size() - 1);
  const std::string& piece = vocabulary_->piece(id);
  if (!piece.empty()) return piece;
  // An id that vocab.json leaves out: MarianTokenizer asks the SentencePiece model.
  return id < model_->size() ? model_->piece(id) : config_->unknown;
}

int MarianTokenizer::vocabulary_size() const {
  int size = vocabulary_->size();
  for (const MarianToken& token : config_->added) size = std::max(size, token.id + 1);
  return size;
}

// MarianTokenizer._tokenize: a leading language code is a piece of its own.
void MarianTokenizer::split_plain(std::string_view text, std::vector<std::string>& out) const {
  if (const size_t end = text.find("<<"); text.starts_with(">>") && end != std::string_view::npos) {
    out.emplace_back(text.substr(0, end + 2));
    text.remove_prefix(end + 2);
  }
  std::vector<std::string> pieces = model_->split(text);
  std::move(pieces.begin(), pieces.end(), std::back_inserter(out));
}

std::vector<std::string> MarianTokenizer::split(std::string_view text) const {
  const std::string prepared = config_->lowercase ? lower(text) : repair_utf8(text);
  std::vector<std::string> out;
  std::string_view rest = prepared;
  for (size_t at = 0; at < rest.size();) {
    const MarianToken* token = added_token_at(*config_, rest, at);
    if (!token) {
      ++at;
      continue;
    }
    const std::string_view before = rest.substr(0, at);
    if (at > 0) split_plain(token->strip_left ? strip_right(before) : before, out);
    out.push_back(token->text);
    rest.remove_prefix(at + token->text.size());
    if (token->strip_right) rest = strip_left(rest);
    at = 0;
  }
  if (!rest.empty()) split_plain(rest, out);
  return out;
}

std::vector<int> MarianTokenizer::encode(std::string_view text) const {
  std::vector<int> ids;
  for (const std::string& piece : split(text)) ids.push_back(id(piece));
  ids.push_back(end_);
  return ids;
}

std::string MarianTokenizer::decode(std::span<const int> ids) const {
  std::vector<std::string> kept;
  for (int id : ids)
    if (const MarianToken* token = config_->find(id); !token || !token->special) kept.push_back(piece(id));
  std::string text = model_->join(kept);
  replace_all(text, "\u2581", " ");  // left where a piece is not the model's own
  text = std::string(strip(text));
  if (config_->clean_up_spaces) clean_up_spaces(text);
  return text;
}

std::vector<std::string> MarianTokenizer::pieces(std::span<const int> ids) const {
  std::vector<std::string> out;
  for (int id : ids) out.push_back(piece(id));
  return out;
}

TranslationTokenizer::TranslationTokenizer(std::shared_ptr<const MarianConfig> config, MarianTokenizer source,
                                           MarianTokenizer target)
    : config_(std::move(config)), source_(std::move(source)), target_(std::move(target)) {}

TranslationTokenizer TranslationTokenizer::load(const std::string& folder) {
  const auto config = std::make_shared<MarianConfig>(MarianConfig::read(folder));
  const auto source = read_spm(folder, "source.spm"), target = read_spm(folder, "target.spm");
  const auto vocabulary = read_vocabulary(folder, "vocab.json", *config);
  const auto target_vocabulary =
      config->separate_vocabs ? read_vocabulary(folder, "target_vocab.json", *config) : vocabulary;
  config->resolve(*vocabulary);
  return {config, MarianTokenizer(source, vocabulary, config), MarianTokenizer(target, target_vocabulary, config)};
}

TranslationTokenizer TranslationTokenizer::make(const TokenizerParts& parts) {
  const bool separate = !parts.target_vocabulary.empty();
  const auto config = std::make_shared<MarianConfig>(
      MarianConfig::make(parts.lowercase, separate, parts.source_lang, parts.target_lang));
  const auto vocabulary = std::make_shared<const Vocabulary>(parts.vocabulary);
  const auto target_vocabulary = separate ? std::make_shared<const Vocabulary>(parts.target_vocabulary) : vocabulary;
  config->resolve(*vocabulary);
  const auto source = std::make_shared<const SentencePiece>(parts.source_spm, "the source model");
  const auto target = std::make_shared<const SentencePiece>(parts.target_spm, "the target model");
  return {config, MarianTokenizer(source, vocabulary, config), MarianTokenizer(target, target_vocabulary, config)};
}

void TranslationTokenizer::save(const std::string& folder) const {
  make_directory(folder);
  write_file(join_path(folder, "source.spm"), source_.model().model());
  write_file(join_path(folder, "target.spm"), target_.model().model());
  source_.vocabulary().write(join_path(folder, "vocab.json"));
  if (separate_vocabularies()) target_.vocabulary().write(join_path(folder, "target_vocab.json"));
  config_->write(folder);
  // What reads a tokenizer.json knows one model and one vocabulary.
  if (!separate_vocabularies() && source_.model().model() == target_.model().model() &&
      fits_tokenizer_json(read_spm_model(source_.model().model(), "the source model")))
    write_file(join_path(folder, "tokenizer.json"), side_files_to_tokenizer_json(folder));
}

// With one vocabulary MarianTokenizer decodes by the source's model, whatever the language.
std::string TranslationTokenizer::decode_target(std::span<const int> ids) const {
  return (separate_vocabularies() ? target_ : source_).decode(ids);
}

bool TranslationTokenizer::separate_vocabularies() const { return config_->separate_vocabs; }

std::string TranslationTokenizer::difference(const TranslationTokenizer& other) const {
  const MarianConfig &a = *config_, &b = *other.config_;
  if (a.lowercase != b.lowercase || a.separate_vocabs != b.separate_vocabs || a.clean_up_spaces != b.clean_up_spaces ||
      a.added != b.added)
    return "tokenizer_config.json";
  if (source_.model().model() != other.source_.model().model()) return "source.spm";
  if (target_.model().model() != other.target_.model().model()) return "target.spm";
  if (!(source_.vocabulary() == other.source_.vocabulary())) return "vocab.json";
  if (!(target_.vocabulary() == other.target_.vocabulary())) return "target_vocab.json";
  return "";
}

bool TranslationTokenizer::lowercase() const { return config_->lowercase; }

}  // namespace gamana
