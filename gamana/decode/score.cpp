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

// The rows of one group: every token of its targets is asked for the one that follows.
struct Rows {
  std::vector<std::vector<int>> sources;
  std::vector<StepRow> rows;
  std::vector<RowRules> rules;  // the token asked for is set aside, so that its logit is handed out

  void clear() { sources.clear(), rows.clear(), rules.clear(); }
  void append(const std::vector<int>& source, const std::vector<int>& target, int start_token, const int* cells) {
    const int slot = static_cast<int>(sources.size()), first = static_cast<int>(rows.size());
    sources.push_back(source);
    for (int t = 0; t < static_cast<int>(target.size()); ++t) {
      rows.push_back({slot, t == 0 ? start_token : target[t - 1], t, cells[first + t], cells + first, true});
      rules.push_back({{}, {target[t]}, 0, {.total = true}});
    }
  }
};

}  // namespace

std::vector<std::vector<float>> score(std::span<DecodeModel* const> models, std::span<const std::vector<int>> sources,
                                      std::span<const std::vector<int>> targets, int max_rows, EnsembleMean mean) {
  Projection projection(models, mean);
  if (models[0]->start_token() < 0)
    fail("scoring: expected a model that begins with a start token, found one that goes on from prompts");
  check_pairs(models, sources, targets, projection.vocabulary_size());
  std::vector<size_t> order(sources.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return sources[a].size() > sources[b].size(); });
  const std::vector<Group> groups = make_groups(targets, order, max_rows);
  int slot_count = 0, cell_count = 0;
  for (const Group& g : groups) {
    slot_count = std::max(slot_count, static_cast<int>(g.last - g.first));
    cell_count = std::max(cell_count, g.rows);
  }
  if (cell_count == 0) return std::vector<std::vector<float>>(sources.size());
  std::vector<int> slots(slot_count), cells(cell_count);
  std::iota(slots.begin(), slots.end(), 0);
  std::iota(cells.begin(), cells.end(), 0);
  for (DecodeModel* model : models) model->reserve(slot_count, cell_count, 0);

  std::vector<std::vector<float>> result(sources.size());
  Rows step;
  for (const Group& g : groups) {
    step.clear();
    for (size_t i = g.first; i < g.last; ++i) {
      step.append(sources[order[i]], targets[order[i]], models[0]->start_token(), cells.data());
    }
    if (step.rows.empty()) continue;
    for (DecodeModel* model : models) {
      model->encode(step.sources, std::span<const int>(slots).first(step.sources.size()));
      model->step(step.rows);
    }
    auto scan = projection.scan(step.rules).begin();
    for (size_t i = g.first; i < g.last; ++i) {
      std::vector<float>& scores = result[order[i]];
      while (scores.size() < targets[order[i]].size()) {
        scores.push_back(scan->set_aside[0] - scan->log_total);
        ++scan;
      }
    }
  }
  return result;
}

}  // namespace gamana
