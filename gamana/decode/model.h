#pragma once
// What decoding sees of a model: rows of hypotheses advance one token at a time; a model that has an encoder gets sources
// into slots before.
#include <cstdint>
#include <span>
#include <vector>

namespace gamana {

// One token of one hypothesis. The cache is an array of `cells` (one token's keys and values, or one recurrent state).
// A hypothesis is a list of cells: history[0..time-1] were written by earlier rows, `cell` is written by this row. Beams
// that share a past share cells, and so do prompts of a model without sources; nothing is ever copied.
struct StepRow {
  int slot;                 // which source it translates
  int token;                // the token fed
  int time;                 // position: 0 for the start token, or the first one of a prompt
  int cell;                 // where this row writes
  const int32_t* history;   // [time] cells of the tokens before
  bool wants_logits;        // false for all but the last token of a prompt
  bool prompt = false;      // of a prompt: how it was cut into steps must not show in the results
  const int32_t* places = nullptr;  // [cells] of the cache, for DecodeModel::window()
};

constexpr int kLogitGroup = 32;  // entries of the vocabulary that DecodeModel::bound_logits tells of together

class DecodeModel {
 public:
  virtual ~DecodeModel() = default;
  virtual int vocabulary_size() const = 0;  // logits per row
  virtual int start_token() const = 0;      // -1: none. The model has no sources, outputs go on from prompts
  virtual int end_token() const = 0;        // -1: none
  virtual int max_positions() const = 0;    // longest hypothesis
  virtual int64_t bytes_per_cell() const { return 0; }  // of the cache; 0: not told
  // Layers that see so many tokens before a row at most keep no more of them: what they know of a cell stands in place
  // places[cell] of a smaller cache, and places of cells that lie further back are used again. 0: there are none.
  virtual int window() const { return 0; }
  virtual int64_t bytes_per_place() const { return 0; }
  // Room for `slots` sources, `cells` cache cells and `places` of the window. What was there is forgotten.
  virtual void reserve(int slots, int cells, int places) = 0;
  // Encodes sources[i] (ids with the end token) into slots[i]; what the slot held before is forgotten. Never called where
  // there is no start token.
  virtual void encode(std::span<const std::vector<int>> sources, std::span<const int> slots) = 0;
  // Advances the rows. Rows of one hypothesis (its prompt) may stand in one call in order of time; a later row's history,
  // also that of another hypothesis which begins alike, then names the cells of the earlier ones.
  virtual void step(std::span<const StepRow> rows) = 0;
  // Raw logits of vocabulary entries [begin, end) for the rows of the last step that want them, in their order:
  // logits[i * (end - begin) + (v - begin)]. `begin` is a multiple of kLogitGroup. May be called by several threads at once with
  // disjoint ranges, so that top-k runs over each part while it is in cache.
  virtual void project(int begin, int end, float* logits) const = 0;
  // Between what numbers the largest logit of each group of entries lies, for the same rows: low[group * rows + i], high[...].
  // Where a logit is no finite number, neither is its group's `high`. False: the model cannot tell for less than the logits themselves cost.
  virtual bool bound_logits(std::span<float> /*low*/, std::span<float> /*high*/) { return false; }
  // Is there already what bound_logits prepares at its first call?
  virtual bool can_bound_at_once() const { return false; }
};

}  // namespace gamana
