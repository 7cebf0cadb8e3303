#pragma once
// The merges of words.
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "gamana/text/models/merge_table.h"

namespace gamana {

struct Symbol {
  int32_t id;
  uint32_t bytes;  // of the text
};

// What merging needs beside the symbols, kept between words.
struct MergeScratch {
  std::vector<uint32_t> ranks;  // of the pair that starts at each symbol but the last
  std::vector<uint32_t> previous, next;
  std::vector<uint64_t> queue, skipped;  // rank and place
};

// Uniform draws for dropout: a stream of its own for each state.
struct DropoutDraws {
  uint64_t key = 0, count = 0;
  float next();  // in [0, 1), of 24 bits
};

// The merges of a word of up to kShortWord symbols: the pair of lowest rank first, the leftmost of equal ones. Quadratic, but
// without any queue. Needs that merging always makes longer tokens, that no two tokens share an id, and at most kShortMerges
// merges.
constexpr size_t kShortWord = 40, kShortMerges = 1 << 23;
class ShortMerge {
 public:
  // `ranks`: of the pair that starts at each symbol but the last.
  void start(std::span<const Symbol> symbols, const uint32_t* ranks);
  // A merge has two steps, so that other words go on while the table's distant lines arrive. False: none is left.
  bool merge_next(const MergeTable& merges);
  void look_up(const MergeTable& merges);
  // visit(symbol) for what is left, in order.
  template <class Visit>
  void each(const Visit& visit) const {
    for (size_t at = 0; at < size_; at = next_[at]) visit(symbols_[at]);
  }

 private:
  // A pair waits as its rank and place in one number, so that the least number is the next pair.
  static constexpr int32_t kNever = INT32_MAX;
  static int32_t key(uint32_t rank, size_t at) {
    return rank == MergeTable::kNone ? kNever : static_cast<int32_t>(rank << 8 | at);
  }

  size_t size_ = 0, merged_ = 0;  // merged_: where the last merge was
  std::array<Symbol, kShortWord> symbols_;
  std::array<int32_t, kShortWord> keys_;
  std::array<uint8_t, kShortWord + 1> next_, previous_;
};

// All merges of all words, side by side: each waits for the table, and they wait together.
constexpr size_t kTogether = 8;  // words at most
void merge_together(const MergeTable& merges, std::span<ShortMerge> words);

// The merges of any word with a queue, n log n for any word, as `tokenizers` does it (models/bpe/word.rs): a pair that waits for its
// turn is taken if what stands there by then still becomes the same token. With dropout each that comes to its turn is
// passed over at random and waits until another was taken (Provilkov et al. 2020).
void merge_queued(const MergeTable& merges, float dropout, DropoutDraws& draws, std::vector<Symbol>& symbols,
                  MergeScratch& scratch);

}  // namespace gamana
