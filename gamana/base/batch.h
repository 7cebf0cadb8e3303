#pragma once
// Ragged batches: all tokens of all sequences one after the other, and where each sequence begins. No padding.
#include <cstdint>
#include <vector>

namespace gamana {

struct Batch {
  std::vector<int32_t> tokens;        // [N]
  std::vector<int32_t> positions;     // [N] place in its sequence, from 0
  std::vector<int32_t> segments;      // [N] which text of a pair
  std::vector<int32_t> offsets{0};    // [S + 1] sequence s owns rows [offsets[s], offsets[s+1])

  int64_t rows() const { return static_cast<int64_t>(tokens.size()); }
  int64_t sequences() const { return static_cast<int64_t>(offsets.size()) - 1; }

  void append(const int32_t* ids, int64_t count, const int32_t* segment = nullptr) {
    for (int64_t i = 0; i < count; ++i) {
      tokens.push_back(ids[i]), positions.push_back(static_cast<int32_t>(i));
      segments.push_back(segment ? segment[i] : 0);
    }
    offsets.push_back(static_cast<int32_t>(tokens.size()));
  }
};

// Sources with what they are to become. The decoder is fed `input` (the start token, then the target) and has to answer
// `labels` (the target, then the end token); both have target.offsets.
struct PairBatch {
  Batch source;
  Batch target;                 // decoder inputs
  std::vector<int32_t> labels;  // [target.rows()]
};

}  // namespace gamana
