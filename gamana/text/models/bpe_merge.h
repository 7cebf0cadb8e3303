#pragma once
// The merges of one word.
#include <cstdint>
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

// The pair of lowest rank is merged first, the leftmost of equal ones. `scratch.ranks` has to be filled. For words of
// up to kShortWord symbols: quadratic, but without any queue. Needs that merging always makes longer tokens, that no
// two tokens share an id, and at most kShortMerges merges.
constexpr size_t kShortWord = 40, kShortMerges = 1 << 23;
void merge_short(const MergeTable& merges, std::vector<Symbol>& symbols, MergeScratch& scratch);

// The same with a queue, n log n for any word, as `tokenizers` does it (models/bpe/word.rs): a pair that waits for its
// turn is taken if what stands there by then still becomes the same token. With dropout each that comes to its turn is
// passed over at random and waits until another was taken (Provilkov et al. 2020).
void merge_queued(const MergeTable& merges, float dropout, DropoutDraws& draws, std::vector<Symbol>& symbols,
                  MergeScratch& scratch);

}  // namespace gamana
