#include "gamana/metric/by_length.h"

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/metric/unicode.h"

namespace gamana {

std::vector<LengthScore> score_by_length(const Metric& metric, const Statistics& statistics, const Lines& sources,
                                         const LengthBuckets& buckets, const Bootstrap& options) {
  if (statistics.lines() != std::ssize(sources))
    fail("{} by length: expected as many sources as hypotheses, found {} and {}", metric.name(), sources.size(),
         statistics.lines());
  if (buckets.step < 1 || buckets.open <= buckets.step || buckets.open % buckets.step != 1 % buckets.step)
    fail("{} by length: expected an open bucket that begins one word above a multiple of the step, found step {} and "
         "open bucket {}",
         metric.name(), buckets.step, buckets.open);

  const int64_t count = (buckets.open - 1) / buckets.step + 1;
  std::vector<Statistics> rows(static_cast<size_t>(count), Statistics{statistics.width, {}});
  for (int64_t line = 0; line < std::ssize(sources); ++line) {
    const auto words = std::ssize(metric::split_words(sources[line]));
    const int64_t bucket = std::clamp<int64_t>((words - 1) / buckets.step, 0, count - 1);
    const std::span<const double> row = statistics.row(line);
    rows[bucket].values.insert(rows[bucket].values.end(), row.begin(), row.end());
  }

  std::vector<LengthScore> out;
  for (int64_t bucket = 0; bucket < count; ++bucket) {
    const Statistics& part = rows[bucket];
    if (part.lines() == 0) continue;
    out.push_back({bucket * buckets.step + 1, bucket + 1 == count ? 0 : (bucket + 1) * buckets.step, part.lines(),
                   metric.score(part.sum()), interval(resample(metric, part, options))});
  }
  return out;
}

}  // namespace gamana
