#pragma once
// What turns tokens into hidden states, below the heads: an encoder or a decoder.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gamana/models/model_config.h"
#include "gamana/models/weights.h"

namespace gamana {

// Tokens of a batch, by their rows; without a list, all of them.
using SomeTokens = std::optional<std::vector<int32_t>>;

class Backbone {
 public:
  explicit Backbone(const ModelConfig& config) : config_(config) {}
  virtual ~Backbone() = default;

  virtual void visit(const ParameterVisitor& v) = 0;
  // Tensors as transformers' base class of the family saves them, without its prefix.
  virtual void list(FileTensors& list) = 0;
  // The base class's prefix in a class with a head ("bert."), and the name of the word embedding below it.
  virtual std::string prefix() const = 0;
  virtual std::string word_name() const = 0;
  // Hidden states [R, C] of the tokens that are wanted: what follows the last attention is computed for these alone. A batch
  // without segments is all of the first one. Throws Error for an id, position or segment that the model has no row for.
  // `layers`, if given, receives what enters each layer.
  virtual Tensor forward(Context& c, const Batch& batch, const SomeTokens& wanted = {},
                         std::vector<Tensor>* layers = nullptr) const = 0;

  const ModelConfig& config() const { return config_; }
  Parameter& word_embedding() { return word_; }
  const Parameter& word_embedding() const { return word_; }

 protected:
  ModelConfig config_;
  Parameter word_;  // [V, E]
};

std::unique_ptr<Backbone> make_backbone(const ModelConfig& config);

}  // namespace gamana
