#include "gamana/text/models/merge_table.h"

#include <algorithm>

namespace gamana {

MergeTable::MergeTable(const std::vector<Merge>& merges) : slots_(merges.size() + merges.size() * 2 / 3 + 4) {
  constexpr size_t kAhead = 16;
  results_.reserve(merges.size());
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    if (rank + kAhead < merges.size()) {
      const Merge& next = merges[rank + kAhead];
      __builtin_prefetch(&slots_[first_slot(next.left, next.right)], 1);
    }
    const auto [left, right, result] = merges[rank];
    size_t at = first_slot(left, right);
    while (slots_[at].rank != kNone && !(slots_[at].left == left && slots_[at].right == right))
      at = at + 1 == slots_.size() ? 0 : at + 1;
    slots_[at] = {left, right, static_cast<uint32_t>(rank)};
    results_.push_back(result);
  }
}

std::vector<std::pair<int32_t, int32_t>> MergeTable::pairs() const {
  std::vector<Slot> used;
  for (const Slot& slot : slots_)
    if (slot.rank != kNone) used.push_back(slot);
  std::sort(used.begin(), used.end(), [](const Slot& a, const Slot& b) { return a.rank < b.rank; });
  std::vector<std::pair<int32_t, int32_t>> out;
  for (const Slot& slot : used) out.emplace_back(slot.left, slot.right);
  return out;
}

}  // namespace gamana
