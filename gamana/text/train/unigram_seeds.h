#pragma once
// The words of Unigram training as one array of symbols, and the pieces that training begins with.
#include <cstdint>
#include <string>
#include <vector>

#include "gamana/text/train/trainers.h"

namespace gamana::train {

inline constexpr uint32_t kEndOfWord = 0, kUnknown = 1, kFirstCharacter = 2;  // symbols

// All distinct words, each with kEndOfWord behind it. A character's symbol is kFirstCharacter + its index in
// `characters`.
struct UnigramText {
  std::vector<uint32_t> symbols;
  std::vector<uint32_t> word_of;          // word of each symbol
  std::vector<int64_t> counts;            // of words
  std::vector<char32_t> characters;       // those that have to be pieces, by code point
  std::vector<int64_t> character_counts;  // 0 for those of initial_alphabet that do not occur

  std::string string(uint32_t begin, uint32_t length) const;  // of symbols that are characters
};
UnigramText make_unigram_text(const WordCounts& words, const UnigramTrainerOptions& options);

// A frequent substring: `length` symbols, at each of places[begin, end).
struct Seed {
  uint32_t begin, end, length;
  int64_t count;  // occurrences, by the counts of words
};
struct Seeds {
  std::vector<uint32_t> places;  // positions of symbols, sorted by what follows
  std::vector<Seed> seeds;       // of at least two symbols, the largest count * length first
};
// Substrings that occur at least twice and cannot be made longer without losing an occurrence (the inner nodes of the
// suffix tree), at most options.seed_size of them.
Seeds find_seeds(const UnigramText& text, const UnigramTrainerOptions& options);

}  // namespace gamana::train
