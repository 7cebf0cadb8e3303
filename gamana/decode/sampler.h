#pragma once
// Choosing one token at random, as transformers' warpers do: temperature, then top_k, then top_p.
#include <vector>

#include "gamana/decode/processors.h"

namespace gamana {

class Sampler {
 public:
  explicit Sampler(const GenerateOptions& options) : options_(options) {}

  // What the scan has to deliver. A nucleus rarely needs more than a few dozen tokens.
  ScanRequest request(int vocabulary_size) const;
  // Whether `choices` hold all that may be drawn; if not, scan again for more of the best.
  bool enough(const RowScan& scan, const RowRules& rules, const std::vector<Choice>& choices) const;
  // Draws from `choices` (best first, after Processors::choices; changed). Null if there is no choice.
  const Choice* draw(const RowScan& scan, const RowRules& rules, std::vector<Choice>& choices) const;

 private:
  bool unrestricted() const { return options_.top_k == 0 && options_.top_p >= 1.0f; }
  bool nucleus_of_all() const { return options_.top_k == 0 && options_.top_p < 1.0f; }
  // Weights are e^(value / temperature - reference).
  double reference(const std::vector<Choice>& choices) const;
  double total(const RowScan& scan, const RowRules& rules, const std::vector<Choice>& choices) const;

  const GenerateOptions& options_;
};

}  // namespace gamana
