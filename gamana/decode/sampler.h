#pragma once
// Choosing one token at random, as transformers' warpers do: temperature, then top_k, top_p, min_p and typical_p.
#include <vector>

#include "gamana/decode/processors.h"

namespace gamana {

class Sampler {
 public:
  // Of no options until they are assigned; `options` has to outlive it.
  Sampler() = default;
  explicit Sampler(const RequestOptions& options) : options_(&options) {}

  // What the scan has to deliver. A nucleus rarely needs more than a few dozen tokens.
  ScanRequest request(int vocabulary_size) const;
  // Leaves of `choices` (best first, after Processors::choices) those that may be drawn, best first; where nothing is
  // filtered, one of them stands for all tokens without a rule of their own. False if the scan holds too few of the best
  // to tell.
  bool filter(const RowScan& scan, const RowRules& rules, std::vector<Choice>& choices) const;
  // Draws from what filter() left. Null if there is no choice.
  const Choice* draw(const RowRules& rules, const std::vector<Choice>& choices) const;

 private:
  struct Mass {
    double total = 0, exponents = 0;  // the sums of weights, and of weights times what they are the exponentials of
  };
  bool filters() const;
  double weight(const Choice& c, double reference) const;  // e^(value / temperature - reference)
  Mass mass(const RowScan& scan, const RowRules& rules, bool all, const std::vector<Choice>& choices, double reference) const;
  bool cut_top_k(bool all, std::vector<Choice>& choices) const;
  bool cut_typical(bool all, const Mass& mass, double reference, std::vector<Choice>& choices) const;

  const RequestOptions* options_ = nullptr;
};

}  // namespace gamana
