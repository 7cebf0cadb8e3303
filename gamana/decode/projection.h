#pragma once
// From the models' last hidden rows to the few numbers decoding needs of each row. The vocabulary is cut into chunks
// that are projected and scanned while in cache; logits never exist whole (except for ensembles, with two passes).
// Sums are of chunks that depend on the vocabulary only, joined in order: neither threads nor the other rows change a result.
#include <cstdint>
#include <span>
#include <vector>

#include "gamana/decode/model.h"
#include "gamana/decode/narrow.h"
#include "gamana/decode/options.h"
#include "gamana/decode/rules.h"
#include "gamana/decode/scan.h"

namespace gamana {

struct RowScan {
  std::vector<Candidate> best;   // descending; fewer if no more are finite
  bool all_best = false;         // no token that is neither banned nor set aside and may follow is missing there
  std::vector<float> set_aside;  // logits of rules.set_aside
  std::vector<float> banned;     // logits of rules.banned
  float log_total = 0;           // log of the sum of e^logit over the whole vocabulary
  float log_mass = 0;            // log of the sum of e^(logit * mass_scale) over what is neither banned nor set aside
  double mean = 0;               // the mean logit of the same, each weighted with its e^(logit * mass_scale)
  Candidate drawn{0, -1};        // drawn from the same; token -1 if there is none
  Candidate broken{0, -1};       // the first logit that is no number or infinite; token -1 if all is well
};

class Projection {
 public:
  // Throws Error if there are no models or they differ in vocabulary, start or end token.
  Projection(std::span<DecodeModel* const> models, EnsembleMean mean);

  // Scans the rows of the models' last step that wanted logits; rules[row]. The answer is valid until the next call.
  // With several models a "logit" is the log of the averaged probability, or the averaged log-probability (the softmax
  // of which is the normalised geometric mean).
  std::span<const RowScan> scan(std::span<const RowRules> rules);

  int vocabulary_size() const { return vocabulary_; }
  std::span<DecodeModel* const> models() const { return models_; }

 private:
  struct Part {  // one row in one chunk
    ExpSum total, mass;
    double mean = 0;
    Candidate drawn{0, -1}, broken{0, -1};
    int best = 0;
  };
  void scan_row(int chunk, int row, float* logits, const RowRules& rules);
  void join_row(int row, const RowRules& rules);
  void join_means(int row, RowScan& scan) const;
  void project_ensemble(int rows);
  void average(int chunk, int rows, float* logits) const;
  int begin(int chunk) const { return chunks_[chunk].begin; }
  int size(int chunk) const { return chunks_[chunk].size; }
  int count() const { return static_cast<int>(chunks_.size()); }

  std::span<DecodeModel* const> models_;
  EnsembleMean mean_;
  int vocabulary_;
  std::vector<VocabularyPart> all_;        // chunks of the whole vocabulary
  std::span<const VocabularyPart> chunks_;  // those that are looked at
  Narrowing narrowing_;
  std::vector<Part> parts_;       // [chunks, rows]
  int best_per_part_ = 0;
  std::vector<Candidate> best_;   // [chunks, rows, best_per_part_]
  std::vector<RowScan> scans_;    // [rows]
  std::vector<std::vector<float>> ensemble_;  // [models][chunks, rows, chunk size]
  std::vector<float> log_totals_;             // [models, rows]
};

}  // namespace gamana
