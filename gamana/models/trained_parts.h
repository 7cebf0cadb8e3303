#pragma once
// Which parts of a model are trained, and how fast.
#include <string_view>

#include "gamana/models/text_model.h"

namespace gamana {

// What the names of a layer's parameters begin with; its number follows.
inline constexpr std::string_view kLayer = "backbone.layer.";

struct TrainedParts {
  int frozen_layers = 0;        // embeddings and this many layers stay as they are; 0: none
  bool frozen_backbone = false;  // all but the heads
  double layer_decay = 1;       // a layer learns at this share of the rate of the one above it
};

// Marks the parameters of a model, before it is trained. Heads learn at the run's rate, the top layer at `layer_decay` times
// that, the embeddings slowest (Howard and Ruder 2018, section 3.2; Clark et al. 2020, appendix B). Throws Error for layers
// that the model has not, and where nothing is left to train.
void choose_trained(TextModel& model, const TrainedParts& parts);

}  // namespace gamana
