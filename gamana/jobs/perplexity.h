#pragma once
// How well a language model tells texts, each token given those before it.
#include <span>

#include "gamana/jobs/lm.h"
#include "gamana/jobs/token_windows.h"

namespace gamana {

struct TextScore {
  double nll = 0;      // sum of -log p(token)
  int64_t tokens = 0;  // that were told: all but the first one of each text
};

// In windows, as transformers' recipe "Perplexity of fixed-length models" has it. The sum is of tokens; the recipe weights
// windows as if each had one token less, which shows in the fifth digit. Of a text no more is kept than a window and what
// a batch holds.
class WindowScorer {
 public:
  // 1 <= stride <= context.
  WindowScorer(const TextModel& model, Precision precision, int64_t context, int64_t stride);

  void add(std::span<const int32_t> tokens);  // of the text, that come next
  void end_text();
  TextScore finish();

 private:
  void cut(bool whole);
  void run();

  const TextModel& model_;
  Precision precision_;
  const TokenWindows start_;
  TokenWindows windows_;         // of the text
  std::vector<int32_t> tokens_;  // of the text, those from token first_ on
  int64_t first_ = 0;
  Arena arena_;
  NextTokenBatch batch_;
  TextScore score_;
};

}  // namespace gamana
