#pragma once
// TER (Snover et al. 2006): the words to insert, delete, substitute and the runs of words to shift that turn a
// hypothesis into its reference, by words of the reference. The search is that of Tercom as sacreBLEU has it, limits
// included.
#include "gamana/metric/metric.h"
#include "gamana/metric/tokenize.h"  // TercomOptions

namespace gamana {

class Ter : public Metric {
 public:
  explicit Ter(const TercomOptions& options = {}) : options_(options) {}

  std::string name() const override { return "TER"; }
  std::string signature(size_t references) const override;
  // Percent; 0 is best, above 100 is possible. sums: edits of the closest reference, mean length of the references.
  double score(std::span<const double> sums) const override;

 private:
  int64_t width() const override { return 2; }
  void collect(const Lines& hypotheses, const std::vector<Lines>& references, int64_t begin, int64_t end,
               Statistics& out) const override;

  TercomOptions options_;
};

namespace metric {

// The number of edits, shifts included.
int64_t translation_edits(std::span<const uint32_t> hypothesis, std::span<const uint32_t> reference);

}  // namespace metric
}  // namespace gamana
