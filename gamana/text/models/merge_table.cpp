#include "gamana/text/models/merge_table.h"

#include <algorithm>
#include <bit>

namespace gamana {

MergeTable::MergeTable(std::vector<Merge> merges) : merges_(std::move(merges)) {
  constexpr size_t kAhead = 16;
  const size_t slots = std::bit_ceil(std::max<size_t>(merges_.size() * 7 / 4, 16));
  slots_.resize(slots);
  mask_ = slots - 1;
  shift_ = 64 - std::countr_zero(slots);
  for (size_t rank = 0; rank < merges_.size(); ++rank) {
    if (rank + kAhead < merges_.size()) {
      const Merge& next = merges_[rank + kAhead];
      __builtin_prefetch(&slots_[hash_of(next.left, next.right) >> shift_], 1);
    }
    const auto [left, right, result] = merges_[rank];
    const uint64_t hash = hash_of(left, right);
    size_t at = hash >> shift_;
    for (; slots_[at].rank != kNone; at = (at + 1) & mask_) {
      Merge& other = merges_[slots_[at].rank];
      if (slots_[at].tag != static_cast<uint32_t>(hash) || other.left != left || other.right != right) continue;
      other.left = -1;
      break;
    }
    slots_[at] = {static_cast<uint32_t>(hash), static_cast<uint32_t>(rank)};
  }
}

}  // namespace gamana
