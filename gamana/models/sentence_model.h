#pragma once
// An encoder that gives one vector for each text: the modules of sentence-transformers on its hidden states.
#include "gamana/models/text_model.h"
#include "gamana/models/sentence_files.h"

namespace gamana {

class SentenceModel : public TextModel {
 public:
  // A model without values.
  SentenceModel(Json config, SentenceSettings settings);

  void visit(const ParameterVisitor& v) override;
  // The encoder's files, those of sentence_files.h, and model.safetensors in the folder of each Dense.
  void save_settings(const std::string& directory) const override;
  void save_weights(const std::string& directory, const float* weights = nullptr) override;
  // Reads what a Dense has; the encoder is filled by fill_text_model.
  void fill_modules(const std::string& directory);

  const SentenceSettings& sentence() const { return settings_; }
  int dimension() const { return settings_.dimension(settings().width); }  // D
  // Vectors [S, D] of texts whose first `prompt` tokens are a prompt that is not pooled.
  Tensor embed(Context& c, const Batch& batch, int32_t prompt = 0) const;

 private:
  // Where a vector is the hidden state of one token of its text: that token of each.
  SomeTokens pooled_tokens(const Batch& batch, int32_t prompt) const;

  SentenceSettings settings_;
  std::vector<Linear> dense_;  // of each module; empty for one that is no Dense
};

// Fills a SentenceModel that nobody has asked for its parameters yet.
void fill_sentence_model(LoadedModel& loaded, const std::string& directory, uint64_t seed);

// Builds and fills a SentenceModel, as load_text_model does. `config`, if given, is taken in place of config.json.
LoadedModel load_sentence_model(const std::string& directory, uint64_t seed = 1, const Json* config = nullptr);

// The model that load_sentence_model made, as what it is.
inline const SentenceModel& sentence_model(const TextModel& model) {
  return static_cast<const SentenceModel&>(model);
}

}  // namespace gamana
