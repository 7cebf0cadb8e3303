#include "gamana/text/models/merge_table.h"

#include <algorithm>
#include <bit>

namespace gamana {

MergeTable::MergeTable(std::vector<Merge> merges) : merges_(std::move(merges)) {
  constexpr size_t kAhead = 16;
  const size_t slots = std::bit_ceil(std::max<size_t>(merges_.size() * 7 / 4, 16));
  slots_.assign(slots, kEmpty);
  mask_ = slots - 1;
  shift_ = 64 - std::countr_zero(slots);
  results_.reserve(merges_.size());
  uint32_t ids = 0;
  for (const auto [left, right, result] : merges_) {
    ids |= static_cast<uint32_t>(left) | static_cast<uint32_t>(right);
    results_.push_back(result);
  }
  rank_bits_ = std::bit_width(merges_.size());  // the highest rank is not all ones, so that no slot is kEmpty
  rank_mask_ = (uint64_t{1} << rank_bits_) - 1;
  is_exact_ = 2 * std::bit_width(ids) + rank_bits_ <= 64;
  id_bits_ = is_exact_ ? std::bit_width(ids) : 32;
  for (size_t rank = 0; rank < merges_.size(); ++rank) {
    if (rank + kAhead < merges_.size()) {
      const Merge& next = merges_[rank + kAhead];
      __builtin_prefetch(&slots_[hash_of(pair_of(next.left, next.right)) >> shift_], 1);
    }
    const auto [left, right, result] = merges_[rank];
    const uint64_t pair = pair_of(left, right), hash = hash_of(pair);
    size_t at = hash >> shift_;
    for (; slots_[at] != kEmpty; at = (at + 1) & mask_) {
      Merge& other = merges_[slots_[at] & rank_mask_];
      if (other.left != left || other.right != right) continue;
      other.left = -1;
      break;
    }
    slots_[at] = (is_exact_ ? pair : hash) << rank_bits_ | rank;
  }
}

}  // namespace gamana
