#pragma once
// Words to guess (Devlin et al. 2019, section 3.1 and appendix A.1): some tokens are hidden, and the model has to say
// what they were.
#include <cstdint>
#include <span>
#include <vector>

namespace gamana {

struct MaskRule {
  double rate = 0.15;    // of the tokens that are not special
  double hidden = 0.8;   // so many of these become mask_token,
  double random = 0.1;   // so many any token; the others stay as they are
  int32_t mask_token = 0;
  int32_t vocabulary = 0;  // any token: one of [0, vocabulary)
};

struct MaskedTokens {
  std::vector<int32_t> places;  // which tokens are to be guessed, ascending
  std::vector<int32_t> labels;  // [places] what they were
};

// Changes `ids` of one example and says what is to be guessed: exactly round(rate * tokens that are not special), at
// least one (or one word), chosen by (seed, epoch, example). `special` [ids] is 1 for tokens that stay. `words` [ids],
// if not empty, is the word of each token; whole words are then chosen, neighbours of the same number being one word,
// and none that would be too many (so the number may be smaller).
MaskedTokens mask_tokens(std::span<int32_t> ids, std::span<const uint8_t> special, std::span<const int32_t> words,
                         const MaskRule& rule, uint64_t seed, int64_t epoch, int64_t example);

}  // namespace gamana
