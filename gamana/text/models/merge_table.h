#pragma once
// The merges of a BPE model: a pair of ids to its rank, by open addressing on a hash of the pair. 8 bytes a slot keep a
// table of 50,000 merges within a second-level cache.
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gamana {

class MergeTable {
 public:
  static constexpr uint32_t kNone = 0xFFFFFFFFu;

  struct Merge {
    int32_t left, right, result;  // left is -1 where the same pair comes again later
  };

  // Ranks are indices. Of a pair that comes twice the last rank counts.
  explicit MergeTable(std::vector<Merge> merges);

  uint32_t rank(int32_t left, int32_t right) const {
    const uint64_t hash = hash_of(left, right);
    for (size_t at = hash >> shift_;; at = (at + 1) & mask_) {
      const Slot slot = slots_[at];
      if (slot.rank == kNone) return kNone;
      if (slot.tag != static_cast<uint32_t>(hash)) continue;
      if (const Merge& merge = merges_[slot.rank]; merge.left == left && merge.right == right) return slot.rank;
    }
  }
  int32_t result(uint32_t rank) const { return merges_[rank].result; }
  const std::vector<Merge>& merges() const { return merges_; }

 private:
  struct Slot {
    uint32_t tag = 0, rank = kNone;
  };

  static uint64_t hash_of(int32_t left, int32_t right) {
    const uint64_t pair = static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
    const uint64_t h = pair * 0x9E3779B97F4A7C15ull;
    return (h ^ h >> 32) * 0xC2B2AE3D27D4EB4Full;
  }

  std::vector<Slot> slots_;
  std::vector<Merge> merges_;
  size_t mask_;
  int shift_;
};

}  // namespace gamana
