#pragma once
// A training run of a translation model: its directory, vocabulary, model, data and trainer.
#include <memory>

#include "gamana/cli/translation_settings.h"
#include "gamana/data/pairs.h"
#include "gamana/models/translation_model.h"
#include "gamana/text/marian/tokenizer.h"
#include "gamana/train/trainer.h"

namespace gamana {

std::unique_ptr<TranslationModel> new_translation_model(const TranslationSettings& settings,
                                                        const TranslationTokenizer& tokenizer);
TrainerSettings trainer_settings(const TranslationSettings& settings);
TrainTask translation_task(TranslationModel& model, const PairData& data, const TranslationSettings& settings);
TranslationTokenizer make_vocabulary(const TranslationSettings& settings, const PairLines& lines);
PairData encode_for(const TranslationTokenizer& tokenizer, const PairLines& lines, int max_length);

// Trains from the start, or goes on from the run's checkpoint.
void train_translation(const TranslationSettings& settings, bool resume);

}  // namespace gamana
