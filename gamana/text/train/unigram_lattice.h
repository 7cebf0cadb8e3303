#pragma once
// All splits of all words into pieces, for expectation maximisation and pruning (Kudo 2018, section 3.2).
#include <cstdint>
#include <vector>

#include "gamana/text/train/unigram_seeds.h"

namespace gamana::train {

// Pieces by id. The ids of characters are their symbols; those of longer pieces follow. A character may be dead: it is
// no piece, but a way through a word where no piece is, like the unknown character of id kUnknown.
struct UnigramPieces {
  std::vector<uint32_t> place, length;  // where it occurs in the text, and its symbols
  std::vector<double> score;            // log probabilities
  std::vector<bool> dead;               // the first two ids, characters alone

  uint32_t size() const { return static_cast<uint32_t>(score.size()); }
  bool alive(uint32_t id) const { return id >= dead.size() || !dead[id]; }
  int64_t count_alive() const;
  // Gives what is dead the score of the unknown character: the lowest of the pieces, and 10 less.
  void score_unknown();
};

// How often each piece is used by the best splits, and what would stand for it.
struct BestSplits {
  std::vector<int64_t> uses;  // by id
  struct Alternative {
    uint32_t id;
    bool better;           // the best split of the piece is not itself
    uint32_t begin, size;  // of `ids`, if it is not better
  };
  struct Chunk {
    std::vector<Alternative> alternatives;
    std::vector<uint32_t> ids;  // the best split of each piece without itself
  };
  std::vector<Chunk> chunks;  // each longer piece once
};

class UnigramLattice {
 public:
  UnigramLattice(const UnigramText& text, const Seeds& seeds);

  // Expected uses of each piece over all splits, by forward and backward sums. The same for any number of threads and
  // order of words: they are added as integers.
  std::vector<double> expected_uses(const UnigramPieces& pieces) const;
  BestSplits best_splits(const UnigramPieces& pieces) const;
  // Longer pieces get the ids new_id[id - first_longer()], or go where that is 0.
  void renumber(const std::vector<uint32_t>& new_id);

  uint32_t first_longer() const { return first_longer_; }

 private:
  // A longer piece at one place: length << 24 | id.
  using Arc = uint32_t;
  struct Chunk {
    uint32_t begin, end;    // symbols, of whole words
    std::vector<Arc> arcs;  // by place
  };
  class ForwardBackward;
  class Viterbi;

  template <class Body>
  void each_word(const Chunk& chunk, const Body& body) const;

  const UnigramText& text_;
  uint32_t first_longer_;
  std::vector<uint8_t> arcs_at_;  // number of arcs that begin at each symbol
  std::vector<Chunk> chunks_;
};

}  // namespace gamana::train
