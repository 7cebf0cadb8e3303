#pragma once
// The merges of a BPE model: a pair of ids to its rank, by open addressing on a hash of the pair. 8 bytes a slot keep a
// table of 50,000 merges within a second-level cache, and a look-up reads one line: words that were never seen cost little
// else than these reads.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "gamana/base/huge_pages.h"

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
    if (static_cast<uint64_t>(static_cast<uint32_t>(left) | static_cast<uint32_t>(right)) >> id_bits_ != 0) return kNone;
    const uint64_t pair = pair_of(left, right), hash = hash_of(pair), key = is_exact_ ? pair : hash;
    for (size_t at = hash >> shift_;; at = (at + 1) & mask_) {
      const uint64_t slot = slots_[at];
      if (slot == kEmpty) return kNone;
      if ((slot ^ key << rank_bits_) >> rank_bits_ != 0) continue;
      const uint32_t rank = static_cast<uint32_t>(slot & rank_mask_);
      if (!is_exact_ && (merges_[rank].left != left || merges_[rank].right != right)) continue;
      __builtin_prefetch(&results_[rank]);  // what is found is likely to be merged soon
      return rank;
    }
  }
  // Asks for what rank() of the pair will read.
  void prefetch(int32_t left, int32_t right) const { __builtin_prefetch(&slots_[hash_of(pair_of(left, right)) >> shift_]); }
  int32_t result(uint32_t rank) const { return results_[rank]; }
  const std::vector<Merge>& merges() const { return merges_; }

 private:
  static constexpr uint64_t kEmpty = ~uint64_t{0};

  uint64_t pair_of(int32_t left, int32_t right) const {
    return static_cast<uint64_t>(static_cast<uint32_t>(left)) << id_bits_ | static_cast<uint32_t>(right);
  }
  static uint64_t hash_of(uint64_t pair) {
    const uint64_t h = pair * 0x9E3779B97F4A7C15ull;
    return (h ^ h >> 32) * 0xC2B2AE3D27D4EB4Full;
  }

  // A slot is a rank in the lower bits, and above them the pair where there is room for it (is_exact_), else as many bits
  // of its hash.
  std::vector<uint64_t, HugePages<uint64_t>> slots_;
  std::vector<Merge> merges_;
  std::vector<int32_t, HugePages<int32_t>> results_;
  uint64_t rank_mask_;
  size_t mask_;
  int shift_, id_bits_, rank_bits_;
  bool is_exact_;
};

}  // namespace gamana
