#pragma once
// A model without weights whose state lives in the cells, so that a wrong cell, history, slot or time is noticed. The
// logits are those of tools/golden/decode.py, or (`whole_history`) depend on every token before.
#include <atomic>
#include <set>

#include <gtest/gtest.h>

#include "gamana/decode/model.h"

namespace gamana {

class ToyModel : public DecodeModel {
 public:
  static constexpr int kEnd = 0, kPad = 1, kStart = 2;

  explicit ToyModel(int vocabulary = 37, float spread = 5, bool whole_history = false, uint32_t seed = 0)
      : vocabulary_(vocabulary), spread_(spread), whole_history_(whole_history), seed_(seed) {}

  int vocabulary_size() const override { return vocabulary_; }
  int start_token() const override { return kStart; }
  int end_token() const override { return kEnd; }
  int max_positions() const override { return 64; }

  void reserve(int slots, int cells) override {
    sources_.assign(slots, -1);
    cells_.assign(cells, {});
  }
  void encode(std::span<const std::vector<int>> sources, std::span<const int> slots) override {
    ASSERT_EQ(sources.size(), slots.size());
    encoded.push_back(sources.size());
    for (size_t i = 0; i < slots.size(); ++i) sources_[slots[i]] = sources[i][0];
  }
  void step(std::span<const StepRow> rows) override {
    ++steps;
    rows_fed += rows.size();
    most_rows = std::max(most_rows, rows.size());
    keys_.clear();
    times_.clear();
    std::set<int> written;
    for (const StepRow& row : rows) {
      ASSERT_TRUE(written.insert(row.cell).second) << "two rows write cell " << row.cell;
      ASSERT_LT(row.cell, static_cast<int>(cells_.size()));
      ASSERT_GE(sources_[row.slot], 0);
      uint32_t all = mix(seed_ + 77u);
      for (int t = 0; t < row.time; ++t) {
        const Cell& cell = cells_[row.history[t]];
        ASSERT_EQ(cell.time, t);
        ASSERT_EQ(cell.source, sources_[row.slot]);
        all = mix(all ^ static_cast<uint32_t>(cell.token));
      }
      const int before = row.time > 0 ? cells_[row.history[row.time - 1]].token : 0;
      cells_[row.cell] = {sources_[row.slot], row.token, row.time};
      if (!row.wants_logits) continue;
      uint32_t key = mix(mix(mix(static_cast<uint32_t>(sources_[row.slot]) + 1 + seed_) ^ (before % 2)) ^ (row.token % 4));
      if (whole_history_) key = mix(key ^ mix(all ^ static_cast<uint32_t>(row.token)));
      keys_.push_back(key);
      times_.push_back(row.time);
    }
  }
  void project(int begin, int end, float* logits) const override {
    for (size_t i = 0; i < keys_.size(); ++i) {
      for (int v = begin; v < end; ++v) logits[i * (end - begin) + (v - begin)] = logit(i, v);
    }
  }

  size_t steps = 0, rows_fed = 0, most_rows = 0;
  std::vector<size_t> encoded;
  float pad_logit = 1;  // NaN and the like, for tests of broken models

 private:
  struct Cell {
    int source = -1, token = -1, time = -1;
  };
  static uint32_t mix(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7FEB352Du;
    x = (x ^ (x >> 15)) * 0x846CA68Bu;
    return x ^ (x >> 16);
  }
  float logit(size_t row, int v) const {
    const uint32_t candidate = keys_[row] ^ mix(static_cast<uint32_t>(v));
    const double uniform = (mix(candidate) >> 8) * 0x1.0p-24;
    const double by_time = (mix(candidate ^ mix(static_cast<uint32_t>(times_[row]) + 1000)) >> 8) * 0x1.0p-24;
    if (v == kEnd) return static_cast<float>(spread_ * (0.4 + 0.4 * uniform) + spread_ * 0.025 * times_[row]);
    if (v == kPad && pad_logit != 1) return pad_logit;
    return static_cast<float>(spread_ * (uniform + 0.05 * by_time));
  }

  int vocabulary_;
  double spread_;
  bool whole_history_;
  uint32_t seed_;
  std::vector<int> sources_;
  std::vector<Cell> cells_;
  std::vector<uint32_t> keys_;
  std::vector<int> times_;
};

// Sources 0..count-1, of different lengths.
inline std::vector<std::vector<int>> toy_sources(int count) {
  std::vector<std::vector<int>> sources(count);
  for (int s = 0; s < count; ++s) {
    sources[s].assign(1 + (s * 7) % 5, 3);
    sources[s][0] = s;
  }
  return sources;
}

}  // namespace gamana
