#pragma once
// A model directory: config.json, weights (io/tensor_file.h), generation_config.json (the tokenizer's files are text/'s).
#include <memory>
#include <string>

#include "gamana/models/translation_model.h"

namespace gamana {

// Is it the config.json of a translation model?
bool is_translation_model(const Json& config);

// A model without values for what config.json says; throws Error naming an unknown model_type.
std::unique_ptr<TranslationModel> make_translation_model(const Json& config);

// Builds the model and fills it from the directory. Throws Error naming missing, unexpected and misshaped tensors.
std::unique_ptr<TranslationModel> load_translation_model(const std::string& directory);

// Reads the weights of `directory` into a model.
void load_weights(TranslationModel& model, const std::string& directory);
// Writes model.safetensors; the other files are as they were.
void save_weights(TranslationModel& model, const std::string& path, const float* weights = nullptr);
// Writes config.json and generation_config.json.
void save_config(const TranslationModel& model, const std::string& directory, int num_beams = 5);

}  // namespace gamana
