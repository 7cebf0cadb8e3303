#include "gamana/models/trained_parts.h"

#include <cmath>
#include <cstdlib>

namespace gamana {
namespace {

// How far above the embeddings a parameter stands: 0 for them, i + 1 for layer i, the last layer's for the norm above it,
// one more for heads. Names are those of TextModel::visit.
int depth_of(const std::string& name, int layers) {
  if (!name.starts_with("backbone.")) return layers + 1;
  if (name.starts_with("backbone.final_norm") || name.starts_with("backbone.project_out")) return layers;
  return name.starts_with(kLayer) ? std::atoi(name.c_str() + kLayer.size()) + 1 : 0;
}

}  // namespace

void choose_trained(TextModel& model, const TrainedParts& parts) {
  const ModelConfig& k = model.settings();
  if (parts.frozen_layers > k.layers)
    fail("--freeze-layers: the model has {} layers, found {}", k.layers, parts.frozen_layers);
  if (k.layer_groups && (parts.frozen_layers > 0 || parts.layer_decay != 1))
    throw Error("--freeze-layers, --layer-decay: the layers of this model share their weights", "take --freeze-backbone, or neither");
  for (const auto& e : model.parameters().entries()) {
    const int depth = depth_of(e.name, k.layers);
    Parameter& p = *e.parameter;
    if (depth <= k.layers && (parts.frozen_backbone || (parts.frozen_layers > 0 && depth <= parts.frozen_layers))) p.frozen = true;
    p.rate = static_cast<float>(std::pow(parts.layer_decay, k.layers + 1 - depth));
  }
  if (model.parameters().trainable().empty())
    throw Error(fmt::format("{}: the model has no head, so nothing is left to train",
                            parts.frozen_backbone ? "--freeze-backbone" : "--freeze-layers"),
                "freeze fewer layers (--freeze-layers)");
}

}  // namespace gamana
