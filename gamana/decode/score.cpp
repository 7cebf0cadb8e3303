#include "gamana/decode/score.h"

#include <algorithm>
#include <numeric>

#include "gamana/base/check.h"
#include "gamana/decode/projection.h"

namespace gamana {
namespace {

void check_pairs(std::span<DecodeModel* const> models, std::span<const std::vector<int>> sources,
                 std::span<const std::vector<int>> targets, int vocabulary_size) {
  if (sources.size() != targets.size()) {
    fail("scoring: expected a target for each of {} sources, found {}", sources.size(), targets.size());
  }
  for (size_t s = 0; s < sources.size(); ++s) {
    if (sources[s].empty()) fail("source {}: expected at least an end token, found nothing", s + 1);
    for (const DecodeModel* model : models) {
      if (static_cast<int64_t>(targets[s].size()) > model->max_positions()) {
        fail("target {}: expected at most {} tokens, the model's positions, found {}", s + 1, model->max_positions(),
             targets[s].size());
      }
    }
    for (const int token : targets[s]) {
      if (token < 0 || token >= vocabulary_size) {
        fail("target {}: expected tokens from 0 to {}, found {}", s + 1, vocabulary_size - 1, token);
      }
    }
  }
}

// Pairs that go through the models together.
struct Group {
  size_t first, last;  // of the order
  int rows;
};

std::vector<Group> make_groups(std::span<const std::vector<int>> targets, const std::vector<size_t>& order,
                               int max_rows) {
  std::vector<Group> groups;
  for (size_t i = 0; i < order.size(); ++i) {
    const int rows = static_cast<int>(targets[order[i]].size());
    if (groups.empty() || groups.back().rows + rows > max_rows) groups.push_back({i, i, 0});
    groups.back().last = i + 1;
    groups.back().rows += rows;
  }
  return groups;
}

}  // namespace

std::vector<std::vector<float>> score(std::span<DecodeModel* const> models, std::span<const std::vector<int>> sources,
                                      std::span<const std::vector<int>> targets, int max_rows, EnsembleMean mean) {
  Projection projection(models, mean, {});
  check_pairs(models, sources, targets, projection.vocabulary_size());
  std::vector<size_t> order(sources.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return sources[a].size() > sources[b].size(); });
  const std::vector<Group> groups = make_groups(targets, order, max_rows);
  if (groups.empty()) return {};

  size_t slot_count = 0;
  int cell_count = 0;
  for (const Group& g : groups) {
    slot_count = std::max(slot_count, g.last - g.first);
    cell_count = std::max(cell_count, g.rows);
  }
  std::vector<int> slots(slot_count), cells(cell_count);
  std::iota(slots.begin(), slots.end(), 0);
  std::iota(cells.begin(), cells.end(), 0);
  for (DecodeModel* model : models) model->reserve(static_cast<int>(slot_count), cell_count);

  std::vector<std::vector<float>> result(sources.size());
  std::vector<std::vector<int>> encoded;
  std::vector<StepRow> rows;
  std::vector<RowRules> rules;
  for (const Group& g : groups) {
    encoded.clear(), rows.clear(), rules.clear();
    for (size_t i = g.first; i < g.last; ++i) {
      const std::vector<int>& target = targets[order[i]];
      encoded.push_back(sources[order[i]]);
      const int slot = static_cast<int>(i - g.first), first_cell = static_cast<int>(rows.size());
      for (int t = 0; t < static_cast<int>(target.size()); ++t) {
        const int fed = t == 0 ? models[0]->start_token() : target[t - 1];
        rows.push_back({slot, fed, t, first_cell + t, cells.data() + first_cell, true});
        rules.push_back({{}, {target[t]}, 0});
      }
    }
    if (rows.empty()) continue;
    for (DecodeModel* model : models) {
      model->encode(encoded, std::span<const int>(slots).first(encoded.size()));
      model->step(rows);
    }
    ScanRequest request;
    request.total = true;
    const auto scans = projection.scan(rules, request);
    size_t row = 0;
    for (size_t i = g.first; i < g.last; ++i) {
      for (size_t t = 0; t < targets[order[i]].size(); ++t, ++row) {
        result[order[i]].push_back(scans[row].set_aside[0] - scans[row].log_total);
      }
    }
  }
  return result;
}

}  // namespace gamana
