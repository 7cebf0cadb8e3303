#include "gamana/text/marian/vocab_trainer.h"

#include <sentencepiece_trainer.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <unordered_map>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/text/sentencepiece.h"
#include "gamana/text/utf8.h"

namespace gamana {
namespace {

constexpr int kSmallestSize = 5;  // three special tokens, the word border and one character

// Hands lines to the library.
class Sentences : public sentencepiece::SentenceIterator {
 public:
  Sentences(std::span<const std::string> lines, bool lowercase) : lines_(lines), lowercase_(lowercase) { prepare(); }

  bool done() const override { return at_ == lines_.size(); }
  void Next() override { ++at_, prepare(); }
  const std::string& value() const override { return line_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  void prepare() {
    if (!done()) line_ = lowercase_ ? lower(lines_[at_]) : repair_utf8(lines_[at_]);
  }

  const std::span<const std::string> lines_;
  const bool lowercase_;
  size_t at_ = 0;
  std::string line_;
};

void check_options(std::span<const std::string> lines, const VocabularyOptions& options) {
  if (options.size < kSmallestSize)
    fail("the size of a vocabulary has to be at least {}, found {}", kSmallestSize, options.size);
  if (!(options.character_coverage > 0 && options.character_coverage <= 1))
    fail("the character coverage has to be above 0 and at most 1, found {}", options.character_coverage);
  if (std::all_of(lines.begin(), lines.end(), [](const std::string& line) { return strip(repair_utf8(line)).empty(); }))
    fail("there is no text to make a vocabulary of: none of the {} lines holds a character", lines.size());
}

[[noreturn]] void fail_training(const std::string& message, const VocabularyOptions& options) {
  // The library says "Vocabulary size is smaller than required_chars. <size> vs <needed>."
  int size = 0, needed = 0;
  const size_t at = message.find("required_chars. ");
  if (at != std::string::npos && std::sscanf(message.c_str() + at, "required_chars. %d vs %d", &size, &needed) == 2)
    throw Error(fmt::format("a vocabulary of {} entries is too small for this text: it needs at least {}, for the special "
                            "tokens and the characters that make up {:g} of the text",
                            options.size, needed, options.character_coverage),
                "ask for a larger vocabulary or a lower character coverage");
  fail("SentencePiece could not make the vocabulary: {}", message);
}

// The contents of a .spm file.
std::string train_model(std::span<const std::string> lines, const VocabularyOptions& options) {
  check_options(lines, options);
  Sentences sentences(lines, options.lowercase);
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(
      std::unordered_map<std::string, std::string>{
          {"model_type", options.type == VocabularyType::bpe ? "bpe" : "unigram"},
          {"vocab_size", fmt::format("{}", options.size)},
          {"character_coverage", fmt::format("{}", options.character_coverage)},
          {"hard_vocab_limit", "false"},
          {"normalization_rule_name", "nmt_nfkc"},
          {"eos_id", "0"}, {"unk_id", "1"}, {"bos_id", "-1"}, {"pad_id", "-1"},
          // Known to the trainer so that no piece of that spelling is made; the vocabulary moves it to the end.
          {"control_symbols", "<pad>"},
          {"max_sentence_length", "1073741824"},  // longer lines would be left out
          // Sums of probabilities are split by this number, so it must not follow the machine.
          {"num_threads", "4"},
          {"minloglevel", "4"}},
      &sentences, &model);
  if (!status.ok()) fail_training(status.error_message(), options);
  return model;
}

std::vector<std::string> vocabulary_of(const std::string& model) {
  const SentencePiece pieces(model, "the trained model");
  std::vector<std::string> out;
  for (int id = 0; id < pieces.size(); ++id)
    if (pieces.piece(id) != "<pad>") out.push_back(pieces.piece(id));
  out.push_back("<pad>");
  return out;
}

}  // namespace

std::vector<std::string> read_lines(const std::vector<std::string>& paths) {
  std::vector<std::string> out;
  for (const std::string& path : paths) {
    std::vector<std::string> lines = read_lines(path);
    std::move(lines.begin(), lines.end(), std::back_inserter(out));
  }
  return out;
}

TranslationTokenizer train_vocabulary(std::span<const std::string> lines, const VocabularyOptions& options) {
  const std::string model = train_model(lines, options);
  return TranslationTokenizer::make({.source_spm = model,
                                     .target_spm = model,
                                     .vocabulary = vocabulary_of(model),
                                     .target_vocabulary = {},
                                     .lowercase = options.lowercase,
                                     .source_lang = options.source_lang,
                                     .target_lang = options.target_lang});
}

TranslationTokenizer train_vocabularies(std::span<const std::string> source, std::span<const std::string> target,
                                        const VocabularyOptions& options) {
  TokenizerParts parts{.source_spm = train_model(source, options),
                       .target_spm = train_model(target, options),
                       .vocabulary = {},
                       .target_vocabulary = {},
                       .lowercase = options.lowercase,
                       .source_lang = options.source_lang,
                       .target_lang = options.target_lang};
  parts.vocabulary = vocabulary_of(parts.source_spm), parts.target_vocabulary = vocabulary_of(parts.target_spm);
  if (parts.vocabulary.size() != parts.target_vocabulary.size()) {
    VocabularyOptions smaller = options;
    smaller.size = static_cast<int>(std::min(parts.vocabulary.size(), parts.target_vocabulary.size()));
    const bool source_is_larger = parts.vocabulary.size() > parts.target_vocabulary.size();
    std::string& model = source_is_larger ? parts.source_spm : parts.target_spm;
    model = train_model(source_is_larger ? source : target, smaller);
    (source_is_larger ? parts.vocabulary : parts.target_vocabulary) = vocabulary_of(model);
  }
  return TranslationTokenizer::make(parts);
}

}  // namespace gamana
