#pragma once
// Where BPE training begins: the vocabulary of single characters, and all words as linked symbols.
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "gamana/text/train/trainers.h"

namespace gamana::train {

inline constexpr uint32_t kNone = UINT32_MAX;

// Tokens by id, without repetition.
class SymbolTable {
 public:
  uint32_t add(const std::string& token);  // its id, new or known
  bool has(const std::string& token) const { return ids_.contains(token); }
  size_t size() const { return tokens_.size(); }
  const std::string& operator[](uint32_t id) const { return tokens_[id]; }

 private:
  std::vector<std::string> tokens_;
  std::unordered_map<std::string, uint32_t> ids_;
};

// One symbol of a word. The cell of what was merged into its left neighbour has the symbol kNone.
struct Cell {
  uint32_t symbol;
  uint32_t previous, next;  // cells of the same word, or kNone
  uint32_t word;            // index of counts
};

struct BpeWords {
  std::vector<Cell> cells;
  std::vector<int64_t> counts;
};

// Adds special tokens, the alphabet and the characters with prefix or suffix to `symbols`; returns the words of at
// least two symbols.
BpeWords make_bpe_words(const WordCounts& words, const BpeTrainerOptions& options, SymbolTable& symbols);

// Calls body(c) for each character of a word; Error if it is not UTF-8.
void check_word(std::string_view word);

}  // namespace gamana::train
