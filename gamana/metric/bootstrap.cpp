#include "gamana/metric/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"

namespace gamana {
namespace {

int64_t sampled_line(uint64_t key, int64_t i, int64_t lines) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<int64_t>((Wide{mix(key ^ mix(static_cast<uint64_t>(i)))} * static_cast<uint64_t>(lines)) >> 64);
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

Interval interval(std::vector<double> scores) {
  std::sort(scores.begin(), scores.end());
  const size_t outside = scores.size() / 40;
  return {mean(scores), scores[outside], scores[scores.size() - outside - 1]};
}

std::vector<double> resample(const Metric& metric, const Statistics& statistics, const Bootstrap& options) {
  const int64_t lines = statistics.lines();
  if (options.samples < 1) fail("bootstrap: expected at least one sample, found {}", options.samples);
  if (lines == 0) fail("bootstrap: expected at least one line, found none");
  std::vector<double> scores(static_cast<size_t>(options.samples));
  parallel_for(options.samples, 8, [&](int64_t begin, int64_t end) {
    std::vector<double> sums;
    for (int64_t s = begin; s < end; ++s) {
      sums.assign(static_cast<size_t>(statistics.width), 0);
      const uint64_t key = stream_key(options.seed, static_cast<uint64_t>(s));
      for (int64_t i = 0; i < lines; ++i) {
        const std::span<const double> row = statistics.row(sampled_line(key, i, lines));
        for (size_t k = 0; k < sums.size(); ++k) sums[k] += row[k];
      }
      scores[static_cast<size_t>(s)] = metric.score(sums);
    }
  });
  return scores;
}

Comparison compare(const Metric& metric, const Statistics& system, const Statistics& baseline,
                   const Bootstrap& options) {
  if (system.lines() != baseline.lines())
    fail("bootstrap: expected two systems with as many lines, found {} and {}", system.lines(), baseline.lines());
  Comparison out;
  out.score = metric.score(system.sum()), out.baseline_score = metric.score(baseline.sum());
  const std::vector<double> scores = resample(metric, system, options);
  const std::vector<double> baseline_scores = resample(metric, baseline, options);
  std::vector<double> differences(scores.size()), sizes(scores.size());
  for (size_t s = 0; s < scores.size(); ++s) {
    differences[s] = scores[s] - baseline_scores[s];
    sizes[s] = std::abs(differences[s]);
  }
  // The null hypothesis, that the systems do not differ, centres the differences; one is added to both counts so that
  // no finite number of samples gives zero (as in sacreBLEU, after MultEval).
  const double chance = mean(sizes), found = std::abs(out.score - out.baseline_score);
  const auto larger = std::count_if(sizes.begin(), sizes.end(), [&](double size) { return size - chance > found; });
  out.p_value = static_cast<double>(larger + 1) / static_cast<double>(sizes.size() + 1);
  out.system = interval(scores);
  out.baseline = interval(baseline_scores);
  out.difference = interval(std::move(differences));
  return out;
}

}  // namespace gamana
