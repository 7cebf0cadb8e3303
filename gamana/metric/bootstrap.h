#pragma once
// How sure a score is: bootstrap resampling (Koehn 2004, Statistical Significance Tests for Machine Translation
// Evaluation), with the estimates of sacreBLEU's --confidence and --paired-bs.
#include "gamana/metric/metric.h"

namespace gamana {

// Line i of sample s is line (mix(stream_key(seed, s) ^ mix(i)) * lines) >> 64 of the corpus (base/rng.h): a function of
// counters, so samples are the same whatever the number of threads, and the same lines for every system of as many
// lines. sacreBLEU draws from numpy's generator instead; its intervals and p-values agree within the samples' noise.
struct Bootstrap {
  int samples = 1000;
  uint64_t seed = 12345;
};

// Of the samples' scores: their mean and the bounds that leave 2.5 % of them outside on each side.
struct Interval {
  double mean = 0, low = 0, high = 0;
  double margin() const { return 0.5 * (high - low); }  // sacreBLEU's "95% CI"
};
Interval interval(std::vector<double> scores);

// The score of every sample. Throws Error where there are no lines or no samples.
std::vector<double> resample(const Metric& metric, const Statistics& statistics, const Bootstrap& options = {});

struct Comparison {
  double score = 0, baseline_score = 0;
  Interval system, baseline, difference;  // difference: system - baseline
  double p_value = 1;  // how likely a difference of this size, in either direction, is by chance
};

// Both systems are scored on the same samples. Throws Error unless both have the same number of lines.
Comparison compare(const Metric& metric, const Statistics& system, const Statistics& baseline,
                   const Bootstrap& options = {});

}  // namespace gamana
