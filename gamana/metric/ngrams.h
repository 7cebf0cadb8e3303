#pragma once
// Counting n-grams of small integers (words or characters), exactly.
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gamana::metric {

// Numbers words from 0 in the order they are first seen.
class WordIds {
 public:
  uint32_t operator()(std::string_view word);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view word) const { return std::hash<std::string_view>{}(word); }
  };
  std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>> ids_;
};

struct NgramCount {
  int64_t hypothesis = 0, reference = 0, match = 0;  // `reference`: of all references together
};

// Keeps its memory from one sentence to the next.
class NgramMatcher {
 public:
  // Fills counts[n - 1] for n-grams of n items. An n-gram of the hypothesis matches as often as it stands in the
  // reference that has most of it (the modified precision of Papineni et al. 2002, section 2.1.1).
  void match(std::span<const uint32_t> hypothesis, std::span<const std::vector<uint32_t>> references,
             std::span<NgramCount> counts);

 private:
  struct Slot {
    uint64_t key = 0;
    uint32_t id = 0, round = 0;  // empty unless of this round
  };
  void begin_round(size_t ngrams);
  uint32_t id_of(uint32_t prefix, uint32_t item);

  std::vector<Slot> slots_;                         // open addressing, at most half full
  uint32_t round_ = 0;                              // one for every order of every sentence
  std::vector<uint32_t> limit_, seen_;              // [ids of this round]
  std::vector<std::vector<uint32_t>> prefixes_;     // [sequences][positions] id of the n-gram that starts there
};

}  // namespace gamana::metric
