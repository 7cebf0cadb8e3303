#include "gamana/metric/metric.h"

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"

namespace gamana {

std::vector<double> Statistics::sum() const {
  std::vector<double> sums(static_cast<size_t>(width));
  for (size_t i = 0; i < values.size(); ++i) sums[i % sums.size()] += values[i];
  return sums;
}

Statistics Metric::statistics(const Lines& hypotheses, const std::vector<Lines>& references) const {
  if (references.empty()) fail("{}: expected at least one reference, found none", name());
  for (size_t r = 0; r < references.size(); ++r)
    if (references[r].size() != hypotheses.size())
      fail("{}: expected as many hypotheses as lines of reference {}, found {} and {}", name(), r + 1,
           hypotheses.size(), references[r].size());
  if (hypotheses.empty()) fail("{}: expected at least one line, found none", name());

  constexpr int64_t kLines = 256;
  Statistics out{width(), std::vector<double>(hypotheses.size() * static_cast<size_t>(width()))};
  parallel_for(static_cast<int64_t>(hypotheses.size()), kLines,
               [&](int64_t begin, int64_t end) { collect(hypotheses, references, begin, end, out); });
  return out;
}

}  // namespace gamana
