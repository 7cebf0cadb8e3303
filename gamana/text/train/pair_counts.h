#pragma once
// Counts of adjacent pairs of symbols, by open addressing.
#include <cstdint>
#include <vector>

#include "gamana/text/train/bpe_words.h"

namespace gamana::train {

struct PairCount {
  uint64_t symbols;  // left << 32 | right
  int64_t count = 0;
  uint32_t waiting = kNone;  // the first of its lists of places, chained by PlaceList::next
};

class PairCounts {
 public:
  uint32_t find(uint32_t left, uint32_t right) {  // its index; a new pair has count 0
    if (pairs_.size() * 2 >= slots_.size()) grow();
    const uint64_t symbols = static_cast<uint64_t>(left) << 32 | right;
    uint64_t i = hash(symbols);
    for (; slots_[i] != kNone; i = (i + 1) & mask_)
      if (pairs_[slots_[i]].symbols == symbols) return slots_[i];
    slots_[i] = static_cast<uint32_t>(pairs_.size());
    pairs_.push_back({symbols});
    return slots_[i];
  }
  PairCount& operator[](uint32_t pair) { return pairs_[pair]; }
  size_t size() const { return pairs_.size(); }

 private:
  uint64_t hash(uint64_t symbols) const {
    const uint64_t h = symbols * 0x9E3779B97F4A7C15;
    return (h ^ h >> 32) & mask_;
  }
  void grow() {
    slots_.assign(slots_.empty() ? 1 << 12 : slots_.size() * 2, kNone);
    mask_ = slots_.size() - 1;
    for (size_t p = 0; p < pairs_.size(); ++p) {
      uint64_t i = hash(pairs_[p].symbols);
      while (slots_[i] != kNone) i = (i + 1) & mask_;
      slots_[i] = static_cast<uint32_t>(p);
    }
  }

  std::vector<PairCount> pairs_;
  std::vector<uint32_t> slots_;
  uint64_t mask_ = 0;
};

}  // namespace gamana::train
