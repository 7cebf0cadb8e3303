#pragma once
// chrF (Popović 2015): the F-score of character n-grams; with words, chrF++ (Popović 2017).
#include "gamana/metric/metric.h"

namespace gamana {

struct ChrfOptions {
  int char_order = 6;
  int word_order = 0;  // 2 is chrF++
  int beta = 2;        // how much recall counts compared to precision
  bool lowercase = false;
  bool whitespace = false;     // spaces are characters too
  bool eps_smoothing = false;  // as chrF++.py; else only orders that both sides have count
};

class Chrf : public Metric {
 public:
  // Throws Error on orders or beta below their least (1, 0, 1).
  explicit Chrf(const ChrfOptions& options = {});

  std::string name() const override;  // chrF2, chrF2++
  std::string signature(size_t references) const override;
  double score(std::span<const double> sums) const override;  // 0 to 100

 private:
  int64_t width() const override { return 3 * (options_.char_order + options_.word_order); }
  // Of several references the one with the best score counts.
  void collect(const Lines& hypotheses, const std::vector<Lines>& references, int64_t begin, int64_t end,
               Statistics& out) const override;

  ChrfOptions options_;
};

}  // namespace gamana
