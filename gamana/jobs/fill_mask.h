#pragma once
// What stands where a text has [MASK].
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gamana/jobs/pipeline.h"

namespace gamana {

struct MaskGuess {
  int32_t token;
  double score;  // its probability among all tokens
};

// Where the mask stands in a text.
std::vector<int32_t> mask_places(const EncodedText& text, int32_t mask_token);

// For each place of each text the likeliest tokens, `count` of them, or of `targets` where there are any.
// places [texts] as mask_places gives them.
std::vector<std::vector<std::vector<MaskGuess>>> fill_masks(const TextModel& model, Precision precision,
                                                            const std::vector<const EncodedText*>& texts,
                                                            const std::vector<std::vector<int32_t>>& places,
                                                            std::span<const int32_t> targets, int64_t count);

}  // namespace gamana
