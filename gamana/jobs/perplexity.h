#pragma once
// How well a language model tells texts, each token given those before it.
#include <functional>
#include <span>

#include "gamana/jobs/lm.h"

namespace gamana {

struct TextScore {
  double nll = 0;      // sum of -log p(token)
  int64_t tokens = 0;  // that were told: all but the first one of each text
};

// Windows of `context` tokens, each `stride` tokens further on, in which the tokens that no window before had are told:
// transformers' recipe "Perplexity of fixed-length models". The sum is of tokens; the recipe weights windows as if each
// had one token less, which shows in the fifth digit. With a stride of the context's length, the first token of a window
// is told by nothing and does not count.
class WindowScorer {
 public:
  // 1 <= stride <= context. `progress` is told how many tokens were read so far.
  WindowScorer(const TextModel& model, Precision precision, int64_t context, int64_t stride,
               std::function<void(int64_t)> progress = {});

  void add(std::span<const int32_t> text);
  TextScore finish();

 private:
  void run();

  const TextModel& model_;
  Precision precision_;
  int64_t context_, stride_;
  std::function<void(int64_t)> progress_;
  Arena arena_;
  NextTokenBatch batch_;
  TextScore score_;
  int64_t read_ = 0;
};

}  // namespace gamana
