#pragma once
// How often each word (pre-token) occurs in a text: what vocabularies are trained from.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace gamana {

// Distinct words with their counts, in the order in which they were first added. The bytes of words lie in blocks that
// never move.
class WordCounts {
 public:
  void add(std::string_view word, int64_t count = 1) { add(word, hash(word), count); }
  void add(const WordCounts& other);

  size_t size() const { return entries_.size(); }
  std::string_view word(size_t i) const { return {entries_[i].data, entries_[i].bytes}; }
  int64_t count(size_t i) const { return entries_[i].count; }
  int64_t total() const;  // sum of all counts
  size_t memory() const;  // bytes held

 private:
  struct Entry {
    const char* data;
    uint32_t bytes, hash;
    int64_t count;
  };
  struct Slot {
    uint32_t hash, entry;  // entry: index + 1, 0 where free
  };

  static uint32_t hash(std::string_view word);
  void add(std::string_view word, uint32_t hash, int64_t count);
  void grow();
  const char* keep(std::string_view word);

  std::vector<Entry> entries_;
  std::vector<Slot> slots_;  // open addressing, a power of two
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;  // the rest of the last block
  size_t free_bytes_ = 0, block_bytes_ = 0;
};

// Calls `emit` for each word of a text. Several threads call it at once.
using EmitWord = std::function<void(std::string_view word)>;
using SplitText = std::function<void(std::string_view text, const EmitWord& emit)>;

// Counts the words of many texts in parallel. The result depends on the texts and the calls of add, not on threads.
class WordCounter {
 public:
  // `max_memory`: bytes that the counts may take, 0 for no bound.
  explicit WordCounter(SplitText split, size_t max_memory = 0);

  // Throws Error if the counts have outgrown max_memory, and whatever `split` throws.
  void add(std::span<const std::string_view> texts);
  // Counts of all texts; the counter is empty afterwards.
  WordCounts finish();

 private:
  void check_memory() const;

  SplitText split_;
  size_t max_memory_;
  // Chunks of texts take turns; each lane is counted by one thread at a time.
  std::vector<WordCounts> lanes_;
  size_t chunks_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace gamana
