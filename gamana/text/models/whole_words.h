#pragma once
// Words of up to 16 bytes that are one token, known before any is seen.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "gamana/text/models/hash.h"

namespace gamana {

// A word of up to 16 bytes, the rest zero, and its hash.
struct ShortWord {
  uint64_t low, high, hash;
  ShortWord() = default;
  ShortWord(uint64_t low, uint64_t high) : low(low), high(high), hash(hash_pair(low, high)) {}
  explicit ShortWord(std::string_view word)
      : ShortWord(load_up_to64(word.data(), word.size()),
                  word.size() > 8 ? load_up_to64(word.data() + 8, word.size() - 8) : 0) {}
};

class WholeWords {
 public:
  explicit WholeWords(size_t expected = 0);
  void add(std::string_view word,
           int32_t id);  // at most `expected` times, each word once, longer than 16 bytes: nothing

  // Asks for what find() will read first.
  void prefetch(const ShortWord& word) const { __builtin_prefetch(&slots_[word.hash >> shift_]); }
  // The id, or -1.
  int32_t find(const ShortWord& word, size_t bytes) const {
    for (size_t at = word.hash >> shift_;; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at] == 0) return -1;
      const Entry& entry = entries_[slots_[at] - 1];
      if (entry.low == word.low && entry.high == word.high && entry.bytes == bytes) return entry.id;
    }
  }

 private:
  struct Entry {
    uint64_t low, high;
    int32_t id;
    uint32_t bytes;
  };
  std::vector<uint32_t> slots_;  // indices, counted from 1
  std::vector<Entry> entries_;
  int shift_;
};

}  // namespace gamana
