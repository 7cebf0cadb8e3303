#include "gamana/decode/projection.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"

namespace gamana {
namespace {

constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();
constexpr int kJoinGrain = 1 << 14;  // candidates, about 0.1 ms: less is not worth a second thread

// Calls visit(index, token) for those of the ascending `tokens` that lie in [begin, end).
template <class Visit>
void for_tokens_in(const std::vector<int>& tokens, int begin, int end, const Visit& visit) {
  auto token = std::lower_bound(tokens.begin(), tokens.end(), begin);
  for (; token != tokens.end() && *token < end; ++token) visit(token - tokens.begin(), *token);
}

}  // namespace

Projection::Projection(std::span<DecodeModel* const> models, EnsembleMean mean)
    : models_(models), mean_(mean) {
  if (models.empty()) fail("decoding: expected at least one model, found none");
  for (const DecodeModel* model : models) {
    if (model->vocabulary_size() != models[0]->vocabulary_size() || model->start_token() != models[0]->start_token() ||
        model->end_token() != models[0]->end_token()) {
      fail("ensemble: expected models of one vocabulary ({} tokens, start {}, end {}), "
           "found {} tokens, start {}, end {}",
           models[0]->vocabulary_size(), models[0]->start_token(), models[0]->end_token(), model->vocabulary_size(),
           model->start_token(), model->end_token());
    }
  }
  vocabulary_ = models[0]->vocabulary_size();
  for (int begin = 0; begin < vocabulary_; begin += kVocabularyChunk)
    all_.push_back({begin, std::min(kVocabularyChunk, vocabulary_ - begin)});
}

std::span<const RowScan> Projection::scan(std::span<const RowRules> rules) {
  const int rows = static_cast<int>(rules.size());
  chunks_ = all_;
  if (models_.size() == 1)
    if (const auto parts = narrowing_.parts(*models_[0], rules, kVocabularyChunk); !parts.empty()) chunks_ = parts;
  parts_.resize(chunks_.size() * rows);
  best_per_part_ = 0;
  for (const RowRules& r : rules) best_per_part_ = std::max(best_per_part_, std::min(r.wants.best, kVocabularyChunk));
  best_.resize(parts_.size() * best_per_part_);
  if (scans_.size() < rules.size()) scans_.resize(rules.size());
  for (int r = 0; r < rows; ++r) {
    scans_[r].set_aside.resize(rules[r].set_aside.size());
    scans_[r].banned.resize(rules[r].banned.size());
  }
  if (models_.size() > 1) project_ensemble(rows);

  parallel_for(count(), 1, [&](int64_t chunk, int64_t) {
    const int c = static_cast<int>(chunk);
    thread_local std::vector<float> logits;
    const size_t needed = static_cast<size_t>(rows) * size(c);
    if (logits.size() < needed) logits.resize(needed);
    if (models_.size() == 1) {
      models_[0]->project(begin(c), begin(c) + size(c), logits.data());
    } else {
      average(c, rows, logits.data());
    }
    for (int r = 0; r < rows; ++r) scan_row(c, r, logits.data() + static_cast<size_t>(r) * size(c), rules[r]);
  });
  const int grain = std::max(1, kJoinGrain / (count() * std::max(1, best_per_part_)));
  parallel_for(rows, grain, [&](int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r) join_row(static_cast<int>(r), rules[r]);
  });
  return {scans_.data(), static_cast<size_t>(rows)};
}

void Projection::scan_row(int chunk, int row, float* logits, const RowRules& rules) {
  const ScanRequest& request = rules.wants;
  const int rows = static_cast<int>(parts_.size()) / count(), n = size(chunk), first = begin(chunk);
  Part& part = parts_[static_cast<size_t>(chunk) * rows + row];
  part = {};
  if (const int at = find_broken(logits, n); at < n) part.broken = {logits[at], first + at};
  float maxima[kClasses];
  float maximum = class_maxima(logits, n, maxima);
  if (request.total) part.total = {maximum, sum_exp(logits, n, maximum, 1.0f)};

  bool changed = false;
  const auto forbid = [&](const std::vector<int>& tokens, std::vector<float>& kept) {
    for_tokens_in(tokens, first, first + n, [&](int64_t index, int token) {
      kept[index] = logits[token - first];
      logits[token - first] = kMinusInfinity;
      changed = true;
    });
  };
  forbid(rules.set_aside, scans_[row].set_aside);
  forbid(rules.banned, scans_[row].banned);
  if (changed) maximum = class_maxima(logits, n, maxima);

  if (request.best > 0) {
    Candidate* best = best_.data() + (static_cast<size_t>(chunk) * rows + row) * best_per_part_;
    part.best = best_of(logits, n, first, maxima, std::min(request.best, kVocabularyChunk), best);
  }
  if (request.mass_scale > 0 && maximum > -1e30f) {
    const float sum = sum_exp(logits, n, maximum, request.mass_scale);
    part.mass = {maximum * request.mass_scale, sum};
    if (request.mean) part.mean = maximum + weighted_sum(logits, n, maximum, request.mass_scale) / sum;
    if (request.draw) {
      const float target = static_cast<float>(uniform(rules.key, chunk)) * sum;
      const int drawn = find_in_sum(logits, n, maximum, request.mass_scale, target);
      part.drawn = {logits[drawn], first + drawn};
    }
  }
}

