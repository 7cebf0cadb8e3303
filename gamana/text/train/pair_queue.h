#pragma once
// Pairs of symbols that wait to be merged, the most frequent first.
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace gamana::train {

// Places of a pair that were found at one time, with the count the pair had then.
struct WaitingPair {
  int64_t count;
  uint64_t symbols;  // left << 32 | right
  uint32_t pair;     // index of PairCounts
  uint32_t places;   // index of the list of places
};

// The highest count first, of equal ones the lowest symbols. Most pairs are rare: up to kBuckets counts have a heap
// each, which is put in order only when its turn comes.
class PairQueue {
 public:
  void push(const WaitingPair& pair) {
    if (pair.count >= kBuckets) {
      frequent_.push_back(pair);
      std::push_heap(frequent_.begin(), frequent_.end(), later);
      return;
    }
    const int count = static_cast<int>(pair.count);
    Bucket& bucket = rare_[count];
    bucket.pairs.push_back(pair);
    if (bucket.ordered) std::push_heap(bucket.pairs.begin(), bucket.pairs.end(), later);
    highest_ = std::max(highest_, count);
  }

  bool pop(WaitingPair& out) {
    if (!frequent_.empty()) return take(frequent_, out);
    while (highest_ > 0 && rare_[highest_].pairs.empty()) --highest_;
    Bucket& bucket = rare_[highest_];
    if (bucket.pairs.empty()) return false;
    if (!bucket.ordered) std::make_heap(bucket.pairs.begin(), bucket.pairs.end(), later), bucket.ordered = true;
    return take(bucket.pairs, out);
  }

 private:
  static constexpr int kBuckets = 1024;
  struct Bucket {
    std::vector<WaitingPair> pairs;
    bool ordered = false;
  };

  static bool later(const WaitingPair& a, const WaitingPair& b) {
    return a.count != b.count ? a.count < b.count : a.symbols > b.symbols;
  }
  static bool take(std::vector<WaitingPair>& heap, WaitingPair& out) {
    std::pop_heap(heap.begin(), heap.end(), later);
    out = heap.back();
    heap.pop_back();
    return true;
  }

  std::vector<WaitingPair> frequent_;
  std::array<Bucket, kBuckets> rare_;
  int highest_ = 0;
};

}  // namespace gamana::train
