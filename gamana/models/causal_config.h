#pragma once
// The part of model_config that reads a decoder's keys.
#include "gamana/models/model_config.h"

namespace gamana {

// Fills what `config` says of a decoder; c.family, c.vocabulary and c.initial_range stand. Throws Error for a value out of range.
void read_causal_config(const Json& config, ModelConfig& c);

}  // namespace gamana
