#pragma once
// Training of vocabularies from counted words: BPE, WordPiece, WordLevel and Unigram. Results depend on words, counts
// and options only: neither on the order of the words nor on the number of threads.
//
//   WordCounter counter(split);           // split: normalises and pre-tokenizes a text
//   counter.add(texts);
//   const TrainedBpe bpe = train_bpe(counter.finish(), {.vocab_size = 32000, .special_tokens = {"<unk>"}});
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gamana/text/train/word_counts.h"

namespace gamana {

// Told now and then how far training is; `total` may be an estimate. What it throws ends the training.
using TrainingProgress = std::function<void(std::string_view stage, int64_t done, int64_t total)>;

using TrainedVocabulary = std::vector<std::pair<std::string, int32_t>>;  // tokens and ids, by id

// The characters that ByteLevel writes for the 256 bytes, in the order of bytes: its initial_alphabet.
std::u32string byte_level_alphabet();

// Options and defaults of BpeTrainer (tokenizers/src/models/bpe/trainer.rs).
struct BpeTrainerOptions {
  // Special tokens and the alphabet are counted, and kept whole if they alone are more.
  int64_t vocab_size = 30000;
  int64_t min_frequency = 0;                     // a pair that occurs less often is not merged
  std::vector<std::string> special_tokens = {};  // ids 0, 1, …
  // Keeps the most frequent characters only; the others are left out of words.
  std::optional<int64_t> limit_alphabet = {};
  std::u32string initial_alphabet = {};  // characters that are tokens whether they occur or not
  std::optional<std::string> continuing_subword_prefix = {}, end_of_word_suffix = {};
  // Tokens that would have this many characters or more are not made, except of two characters, as there.
  std::optional<int64_t> max_token_length = {};
  TrainingProgress progress = {};
};

struct TrainedBpe {
  TrainedVocabulary vocabulary;
  std::vector<std::pair<std::string, std::string>> merges;  // by rank
};

// Byte-pair encoding (Sennrich et al. 2016, section 3.2). Ids: special tokens, alphabet by code point, characters with
// a prefix or suffix by their bytes, then merges, the most frequent pair first, of equal ones the pair of lower ids.
// Throws Error for words that are not UTF-8 and for more than 2^32 - 2 characters in distinct words.
TrainedBpe train_bpe(const WordCounts& words, const BpeTrainerOptions& options);

// The vocabulary of train_bpe with the prefix "##", if the options have none, as WordPieceTrainer makes it.
TrainedVocabulary train_wordpiece(const WordCounts& words, BpeTrainerOptions options);

struct WordLevelTrainerOptions {
  int64_t vocab_size = 30000;
  int64_t min_frequency = 0;
  std::vector<std::string> special_tokens = {};
};

// Special tokens, then the most frequent words; of equally frequent ones the one of lower bytes. A word that is a
// special token as well keeps the id of the word, as there, so that an id may be missing.
TrainedVocabulary train_wordlevel(const WordCounts& words, const WordLevelTrainerOptions& options);

// Options of UnigramTrainer (tokenizers/src/models/unigram/trainer.rs), and of SentencePiece's trainer where that one
// has more.
struct UnigramTrainerOptions {
  int64_t vocab_size = 8000;                     // with special tokens and the unknown one
  std::vector<std::string> special_tokens = {};  // ids 0, 1, …, of score 0
  std::optional<std::string> unk_token = {};     // becomes id 0 unless it is a special token
  double shrinking_factor = 0.75;                // share of the pieces that each pruning keeps, in (0, 1)
  int64_t max_piece_length = 16;                 // characters, 1 to 255
  int64_t n_sub_iterations = 2;                  // of expectation maximisation before each pruning
  int64_t seed_size = 1000000;                   // pieces to begin with, beside single characters; at most 8,000,000
  std::u32string initial_alphabet = {};          // characters that are pieces whether they occur or not
  // SentencePiece's, off by default as UnigramTrainer has none of them.
  double character_coverage = 1;  // share of the text's characters that have to be pieces; the rarest are unknown
  bool single_script = false;     // no piece mixes scripts; digits and punctuation are a script of their own
  TrainingProgress progress = {};
};

struct TrainedUnigram {
  std::vector<std::pair<std::string, double>> pieces;  // with log probabilities; the index is the id
  std::optional<int32_t> unknown;
};

// Unigram language model (Kudo 2018, section 3.2), as SentencePiece trains it (src/unigram_model_trainer.cc) but for
// seeds and the last step (docs/text/training.md). Fewer pieces than vocab_size where the words do not have that many.
// Throws Error for options out of range, a vocabulary that is too small for the characters, and words that are not
// UTF-8.
TrainedUnigram train_unigram(const WordCounts& words, const UnigramTrainerOptions& options);

}  // namespace gamana
