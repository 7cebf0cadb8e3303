#pragma once
// How probable a language model finds each token of a text.
#include <cstdint>
#include <span>
#include <vector>

#include "gamana/models/text_model.h"

namespace gamana {

struct NextTokenScores {
  std::vector<float> bits = {};  // [N] -log2 of the token's probability; NaN for the first, which nothing stands before
  std::vector<float> entropy = {};    // [N] of the distribution that it came from, in bits; NaN
  std::vector<int32_t> rank = {};     // [N] 1 and the tokens that were likelier, or as likely with a lesser id; 0
  int top = 0;                        // K
  std::vector<int32_t> top_ids = {};  // [N, K] the likeliest tokens, of equal ones the lesser id first; 0
  std::vector<float> top_probabilities = {};  // [N, K]; 0
};

// A text as the model reads it: where it is longer than `context` tokens, in windows of so many, each beginning half a
// window after the one before and telling what that one has not told. `top`: at most the vocabulary. Logits stand in
// memory for a few tokens at a time. Throws Error where the model's numbers are not finite.
NextTokenScores score_next_tokens(const TextModel& model, Precision precision, std::span<const int32_t> ids,
                                  int32_t context, int top);

}  // namespace gamana
