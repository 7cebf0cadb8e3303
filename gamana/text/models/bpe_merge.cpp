#include "gamana/text/models/bpe_merge.h"

#include <algorithm>

#include "gamana/base/rng.h"

namespace gamana {

float DropoutDraws::next() { return static_cast<float>(mix(key ^ mix(count++)) >> 40) * 0x1.0p-24f; }

void ShortMerge::start(std::span<const Symbol> symbols, const uint32_t* ranks) {
  size_ = symbols.size();
  previous_[0] = 0;
  for (size_t i = 0; i < size_; ++i) {
    symbols_[i] = symbols[i];
    keys_[i] = i + 1 < size_ ? key(ranks[i], i) : kNever;
    next_[i] = static_cast<uint8_t>(i + 1);
    previous_[i + 1] = static_cast<uint8_t>(i);
  }
}

bool ShortMerge::merge_next(const MergeTable& merges) {
  int32_t lowest = kNever;
  for (size_t i = 0; i < size_; ++i) lowest = std::min(lowest, keys_[i]);
  if (lowest == kNever) return false;
  const size_t at = lowest & 0xFF, right = next_[at], after = next_[right];
  const int32_t result = merges.result(static_cast<uint32_t>(lowest) >> 8);
  symbols_[at] = {result, symbols_[at].bytes + symbols_[right].bytes};
  keys_[right] = keys_[at] = kNever;
  next_[at] = static_cast<uint8_t>(after);
  previous_[after] = static_cast<uint8_t>(at);
  merged_ = at;
  if (at > 0) merges.prefetch(symbols_[previous_[at]].id, result);
  if (after < size_) merges.prefetch(result, symbols_[after].id);
  return true;
}

void ShortMerge::look_up(const MergeTable& merges) {
  const size_t at = merged_, after = next_[at], before = previous_[at];
  if (after < size_) keys_[at] = key(merges.rank(symbols_[at].id, symbols_[after].id), at);
  if (at > 0) keys_[before] = key(merges.rank(symbols_[before].id, symbols_[at].id), before);
}

void merge_together(const MergeTable& merges, std::span<ShortMerge> words) {
  std::array<ShortMerge*, kTogether> active;
  size_t left = words.size();
  for (size_t i = 0; i < left; ++i) active[i] = &words[i];
  while (left > 0) {
    size_t merged = 0;
    for (size_t i = 0; i < left; ++i)
      if (active[i]->merge_next(merges)) active[merged++] = active[i];
    left = merged;
    for (size_t i = 0; i < left; ++i) active[i]->look_up(merges);
  }
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