void Projection::join_row(int row, const RowRules& rules) {
  const ScanRequest& request = rules.wants;
  const int rows = static_cast<int>(parts_.size()) / count();
  RowScan& scan = scans_[row];
  scan.best.clear();
  scan.drawn = scan.broken = {0, -1};
  ExpSum total, mass;
  for (int c = 0; c < count(); ++c) {
    const size_t at = static_cast<size_t>(c) * rows + row;
    total.add(parts_[at].total);
    mass.add(parts_[at].mass);
    if (scan.broken.token < 0) scan.broken = parts_[at].broken;
    const Candidate* best = best_.data() + at * best_per_part_;
    scan.best.insert(scan.best.end(), best, best + parts_[at].best);
  }
  Candidate* all = scan.best.data();
  // Each chunk hands out as many as are wanted, or all it has.
  scan.all_best = std::ssize(scan.best) < request.best || request.best >= vocabulary_;
  scan.best.resize(keep_best(all, all + scan.best.size(), request.best) - all);
  scan.log_total = total.log();
  scan.log_mass = mass.log();
  if (request.mean) join_means(row, scan);
  if (!request.draw) return;
  // First the chunk by its mass, then the token that this chunk drew within itself.
  const double target = uniform(rules.key, count());
  double sum = 0;
  for (int c = 0; c < count(); ++c) {
    const Part& part = parts_[static_cast<size_t>(c) * rows + row];
    if (part.drawn.token < 0) continue;
    scan.drawn = part.drawn;
    sum += std::exp(static_cast<double>(part.mass.log() - scan.log_mass));
    if (sum > target) break;
  }
}

void Projection::join_means(int row, RowScan& scan) const {
  const int rows = static_cast<int>(parts_.size()) / count();
  scan.mean = 0;
  for (int c = 0; c < count(); ++c) {
    const Part& part = parts_[static_cast<size_t>(c) * rows + row];
    scan.mean += std::exp(static_cast<double>(part.mass.log() - scan.log_mass)) * part.mean;
  }
}

void Projection::project_ensemble(int rows) {
  const int models = static_cast<int>(models_.size());
  ensemble_.resize(models);
  log_totals_.resize(static_cast<size_t>(models) * rows);
  std::vector<ExpSum> sums(chunks_.size() * rows);
  for (int m = 0; m < models; ++m) {
    ensemble_[m].resize(static_cast<size_t>(vocabulary_) * rows);
    parallel_for(count(), 1, [&](int64_t chunk, int64_t) {
      const int c = static_cast<int>(chunk), n = size(c);
      float* logits = ensemble_[m].data() + static_cast<size_t>(begin(c)) * rows;
      models_[m]->project(begin(c), begin(c) + n, logits);
      float maxima[kClasses];
      for (int r = 0; r < rows; ++r) {
        const float* row = logits + static_cast<size_t>(r) * n;
        const float maximum = class_maxima(row, n, maxima);
        sums[static_cast<size_t>(c) * rows + r] = {maximum, sum_exp(row, n, maximum, 1.0f)};
      }
    });
    for (int r = 0; r < rows; ++r) {
      ExpSum total;
      for (int c = 0; c < count(); ++c) total.add(sums[static_cast<size_t>(c) * rows + r]);
      log_totals_[static_cast<size_t>(m) * rows + r] = total.log();
    }
  }
}

void Projection::average(int chunk, int rows, float* logits) const {
  const int n = size(chunk), models = static_cast<int>(models_.size());
  for (int r = 0; r < rows; ++r) {
    float* out = logits + static_cast<size_t>(r) * n;
    std::fill(out, out + n, 0.0f);
    for (int m = 0; m < models; ++m) {
      const float* in = ensemble_[m].data() + static_cast<size_t>(begin(chunk)) * rows + static_cast<size_t>(r) * n;
      const float log_total = log_totals_[static_cast<size_t>(m) * rows + r];
      for (int i = 0; i < n; ++i) {
        const float log_probability = in[i] - log_total;
        out[i] += mean_ == EnsembleMean::probabilities ? std::exp(log_probability) : log_probability;
      }
    }
    for (int i = 0; i < n; ++i) {
      out[i] = mean_ == EnsembleMean::probabilities ? std::log(out[i] / models) : out[i] / models;
    }
  }
}

}  // namespace gamana
