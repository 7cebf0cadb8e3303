#pragma once
// Beam search as transformers' GenerationMixin._beam_search writes it, on whole arrays and without caches.
#include <algorithm>
#include <cmath>
#include <vector>

#include "gamana/decode/generate.h"
#include "tests/decode/toy_model.h"

namespace gamana {

inline std::vector<double> log_softmax(const std::vector<double>& logits) {
  double sum = 0;
  for (const double x : logits) sum += std::exp(x);
  std::vector<double> out;
  for (const double x : logits) out.push_back(x - std::log(sum));
  return out;
}

// The averaged models' log-probabilities of what follows `tokens`.
inline std::vector<double> reference_log_probabilities(const std::vector<const ToyModel*>& models, EnsembleMean mean,
                                                       int source, const std::vector<int>& tokens) {
  std::vector<double> sum;
  for (const ToyModel* model : models) {
    const auto logits = model->logits_after(source, tokens);
    auto p = log_softmax({logits.begin(), logits.end()});
    sum.resize(p.size());
    for (size_t v = 0; v < p.size(); ++v) sum[v] += mean == EnsembleMean::probabilities ? std::exp(p[v]) : p[v];
  }
  for (double& x : sum) x /= static_cast<double>(models.size());
  if (mean == EnsembleMean::probabilities) {
    for (double& x : sum) x = std::log(x);
  }
  return log_softmax(sum);
}

inline std::vector<Hypothesis> reference_beam_search(const std::vector<const ToyModel*>& models, int source,
                                                     const GenerateOptions& o) {
  struct Item {
    std::vector<int> tokens;
    double score;
    bool done;
  };
  const auto by_score = [](const Item& a, const Item& b) { return a.score > b.score; };
  const int beams = o.num_beams, limit = o.max_length - 1;
  std::vector<Item> running(beams, {{ToyModel::kStart}, -1e9, false}), finished(beams, {{}, -1e9, false});
  running[0].score = 0;
  for (int length = 1; length <= limit; ++length) {
    std::vector<Item> candidates;
    for (const Item& item : running) {
      const auto p = reference_log_probabilities(models, o.ensemble_mean, source, item.tokens);
      for (int v = 0; v < static_cast<int>(p.size()); ++v) {
        candidates.push_back({item.tokens, item.score + p[v], v == ToyModel::kEnd || length == limit});
        candidates.back().tokens.push_back(v);
      }
    }
    std::stable_sort(candidates.begin(), candidates.end(), by_score);
    candidates.resize(2 * beams);
    running.clear();
    for (const Item& item : candidates) {
      if (!item.done && static_cast<int>(running.size()) < beams) running.push_back(item);
    }
    for (int rank = 0; rank < beams; ++rank) {
      if (!candidates[rank].done) continue;
      finished.push_back(candidates[rank]);
      finished.back().score = o.normalize(static_cast<float>(finished.back().score), length, 0);
    }
    std::stable_sort(finished.begin(), finished.end(), by_score);
    finished.resize(beams);
    const bool full = std::all_of(finished.begin(), finished.end(), [](const Item& i) { return i.done; });
    if (running.empty() || (full && o.early_stopping == EarlyStopping::yes)) break;
    const bool longest = o.early_stopping == EarlyStopping::never && o.length_penalty > 0;
    const float best = o.normalize(static_cast<float>(running[0].score), longest ? limit : length, 0);
    if (full && best <= finished.back().score) break;
  }
  std::vector<Hypothesis> out;
  for (int i = 0; i < o.num_return_sequences; ++i) {
    const std::vector<int>& tokens = finished[i].tokens;
    out.push_back({{tokens.begin() + 1, tokens.end()}, {}, static_cast<float>(finished[i].score)});
  }
  return out;
}

}  // namespace gamana
