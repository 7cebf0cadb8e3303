#pragma once
// Small tables by character.
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gamana {

// Character to id, in pages of 256: two reads, no search.
class CodePointMap {
 public:
  CodePointMap() : page_(0x1100, 0), ids_(256, -1) {}

  int32_t find(char32_t c) const { return ids_[page_[c >> 8] << 8 | (c & 0xFF)]; }
  void set(char32_t c, int32_t id) {
    uint32_t& page = page_[c >> 8];
    if (page == 0) {
      page = static_cast<uint32_t>(ids_.size() >> 8);
      ids_.resize(ids_.size() + 256, -1);
    }
    ids_[page << 8 | (c & 0xFF)] = id;
  }

 private:
  std::vector<uint32_t> page_;  // page 0 is empty
  std::vector<int32_t> ids_;
};

// A set of pairs of characters that may hold pairs that were never added (Bloom 1970, with one hash).
class CodePointPairs {
 public:
  explicit CodePointPairs(size_t expected) {
    int bits = 16;
    while (bits < 24 && (size_t{1} << bits) < 16 * expected) ++bits;
    shift_ = 64 - bits;
    words_.resize(size_t{1} << (bits - 6));
  }
  void add(char32_t left, char32_t right) {
    const uint64_t bit = bit_of(left, right);
    words_[bit >> 6] |= uint64_t{1} << (bit & 63);
  }
  bool may_have(char32_t left, char32_t right) const {
    const uint64_t bit = bit_of(left, right);
    return words_[bit >> 6] >> (bit & 63) & 1;
  }

 private:
  uint64_t bit_of(char32_t left, char32_t right) const {
    return (static_cast<uint64_t>(left) << 32 | right) * 0x9E3779B97F4A7C15ull >> shift_;
  }

  std::vector<uint64_t> words_;
  int shift_;
};

}  // namespace gamana
