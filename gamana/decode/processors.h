#pragma once
// Rules on what may follow a hypothesis, after transformers' generation/logits_process.py: repetition penalty, n-gram
// ban, bad words, minimal length, forced first and last tokens, suppressed tokens, new normalisation.
#include <cstdint>
#include <span>
#include <vector>

#include "gamana/decode/options.h"
#include "gamana/decode/projection.h"

namespace gamana {

// A token that may come next.
struct Choice {
  float value;            // what choices are compared by: its log-probability or logit after all rules
  float log_probability;  // the model's own, if the scan had log_total
  int token;
};

class Processors {
 public:
  // Of no options until they are assigned; `options` has to outlive it.
  Processors() = default;
  Processors(const RequestOptions& options, int model_end_token);

  // The rules for what follows `tokens` (start token and prompt first, then `generated` ones). `last` says that the limit
  // is reached with the next token.
  void fill(std::span<const int> tokens, int64_t generated, bool last, RowRules& rules) const;

  // The choices after a row, best first. With `log_probabilities` values are those of the whole vocabulary's softmax
  // (beam search, as transformers does), else logits.
  void choices(const RowScan& scan, const RowRules& rules, bool log_probabilities, std::vector<Choice>& out) const;

  bool ends(int token) const;
  int end_tokens() const { return static_cast<int>(ends_.size()); }

 private:
  int forced_token(size_t tokens, bool last) const;
  void ban_ngrams(std::span<const int> tokens, std::vector<int>& banned) const;
  void ban_words(std::span<const int> tokens, std::vector<int>& banned) const;

  const RequestOptions* options_ = nullptr;
  std::vector<int> ends_;
};

}  // namespace gamana
