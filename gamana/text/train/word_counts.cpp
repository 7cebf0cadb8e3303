#include "gamana/text/train/word_counts.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"

namespace gamana {
namespace {

constexpr size_t kBlock = 1 << 16, kLargestBlock = 1 << 22;  // blocks double in size
constexpr size_t kLanes = 16;
constexpr size_t kChunk = 1 << 16;  // bytes of text that are counted at once

uint64_t fold(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t load(const char* at, size_t bytes) {
  uint64_t value = 0;
  std::memcpy(&value, at, bytes);
  return value;
}

}  // namespace

// Multiplication to 128 bits, folded, of eight bytes at a time.
uint32_t WordCounts::hash(std::string_view word) {
  constexpr uint64_t k0 = 0x9E3779B97F4A7C15, k1 = 0xC2B2AE3D27D4EB4F;
  uint64_t h = word.size() * k1;
  const char* at = word.data();
  size_t left = word.size();
  for (; left > 8; left -= 8, at += 8) h = fold(h ^ load(at, 8), k0);
  return static_cast<uint32_t>(fold(h ^ load(at, left), k0) >> 16);
}

void WordCounts::add(std::string_view word, uint32_t hash, int64_t count) {
  if (entries_.size() * 2 >= slots_.size()) grow();
  const size_t mask = slots_.size() - 1;
  size_t i = hash & mask;
  for (; slots_[i].entry != 0; i = (i + 1) & mask) {
    if (slots_[i].hash != hash) continue;
    Entry& entry = entries_[slots_[i].entry - 1];
    if (entry.bytes == word.size() && std::memcmp(entry.data, word.data(), word.size()) == 0) {
      entry.count += count;
      return;
    }
  }
  constexpr size_t kMost = std::numeric_limits<uint32_t>::max();
  if (word.size() > kMost || entries_.size() + 1 >= kMost)
    fail("words of a training text: expected at most {} distinct ones of at most as many bytes", kMost - 1);
  entries_.push_back({keep(word), static_cast<uint32_t>(word.size()), hash, count});
  slots_[i] = {hash, static_cast<uint32_t>(entries_.size())};
}

void WordCounts::add(const WordCounts& other) {
  for (const Entry& e : other.entries_) add({e.data, e.bytes}, e.hash, e.count);
}

void WordCounts::grow() {
  slots_.assign(std::max<size_t>(64, slots_.size() * 2), Slot{0, 0});
  const size_t mask = slots_.size() - 1;
  for (size_t e = 0; e < entries_.size(); ++e) {
    size_t i = entries_[e].hash & mask;
    while (slots_[i].entry != 0) i = (i + 1) & mask;
    slots_[i] = {entries_[e].hash, static_cast<uint32_t>(e + 1)};
  }
}

const char* WordCounts::keep(std::string_view word) {
  if (word.size() > free_bytes_) {
    const size_t doubled = std::min(kLargestBlock, kBlock << std::min<size_t>(blocks_.size(), 10));
    free_bytes_ = std::max(doubled, word.size());
    block_bytes_ += free_bytes_;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(free_bytes_));
    free_ = blocks_.back().get();
  }
  char* const at = free_;
  std::memcpy(at, word.data(), word.size());
  free_ += word.size(), free_bytes_ -= word.size();
  return at;
}

int64_t WordCounts::total() const {
  int64_t sum = 0;
  for (const Entry& e : entries_) sum += e.count;
  return sum;
}

size_t WordCounts::memory() const {
  return block_bytes_ + entries_.capacity() * sizeof(Entry) + slots_.capacity() * sizeof(Slot);
}

WordCounter::WordCounter(SplitText split, size_t max_memory)
    : split_(std::move(split)), max_memory_(max_memory), lanes_(kLanes) {}

void WordCounter::add(std::span<const std::string_view> texts) {
  std::vector<std::span<const std::string_view>> chunks;
  for (size_t begin = 0, end = 0; begin < texts.size(); begin = end) {
    for (size_t bytes = 0; end < texts.size() && bytes < kChunk; ++end)
      bytes += texts[end].size() + 1, bytes_ += texts[end].size();
    chunks.push_back(texts.subspan(begin, end - begin));
  }
  const size_t first = chunks_;  // lane of chunk c: (first + c) % kLanes
  parallel_for(static_cast<int64_t>(std::min(kLanes, chunks.size())), 1, [&](int64_t begin, int64_t end) {
    for (size_t c = static_cast<size_t>(begin); c < static_cast<size_t>(end); ++c) {
      WordCounts& lane = lanes_[(first + c) % kLanes];
      const EmitWord emit = [&lane](std::string_view word) { lane.add(word); };
      for (size_t k = c; k < chunks.size(); k += kLanes)
        for (std::string_view text : chunks[k]) split_(text, emit);
    }
  });
  chunks_ += chunks.size();
  check_memory();
}

void WordCounter::check_memory() const {
  if (max_memory_ == 0) return;
  size_t memory = 0, words = 0;
  for (const WordCounts& lane : lanes_) memory += lane.memory(), words += lane.size();
  if (memory <= max_memory_) return;
  throw Error(
      fmt::format("counting words: expected at most {} bytes of memory, found {} for {} words after {} bytes of text",
                  max_memory_, memory, words, bytes_),
      "raise the bound, take less text, or a pre-tokenizer that cuts into shorter words");
}

WordCounts WordCounter::finish() {
  WordCounts counts = std::move(lanes_[0]);
  for (size_t i = 1; i < kLanes; ++i) {
    counts.add(lanes_[i]);
    lanes_[i] = {};
  }
  check_memory();
  lanes_[0] = {};
  chunks_ = 0, bytes_ = 0;
  return counts;
}

}  // namespace gamana
