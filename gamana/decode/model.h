#pragma once
// What decoding sees of a model: sources go into slots, rows of hypotheses advance one token at a time.
#include <cstdint>
#include <span>
#include <vector>

namespace gamana {

// One token of one hypothesis. The cache is an array of `cells` (one token's keys and values, or one recurrent state).
// A hypothesis is a list of cells: history[0..time-1] were written by earlier rows, `cell` is written by this row. Beams
// that share a past share cells; nothing is ever copied.
struct StepRow {
  int slot;                 // which source it translates
  int token;                // the token fed
  int time;                 // 0 for the start token
  int cell;                 // where this row writes
  const int32_t* history;   // [time] cells of the tokens before
  bool wants_logits;        // false for all but the last token of a forced prefix
};

class DecodeModel {
 public:
  virtual ~DecodeModel() = default;
  virtual int vocabulary_size() const = 0;  // logits per row
  virtual int start_token() const = 0;
  virtual int end_token() const = 0;
  virtual int max_positions() const = 0;    // longest hypothesis
  // Room for `slots` sources and `cells` cache cells. Called once before encode.
  virtual void reserve(int slots, int cells) = 0;
  // Encodes sources[i] (ids with the end token) into slots[i]; what the slot held before is forgotten.
  virtual void encode(std::span<const std::vector<int>> sources, std::span<const int> slots) = 0;
  // Advances the rows. Rows of one hypothesis (a forced prefix) may stand in one call in order of time; a later row's
  // history then names the cells of the earlier ones.
  virtual void step(std::span<const StepRow> rows) = 0;
  // Raw logits of vocabulary entries [begin, end) for the rows of the last step that want them, in their order:
  // logits[i * (end - begin) + (v - begin)]. `begin` is a multiple of 256. May be called by several threads at once with disjoint ranges, so that top-k
  // runs over each part while it is in cache.
  virtual void project(int begin, int end, float* logits) const = 0;
};

}  // namespace gamana
