#pragma once
// The merges of a BPE model: a pair of ids to its rank, by open addressing on the packed pair. 12 bytes a slot keep a table of
// 50,000 merges within a second-level cache.
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace gamana {

class MergeTable {
 public:
  static constexpr uint32_t kNone = 0xFFFFFFFFu;

  struct Merge {
    int32_t left, right, result;
  };

  // Ranks are indices. Of a pair that comes twice the last rank counts.
  explicit MergeTable(const std::vector<Merge>& merges);

  uint32_t rank(int32_t left, int32_t right) const {
    for (size_t at = first_slot(left, right);; at = at + 1 == slots_.size() ? 0 : at + 1) {
      const Slot& slot = slots_[at];
      if ((slot.left == left && slot.right == right) || slot.rank == kNone) return slot.rank;
    }
  }
  int32_t result(uint32_t rank) const { return results_[rank]; }

  // The pairs that count, by rank.
  std::vector<std::pair<int32_t, int32_t>> pairs() const;

 private:
  struct Slot {
    int32_t left = -1, right = -1;
    uint32_t rank = kNone;
  };

  // A product's upper half as a fraction of the table (Lemire 2019, "Fast random integer generation", section 3).
  size_t first_slot(int32_t left, int32_t right) const {
    const uint64_t pair = static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
    return ((pair * 0x9E3779B97F4A7C15ull >> 32) * slots_.size()) >> 32;
  }

  std::vector<Slot> slots_;
  std::vector<int32_t> results_;
};

}  // namespace gamana
