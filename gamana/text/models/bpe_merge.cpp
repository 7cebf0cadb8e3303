#include "gamana/text/models/bpe_merge.h"

#include <algorithm>

#include "gamana/base/rng.h"

namespace gamana {

float DropoutDraws::next() { return static_cast<float>(mix(key ^ mix(count++)) >> 40) * 0x1.0p-24f; }

// A pair waits as its rank and place in one number, so that the least number is the next pair. Symbols keep their
// places.
void merge_short(const MergeTable& merges, std::vector<Symbol>& symbols, MergeScratch& scratch) {
  constexpr int32_t kNever = INT32_MAX;
  int32_t keys[kShortWord + 1];
  uint8_t next[kShortWord + 1], previous[kShortWord + 1];
  const size_t n = symbols.size();
  Symbol* symbol = symbols.data();
  const auto key = [](uint32_t rank, size_t at) {
    return rank == MergeTable::kNone ? kNever : static_cast<int32_t>(rank << 8 | at);
  };
  for (size_t i = 0; i < n; ++i) {
    keys[i] = i + 1 < n ? key(scratch.ranks[i], i) : kNever;
    next[i] = static_cast<uint8_t>(i + 1);
    previous[i + 1] = static_cast<uint8_t>(i);
  }
  while (true) {
    int32_t lowest = kNever;
    for (size_t i = 0; i + 1 < n; ++i) lowest = std::min(lowest, keys[i]);
    if (lowest == kNever) break;
    const size_t at = lowest & 0xFF, right = next[at], after = next[right];
    symbol[at].id = merges.result(static_cast<uint32_t>(lowest) >> 8);
    symbol[at].bytes += symbol[right].bytes;
    symbol[right].bytes = 0;
    keys[right] = kNever;
    next[at] = static_cast<uint8_t>(after);
    keys[at] = kNever;
    if (at > 0) merges.prefetch(symbol[previous[at]].id, symbol[at].id);
    if (after < n) {
      previous[after] = static_cast<uint8_t>(at);
      keys[at] = key(merges.rank(symbol[at].id, symbol[after].id), at);
    }
    if (at > 0) keys[previous[at]] = key(merges.rank(symbol[previous[at]].id, symbol[at].id), previous[at]);
  }
  std::erase_if(symbols, [](const Symbol& symbol) { return symbol.bytes == 0; });
}

namespace {

constexpr uint32_t kEnd = 0xFFFFFFFFu;

// The lowest first: a heap of four branches, so that the children of a place share a line of the cache.
class Queue {
 public:
  explicit Queue(std::vector<uint64_t>& memory) : heap_(memory) {
    for (size_t at = heap_.size() / 4 + 1; at-- > 0;)
      if (at < heap_.size()) sink(at, heap_[at]);
  }
  bool empty() const { return heap_.empty(); }
  void push(uint32_t rank, size_t at) { push(static_cast<uint64_t>(rank) << 32 | at); }
  void push(uint64_t item) {
    size_t at = heap_.size();
    heap_.push_back(item);
    for (; at > 0 && item < heap_[(at - 1) / 4]; at = (at - 1) / 4) heap_[at] = heap_[(at - 1) / 4];
    heap_[at] = item;
  }
  uint64_t pop() {
    const uint64_t item = heap_.front(), last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sink(0, last);
    return item;
  }

 private:
  void sink(size_t at, uint64_t item) {
    uint64_t* heap = heap_.data();
    const size_t n = heap_.size();
    for (size_t child; (child = 4 * at + 1) < n; at = child) {
      for (size_t other = child + 1, end = std::min(child + 4, n); other < end; ++other)
        if (heap[other] < heap[child]) child = other;
      if (heap[child] >= item) break;
      heap[at] = heap[child];
    }
    heap[at] = item;
  }

  std::vector<uint64_t>& heap_;
};

void fill(const std::vector<Symbol>& symbols, MergeScratch& scratch) {
  const size_t n = symbols.size();
  scratch.previous.resize(n);
  scratch.next.resize(n);
  scratch.queue.clear();
  scratch.skipped.clear();
  for (size_t i = 0; i < n; ++i) {
    scratch.previous[i] = i == 0 ? kEnd : static_cast<uint32_t>(i - 1);
    scratch.next[i] = i + 1 == n ? kEnd : static_cast<uint32_t>(i + 1);
    if (i + 1 < n && scratch.ranks[i] != MergeTable::kNone)
      scratch.queue.push_back(static_cast<uint64_t>(scratch.ranks[i]) << 32 | i);
  }
}

}  // namespace

void merge_queued(const MergeTable& merges, float dropout, DropoutDraws& draws, std::vector<Symbol>& symbols,
                  MergeScratch& scratch) {
  fill(symbols, scratch);
  Queue queue(scratch.queue);
  auto& [ranks, previous, next, memory, skipped] = scratch;
  while (!queue.empty()) {
    const uint64_t item = queue.pop();
    if (dropout > 0 && draws.next() < dropout) {
      skipped.push_back(item);
      continue;
    }
    for (const uint64_t other : skipped) queue.push(other);
    skipped.clear();
    const uint32_t at = static_cast<uint32_t>(item), right = next[at];
    if (symbols[at].bytes == 0 || right == kEnd) continue;
    const int32_t result = merges.result(static_cast<uint32_t>(item >> 32));
    const uint32_t now = merges.rank(symbols[at].id, symbols[right].id);
    if (now == MergeTable::kNone || merges.result(now) != result) continue;

    symbols[at] = {result, symbols[at].bytes + symbols[right].bytes};
    symbols[right].bytes = 0;
    next[at] = next[right];
    if (next[at] != kEnd) previous[next[at]] = at;
    if (const uint32_t left = previous[at]; left != kEnd)
      if (const uint32_t rank = merges.rank(symbols[left].id, result); rank != MergeTable::kNone)
        queue.push(rank, left);
    if (next[at] != kEnd)
      if (const uint32_t rank = merges.rank(result, symbols[next[at]].id); rank != MergeTable::kNone)
        queue.push(rank, at);
  }
  std::erase_if(symbols, [](const Symbol& symbol) { return symbol.bytes == 0; });
}

}  // namespace gamana
