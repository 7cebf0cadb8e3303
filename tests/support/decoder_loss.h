#pragma once
// The texts and losses that tools/golden/decoders.py trains decoders with.
#include <vector>

#include "gamana/base/batch.h"
#include "gamana/base/json.h"
#include "gamana/models/text_model.h"
#include "gamana/ops/losses.h"

namespace gamana {

inline Batch batch_of(const Json& texts) {
  Batch batch;
  for (const Json& text : texts) {
    const auto ids = text.get<std::vector<int32_t>>();
    batch.append(ids.data(), static_cast<int64_t>(ids.size()));
  }
  return batch;
}

// The mean over texts of a model with labels, else over all tokens that follow another. Gradients are on the tape.
inline double decoder_loss(Context& c, TextModel& model, const Batch& batch, const Json& labels) {
  const Tensor hidden = model.hidden(c, batch);
  if (model.task() == Task::sequence) {
    const auto count = static_cast<float>(labels.size());
    const Tensor logits = model.project(c, 0, model.read(c, 0, hidden, batch));
    return cross_entropy(c, logits, labels.get<std::vector<int32_t>>(), {}, 1 / count).loss / count;
  }
  std::vector<int32_t> rows, next;
  for (int64_t s = 0; s < batch.sequences(); ++s)
    for (int32_t r = batch.offsets[s]; r + 1 < batch.offsets[s + 1]; ++r) rows.push_back(r), next.push_back(batch.tokens[r + 1]);
  const auto count = static_cast<float>(rows.size());
  const Tensor read = model.read(c, 0, hidden, batch, rows);
  return projected_cross_entropy(c, read, model.output_weight(0), model.output_bias(0), next, 0, 1 / count).loss / count;
}

}  // namespace gamana
