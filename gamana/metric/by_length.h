#pragma once
// Scores of short and of long sentences apart (the figure of Bahdanau et al. 2015, section 5.2.2).
#include "gamana/metric/bootstrap.h"

namespace gamana {

struct LengthBuckets {
  int64_t step = 5;   // 1-5, 6-10, …
  int64_t open = 51;  // sources of so many words and more are one bucket; one more than a multiple of step
};

struct LengthScore {
  int64_t shortest = 0, longest = 0;  // words of the source; longest is 0 for the open bucket
  int64_t lines = 0;
  double score = 0;
  Interval interval;
};

// statistics: one row for each source. Words are what white space separates; empty sources are in the first bucket,
// buckets without lines are left out. Throws Error unless there are as many sources as rows.
std::vector<LengthScore> score_by_length(const Metric& metric, const Statistics& statistics, const Lines& sources,
                                         const LengthBuckets& buckets = {}, const Bootstrap& options = {});

}  // namespace gamana
