#pragma once
// Texts that a language model writes while it learns.
#include <string>
#include <vector>

#include "gamana/models/text_model.h"
#include "gamana/text/tokenizer.h"

namespace gamana {

class LmSampler {
 public:
  // Texts go on after `prompt` or, where that is empty, after what texts begin with (bos, or eos as in GPT-2; without
  // either, a line's end). Model and tokenizer have to outlive it. Throws Error for a prompt without tokens.
  LmSampler(TextModel& model, const Tokenizer& tokenizer, const std::string& prompt, Precision precision, uint64_t seed);

  // Prompt and text, drawn as by nanoGPT's sample.py (temperature 0.8, the likeliest 200 tokens), at most 200 tokens.
  std::string write() const;

 private:
  TextModel& model_;
  const Tokenizer& tokenizer_;
  std::string prompt_;
  std::vector<int> ids_;
  std::vector<int> end_;  // tokens that end texts
  Precision precision_;
  uint64_t seed_;
};

}  // namespace gamana
