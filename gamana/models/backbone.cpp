#include "gamana/models/causal_transformer.h"
#include "gamana/models/encoder.h"

namespace gamana {

std::unique_ptr<Backbone> make_backbone(const ModelConfig& config) {
  if (is_decoder(config.family)) return std::make_unique<CausalTransformer>(config);
  return std::make_unique<Encoder>(config);
}

}  // namespace gamana
