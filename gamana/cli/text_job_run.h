#pragma once
// A run that fine-tunes an encoder, or trains one from scratch.
#include "gamana/cli/text_job_settings.h"

namespace gamana {

// Trains from the start, or goes on from the run's checkpoint.
void train_text_model(const TextJobSettings& settings, bool resume);

}  // namespace gamana
