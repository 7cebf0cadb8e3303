#pragma once
// Text to ids and back for translation, with the files and the results of transformers' MarianTokenizer
// (models/marian/tokenization_marian.py): source.spm, target.spm, vocab.json, tokenizer_config.json.
//
// As there, no punctuation is normalised (MarianTokenizer has a method for it that encoding never calls), "</s>", "<unk>"
// and "<pad>" inside a text become their ids, a language code ">>fr<<" that begins a text is one piece, and decoding
// leaves special tokens out, "<unk>" included. Beyond it: `lowercase`, and texts that are not UTF-8, whose invalid
// sequences read as U+FFFD. All methods may be called by several threads at once.
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gamana {

class SentencePiece;
class Vocabulary;
struct MarianConfig;

// One language: a SentencePiece model splits the text, a vocabulary gives its pieces their ids.
class MarianTokenizer {
 public:
  MarianTokenizer(std::shared_ptr<const SentencePiece> model, std::shared_ptr<const Vocabulary> vocabulary,
            std::shared_ptr<const MarianConfig> config);

  std::vector<std::string> split(std::string_view text) const;  // pieces; what the model does not know comes as it is
  std::vector<int> encode(std::string_view text) const;         // ids of the pieces, then the end id
  std::string decode(std::span<const int> ids) const;           // Error for an id outside the vocabulary
  std::vector<std::string> pieces(std::span<const int> ids) const;  // one for each id, special tokens too; Error likewise

  int end_id() const { return end_; }
  int unknown_id() const { return unknown_; }
  int pad_id() const { return pad_; }
  int vocabulary_size() const;  // highest id + 1
  const SentencePiece& model() const { return *model_; }
  const Vocabulary& vocabulary() const { return *vocabulary_; }

 private:
  int id(std::string_view piece) const;
  std::string piece(int id) const;
  void split_plain(std::string_view text, std::vector<std::string>& out) const;

  std::shared_ptr<const SentencePiece> model_;
  std::shared_ptr<const Vocabulary> vocabulary_;
  std::shared_ptr<const MarianConfig> config_;
  int end_, unknown_, pad_;
};

// What a new translation tokenizer is made of.
struct TokenizerParts {
  std::string source_spm, target_spm;           // contents of the model files
  std::vector<std::string> vocabulary;          // the piece of each id
  std::vector<std::string> target_vocabulary;   // empty: both languages share one
  bool lowercase = false;
  std::string source_lang, target_lang;         // for the record, such as "en" and "de"; may be empty
};

// Source and target of a translation model.
class TranslationTokenizer {
 public:
  // The tokenizer in a model's folder. Throws Error naming the file that is missing or damaged.
  static TranslationTokenizer load(const std::string& folder);
  static TranslationTokenizer make(const TokenizerParts& parts);
  // Writes source.spm, target.spm, vocab.json (and target_vocab.json), tokenizer_config.json and special_tokens_map.json, and
  // where both languages have one model and one vocabulary also a tokenizer.json that gives the ids of encode_source.
  void save(const std::string& folder) const;

  std::vector<int> encode_source(std::string_view text) const { return source_.encode(text); }
  std::vector<int> encode_target(std::string_view text) const { return target_.encode(text); }
  std::string decode_source(std::span<const int> ids) const { return source_.decode(ids); }
  std::string decode_target(std::span<const int> ids) const;
  std::vector<std::string> source_pieces(std::span<const int> ids) const { return source_.pieces(ids); }
  std::vector<std::string> target_pieces(std::span<const int> ids) const { return target_.pieces(ids); }

  // Both languages have the same end, unknown and pad ids unless separate vocabularies made elsewhere differ; as in
  // MarianTokenizer those of the source then count.
  int end_id() const { return source_.end_id(); }
  int unknown_id() const { return source_.unknown_id(); }
  int pad_id() const { return source_.pad_id(); }
  int vocabulary_size() const { return source_.vocabulary_size(); }
  int target_vocabulary_size() const { return target_.vocabulary_size(); }
  bool separate_vocabularies() const;
  // The file by which another tokenizer gives other ids or texts, such as "vocab.json"; "" if all agree.
  std::string difference(const TranslationTokenizer& other) const;
  bool lowercase() const;

  const MarianTokenizer& source() const { return source_; }
  const MarianTokenizer& target() const { return target_; }

 private:
  TranslationTokenizer(std::shared_ptr<const MarianConfig> config, MarianTokenizer source, MarianTokenizer target);

  std::shared_ptr<const MarianConfig> config_;
  MarianTokenizer source_, target_;
};

}  // namespace gamana
