#pragma once
// A model without weights whose state lives in the cells, so that a wrong cell, history, slot or time is noticed. The
// logits are those of tools/golden/decode.py, or (`whole_history`) depend on every token before.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "gamana/base/parallel.h"
#include "gamana/decode/model.h"

namespace gamana {

class ToyModel : public DecodeModel {
 public:
  static constexpr int kEnd = 0, kPad = 1, kStart = 2;

  // Its steps are so short that threads would only wait for each other.
  explicit ToyModel(int vocabulary = 37, float spread = 5, bool whole_history = false, uint32_t seed = 0)
      : vocabulary_(vocabulary), spread_(spread), whole_history_(whole_history), seed_(seed) {
    set_threads(1);
  }

  int vocabulary_size() const override { return vocabulary_; }
  int start_token() const override { return prompts_only ? -1 : kStart; }
  int end_token() const override { return kEnd; }
  int max_positions() const override { return positions; }
  int64_t bytes_per_cell() const override { return 1000; }

  int window() const override { return near; }
  int64_t bytes_per_place() const override { return 100; }

  void reserve(int slots, int cells, int places) override {
    sources_.assign(slots, prompts_only ? 0 : -1);
    cells_.assign(cells, {});
    places_.assign(places, {});
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
    check_window(rows);
    for (const StepRow& row : rows) {
      ASSERT_TRUE(written.insert(row.cell).second) << "two rows write cell " << row.cell;
      ASSERT_LT(row.cell, static_cast<int>(cells_.size()));
      ASSERT_GE(sources_[row.slot], 0);
      std::vector<int> tokens;
      for (int t = 0; t < row.time; ++t) {
        const Cell& cell = cells_[row.history[t]];
        ASSERT_EQ(cell.time, t);
        ASSERT_EQ(cell.source, sources_[row.slot]);
        tokens.push_back(cell.token);
      }
      tokens.push_back(row.token);
      cells_[row.cell] = {sources_[row.slot], row.token, row.time, row.cell};
      if (!row.wants_logits) continue;
      keys_.push_back(key(sources_[row.slot], tokens));
      times_.push_back(row.time);
    }
  }
  void project(int begin, int end, float* logits) const override {
    const int n = end - begin;
    for (size_t i = 0; i < keys_.size(); ++i) {
      float* row = logits + i * n;
      if (i > 0 && keys_[i] == keys_[i - 1] && times_[i] == times_[i - 1]) {
        std::copy(row - n, row, row);
      } else {
        for (int v = begin; v < end; ++v) row[v - begin] = logit(keys_[i], times_[i], v);
      }
    }
  }

  // What follows `tokens` (start token or prompt first), without any cells.
  std::vector<float> logits_after(int source, const std::vector<int>& tokens) const {
    std::vector<float> logits(vocabulary_);
    const uint32_t k = key(source, tokens);
    for (int v = 0; v < vocabulary_; ++v) logits[v] = logit(k, static_cast<int>(tokens.size()) - 1, v);
    return logits;
  }

  size_t steps = 0, rows_fed = 0, most_rows = 0;
  size_t places() const { return places_.size(); }
  std::vector<size_t> encoded;
  bool prompts_only = false;  // a model without sources
  int positions = 64;
  int near = 0;  // tokens that layers of a window see before a row
  float pad_logit = 1;  // something else for tests of broken models

 private:
  struct Cell {
    int source = -1, token = -1, time = -1, cell = -1;
  };
  // All rows write before one reads, as layers do.
  void check_window(std::span<const StepRow> rows) {
    if (!near) return;
    std::set<int> written;
    for (const StepRow& row : rows) {
      const int place = row.places[row.cell];
      ASSERT_TRUE(written.insert(place).second) << "two rows write place " << place;
      ASSERT_LT(place, static_cast<int>(places_.size()));
      places_[place] = {0, row.token, row.time, row.cell};
    }
    for (const StepRow& row : rows)
      for (int t = std::max(0, row.time - near); t < row.time; ++t) {
        const int place = row.places[row.history[t]];
        ASSERT_GE(place, 0) << "token " << t << " of " << row.time;
        ASSERT_EQ(places_[place].time, t);
        ASSERT_EQ(places_[place].cell, row.history[t]);
      }
  }
  static uint32_t mix(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7FEB352Du;
    x = (x ^ (x >> 15)) * 0x846CA68Bu;
    return x ^ (x >> 16);
  }
  uint32_t key(int source, const std::vector<int>& tokens) const {
    const uint32_t before = tokens.size() > 1 ? tokens[tokens.size() - 2] : 0;
    const uint32_t classes = mix(mix(mix(source + 1 + seed_) ^ (before % 2)) ^ (tokens.back() % 4));
    if (!whole_history_) return classes;
    uint32_t all = classes;
    for (const int token : tokens) all = mix(all ^ static_cast<uint32_t>(token));
    return all;
  }
  float logit(uint32_t key, int time, int v) const {
    const uint32_t candidate = key ^ mix(static_cast<uint32_t>(v));
    const double uniform = (mix(candidate) >> 8) * 0x1.0p-24;
    const double by_time = (mix(candidate ^ mix(static_cast<uint32_t>(time) + 1000)) >> 8) * 0x1.0p-24;
    if (v == kEnd) return static_cast<float>(spread_ * (0.4 + 0.4 * uniform) + spread_ * 0.025 * time);
    if (v == kPad && pad_logit != 1) return pad_logit;
    return static_cast<float>(spread_ * (uniform + 0.05 * by_time));
  }

  int vocabulary_;
  double spread_;
  bool whole_history_;
  uint32_t seed_;
  std::vector<int> sources_;
  std::vector<Cell> cells_, places_;
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
