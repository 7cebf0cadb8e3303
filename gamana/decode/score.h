#pragma once
// How likely a model finds given translations (teacher forcing).
#include <span>
#include <vector>

#include "gamana/decode/model.h"
#include "gamana/decode/options.h"

namespace gamana {

// For each pair the log-probability of each target token (the target with its end token, without the start token).
// All tokens of a target go through the model at once, together with other targets up to `max_rows` tokens. Throws
// Error if a target is longer than the model's positions or has tokens outside the vocabulary.
std::vector<std::vector<float>> score(std::span<DecodeModel* const> models, std::span<const std::vector<int>> sources,
                                      std::span<const std::vector<int>> targets, int max_rows = 512,
                                      EnsembleMean mean = EnsembleMean::probabilities);

}  // namespace gamana
