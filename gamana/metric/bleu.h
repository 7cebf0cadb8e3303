#pragma once
// BLEU (Papineni et al. 2002): how many n-grams of the hypotheses stand in a reference, times a penalty for brevity.
#include <optional>

#include "gamana/metric/metric.h"
#include "gamana/metric/tokenize.h"  // BleuTokenizer

namespace gamana {

// What stands for an order that has no match (Chen and Cherry 2014): exp is method 3 (halved each time, NIST's), floor
// is method 1 (a small count), add_k is method 2 (added to both counts of orders above one).
enum class Smoothing { exp, floor, add_k, none };
Smoothing bleu_smoothing(std::string_view name);  // "exp", "floor", "add-k", "none"; throws Error on any other

struct BleuOptions {
  BleuTokenizer tokenizer = BleuTokenizer::v13a;
  bool lowercase = false;
  Smoothing smoothing = Smoothing::exp;
  std::optional<double> smooth_value;  // of floor (0.1) and add_k (1)
  // Only orders the hypothesis is long enough for; for single sentences.
  bool effective_order = false;
};

struct BleuScore {
  static constexpr int kOrders = 4;
  double score = 0;                                       // 0 to 100
  std::vector<double> precisions;                         // [kOrders] percent, smoothed
  std::vector<int64_t> correct, total;                    // [kOrders] n-grams, not smoothed
  double brevity_penalty = 1;
  int64_t hypothesis_length = 0, reference_length = 0;    // words; of the reference closest in length

  double ratio() const;
  std::string verbose() const;  // sacreBLEU's "66.7/50.0/… (BP = 1.000 ratio = … hyp_len = … ref_len = …)"
};

class Bleu : public Metric {
 public:
  explicit Bleu(const BleuOptions& options = {}) : options_(options) {}

  std::string name() const override { return "BLEU"; }
  std::string signature(size_t references) const override;
  double score(std::span<const double> sums) const override { return details(sums).score; }
  BleuScore details(std::span<const double> sums) const;

  BleuScore corpus(const Lines& hypotheses, const std::vector<Lines>& references) const;

 private:
  int64_t width() const override { return 2 + 2 * BleuScore::kOrders; }
  void collect(const Lines& hypotheses, const std::vector<Lines>& references, int64_t begin, int64_t end,
               Statistics& out) const override;

  BleuOptions options_;
};

}  // namespace gamana
