#pragma once
// WordPiece, WordLevel and Unigram.
#include "gamana/text/models/model.h"

namespace gamana {

using VocabularyList = std::vector<std::pair<std::string_view, int32_t>>;

// The longest entry first, then the longest that continues it (Schuster and Nakajima 2012; Devlin et al. 2019).
struct WordPieceOptions {
  VocabularyList vocabulary;
  std::string unknown = "[UNK]", prefix = "##";
  int64_t max_characters = 100;  // longer words are unknown
};
std::unique_ptr<TokenModel> make_wordpiece(const WordPieceOptions& options, const std::string& where);

struct WordLevelOptions {
  VocabularyList vocabulary;
  std::string unknown = "<unk>";
};
std::unique_ptr<TokenModel> make_wordlevel(const WordLevelOptions& options, const std::string& where);

// The most probable split (Kudo 2018, section 3.2), by Viterbi's algorithm.
struct UnigramOptions {
  std::vector<std::pair<std::string_view, double>> pieces;  // with their log probabilities; the index is the id
  std::optional<int32_t> unknown;
  bool byte_fallback = false;
};
std::unique_ptr<TokenModel> make_unigram(const UnigramOptions& options, const std::string& where);

}  // namespace gamana
